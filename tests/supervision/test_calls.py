"""Calls: who holds one, who can hear her, what was said, and when it is over."""

from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from knowledge import learning
from supervision import calls, lifecycle
from supervision.models import Call, Caller, Event, Message, Promise, Utterance

from .conftest import NOON, PHONE

Speaker = Utterance.Speaker

CALLER, SHE = Utterance.Speaker.CALLER, Utterance.Speaker.RECEPTIONIST


@pytest.fixture
def turn(call):
    return calls.record_utterance(call, speaker=CALLER, text="Do you offer keratin?", at=NOON)


def test_number_typed_for_practice_is_a_yes_to_texts(call):
    assert call.caller.may_be_texted
    assert call.caller.consents.get().words == "number typed into the practice page"


def test_caller_who_comes_again_is_the_same_caller(call):
    again = calls.open_call(channel=Call.Channel.CONSOLE, phone="(415) 555-2671", at=NOON)

    assert again.caller == call.caller
    assert again.caller.consents.count() == 1


def test_practice_does_not_lift_an_opting_out(call):
    lifecycle.opt_out(call.caller, at=NOON)

    again = calls.open_call(channel=Call.Channel.PRACTICE, phone=PHONE, at=NOON)

    assert not again.caller.may_be_texted


def test_a_number_that_texts_did_not_reach_is_promised_none_by_whomever_it_is_given(call, nameless_call):
    asked = lifecycle.request_help("Do you do lashes?", call=nameless_call, at=NOON)
    Caller.objects.filter(pk=call.caller.pk).update(unreachable_since=NOON)

    call.caller.refresh_from_db()
    assert call.phone_to_text == ""
    with pytest.raises(ValidationError, match="can't send texts to that number"):
        lifecycle.give_number(asked, PHONE, words="yes", call=nameless_call, at=NOON)


def test_the_number_given_in_a_call_that_texts_did_not_reach_is_not_promised_again(nameless_call):
    asked = lifecycle.request_help("Do you do lashes?", call=nameless_call, at=NOON)
    lifecycle.give_number(asked, PHONE, words="yes", call=nameless_call, at=NOON)
    assert nameless_call.phone_to_text == PHONE

    Caller.objects.filter(phone=PHONE).update(unreachable_since=NOON)

    assert nameless_call.phone_to_text == ""


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("415 555 2671", PHONE),
        (" +1 (415) 555-2671 ", PHONE),
        ("tel:+1-415-555-2671", PHONE),
        ("001 415 555 2671", None),
    ],
)
def test_numbers_are_read_as_people_type_them(salon, typed, number):
    if number is None:
        with pytest.raises(ValidationError):
            calls.e164(typed)
    else:
        assert calls.e164(typed) == number


def test_call_with_a_wrong_number_is_not_opened(salon):
    with pytest.raises(ValidationError, match="not a telephone number"):
        calls.open_call(channel=Call.Channel.PRACTICE, phone="123", at=NOON)

    assert not Call.objects.exists()


def test_second_holder_gets_the_call_only_when_the_first_is_silent(call, after):
    assert calls.take(call, holder="a", at=NOON) == 1
    assert calls.take(call, holder="b", at=after(seconds=2)) is None
    assert calls.take(call, holder="b", at=after(seconds=3)) == 2

    assert calls.beat({call.pk: 1}, holder="a", at=after(seconds=3)) == {call.pk}
    assert calls.beat({call.pk: 2}, holder="b", at=after(seconds=3)) == set()


def test_same_holder_may_take_again_with_a_new_epoch(call, after):
    calls.take(call, holder="a", at=NOON)

    assert calls.take(call, holder="a", at=after(seconds=1)) == 2
    assert calls.beat({call.pk: 1}, holder="a", at=after(seconds=1)) == {call.pk}


def test_ended_call_is_neither_taken_nor_beaten(call):
    epoch = calls.take(call, holder="a", at=NOON)
    calls.close_call(call, at=NOON)

    assert calls.beat({call.pk: epoch}, holder="a", at=NOON) == {call.pk}
    assert calls.take(call, holder="a", at=NOON) is None


def test_practice_call_listens_while_its_page_is_there_and_its_job_beats(call, after):
    calls.take(call, holder="a", at=NOON)
    call.refresh_from_db()
    assert call.is_listening(after(seconds=2))
    assert Call.objects.listening(after(seconds=2)).get() == call

    calls.beat({call.pk: 1}, holder="a", at=after(seconds=3))
    call.refresh_from_db()
    assert not call.is_listening(after(seconds=3))
    assert not Call.objects.listening(after(seconds=3)).exists()


def test_console_call_listens_without_a_page(salon):
    console = calls.open_call(channel=Call.Channel.CONSOLE, at=NOON)
    calls.take(console, holder="a", at=NOON)
    console.refresh_from_db()

    assert console.is_listening(NOON)
    assert Call.objects.listening(NOON).get() == console


def test_turns_wait_in_calls_that_are_free_or_mine(call, turn, after):
    assert calls.unanswered(holder="a", at=NOON) == [turn]
    calls.take(call, holder="a", at=NOON)

    assert calls.unanswered(holder="a", at=NOON) == [turn]
    assert calls.unanswered(holder="b", at=NOON) == []
    assert calls.unanswered(holder="b", at=after(seconds=3)) == [turn]


def test_reply_answers_the_turn_and_tells_the_page_each_word(call, turn):
    epoch = calls.take(call, holder="a", at=NOON)
    reply = calls.begin_reply(turn, at=NOON)

    calls.extend(reply, "Let")
    calls.finish_reply(reply, text="Let me ask.", epoch=epoch, latency_ms=9, at=NOON)

    assert calls.unanswered(holder="a", at=NOON) == []
    events = Event.objects.filter(topic=f"call:{call.pk}", kind="words", payload__utterance=reply.pk).order_by("id")
    assert [event.payload["text"] for event in events] == ["Let", "Let me ask."]
    assert [event.payload["finished"] for event in events] == [False, True]


def test_reply_begun_before_a_crash_is_overwritten(call, turn):
    epoch = calls.take(call, holder="a", at=NOON)
    calls.extend(calls.begin_reply(turn, at=NOON), "Let m")

    reply = calls.begin_reply(turn, at=NOON)
    calls.finish_reply(reply, text="Yes.", epoch=epoch, at=NOON)

    assert call.utterances.get(speaker=SHE).text == "Yes."


def test_replaced_job_writes_nothing(call, turn, after):
    old = calls.take(call, holder="a", at=NOON)
    reply = calls.begin_reply(turn, at=NOON)
    calls.take(call, holder="b", at=after(seconds=3))

    with pytest.raises(calls.Replaced):
        calls.finish_reply(reply, text="Late.", epoch=old, at=after(seconds=3))

    reply.refresh_from_db()
    assert (reply.text, reply.finished_at) == ("", None)


def test_reply_cites_what_it_spoke(call, turn):
    learned = learning.learn(question="Parking?", answer="Behind the house.")
    epoch = calls.take(call, holder="a", at=NOON)
    cited = [
        SimpleNamespace(id=f"learned:{learned.pk}", answer="Behind the house."),
        SimpleNamespace(id="service:7", answer="From $20."),
    ]

    reply = calls.finish_reply(calls.begin_reply(turn), text="Behind the house.", epoch=epoch, citations=cited)

    assert [(one.source, one.learned_answer) for one in reply.citations.order_by("id")] == [
        (f"learned:{learned.pk}", learned), ("service:7", None),
    ]  # fmt: skip


def test_promise_counts_from_when_it_was_heard(call, turn, after):
    asked = lifecycle.request_help(turn.text, call=call, utterance=turn, at=NOON)
    epoch = calls.take(call, holder="a", at=NOON)
    reply = calls.finish_reply(
        calls.begin_reply(turn), text="I will ask.", epoch=epoch, promise=asked.promises.get(), at=NOON
    )

    assert calls.record_confirmation(reply, at=after(seconds=1))
    assert not calls.record_confirmation(reply, at=after(seconds=2))

    promise = Promise.objects.get()
    assert (promise.state, promise.heard_at) == (Promise.State.HEARD, after(seconds=1))
    assert Event.objects.filter(kind="promise_heard").count() == 1


def test_answer_is_told_when_the_page_has_shown_it(call, asked, sue, listen):
    listen(call)
    held = lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON).messages.get()
    held.refresh_from_db()
    assert calls.messages.take(held, at=NOON)
    spoken = calls.record_utterance(call, speaker=SHE, text="Yes.", message=held, at=NOON)

    calls.record_confirmation(spoken, at=NOON)

    held.refresh_from_db()
    assert held.state == Message.State.TOLD


def test_words_still_being_produced_cannot_be_confirmed(call, turn):
    assert not calls.record_confirmation(calls.begin_reply(turn, at=NOON), at=NOON)


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x1b", "x" * 4001, "\u202e" + "א" * 65536])
def test_turns_that_say_nothing_or_too_much_are_refused_with_words(call, text):
    with pytest.raises(ValidationError) as refused:
        calls.record_utterance(call, speaker=CALLER, text=text, at=NOON)

    assert refused.value.messages[0].endswith((".", "at once."))


def test_her_own_long_words_are_cut_rather_than_lost(call):
    assert len(calls.record_utterance(call, speaker=SHE, text="x" * 5000, at=NOON).text) == 4000


def test_nothing_is_said_in_a_call_that_has_ended(call):
    calls.close_call(call, at=NOON)

    with pytest.raises(ValidationError, match="has ended"):
        calls.record_utterance(call, speaker=CALLER, text="Hello?", at=NOON)


def test_page_that_is_gone_for_ten_seconds_ends_its_call(call, after):
    calls.see(call, at=after(seconds=5))

    assert calls.sweep(at=after(seconds=14)) == 0
    assert calls.sweep(at=after(seconds=15)) == 1
    assert calls.sweep(at=after(seconds=16)) == 0
    call.refresh_from_db()
    assert (call.state, call.ended_at) == (Call.State.ENDED, after(seconds=15))


def test_terminal_whose_process_was_killed_ends_its_call(salon, after):
    call = calls.open_call(channel=Call.Channel.CONSOLE, at=NOON)
    epoch = calls.take(call, holder="console-1", at=NOON)
    calls.beat({call.pk: epoch}, holder="console-1", at=after(seconds=5))

    assert calls.sweep(at=after(seconds=14)) == 0
    assert calls.sweep(at=after(seconds=15)) == 1


def test_sweep_leaves_other_calls_alone(salon, after):
    calls.open_call(channel=Call.Channel.CONSOLE, at=NOON)
    Call.objects.create(channel=Call.Channel.PHONE, started_at=NOON)

    assert calls.sweep(at=after(hours=1)) == 0


def test_page_opened_again_resumes_its_call(call, after):
    calls.close_call(call, at=NOON)

    reopened = calls.reopen_call(call, at=after(minutes=1))

    assert (reopened.state, reopened.ended_at, reopened.seen_at) == (Call.State.ANSWERED, None, after(minutes=1))
    assert calls.see(reopened, at=after(minutes=1))


def test_telephone_call_is_not_resumed(salon, after):
    call = Call.objects.create(channel=Call.Channel.PHONE, started_at=NOON)
    calls.close_call(call, at=NOON)

    assert not calls.reopen_call(call, at=after(minutes=1)).is_open


def test_closing_twice_closes_once(call):
    assert calls.close_call(call, at=NOON)
    assert not calls.close_call(call, at=NOON)

    assert Event.objects.filter(kind="call_closed").count() == 1


CARD_IN_PIECES = [
    ["4111 1111", "1111 1111"],
    ["my card is four one one one", "one one one one.", "One one one one", "and one one one one, thanks"],
    ["it's 4111", "1111 1111 1111 expires 12/27"],
    ["my account number is", "12345678"],
]


@pytest.mark.parametrize("pieces", CARD_IN_PIECES)
def test_a_card_number_said_in_several_turns_stands_nowhere(call, pieces):
    said = [calls.record_utterance(call, speaker=Speaker.CALLER, text=piece) for piece in pieces]

    rows = [Utterance.objects.get(pk=one.pk).text for one in said]
    assert "[number not kept]" in rows[-1]
    kept = " ".join([*rows, *(str(event.payload) for event in Event.objects.filter(kind="words"))])
    assert "1111" not in kept.replace(" ", "")
    assert "one one" not in kept
    assert "345" not in kept


@pytest.mark.parametrize(
    ("asked", "pieces"),
    [
        ("number", ["4155", "552673", "4155", "552673"]), ("number_right", ["4155", "552673", "4155", "552673"]),
        ("hold", ["my number is 4155552673", "415 555 2673"]),
    ],
)  # fmt: skip
def test_a_telephone_number_said_twice_is_no_card_number(call, asked, pieces):
    """Sixteen digits of these have a card's check digit."""
    for piece in pieces:
        calls.record_utterance(call, speaker=Speaker.RECEPTIONIST, text="…?", asks={"kind": asked})
        calls.record_utterance(call, speaker=Speaker.CALLER, text=piece)

    assert list(call.utterances.filter(speaker=Speaker.CALLER).values_list("text", flat=True)) == pieces


def test_other_numbers_in_a_row_stay(call):
    pieces = ["I was there on the 12", "at 4 or 5", "with 2 friends", "it was 100 dollars, 4 of 20"]

    for piece in pieces:
        calls.record_utterance(call, speaker=Speaker.CALLER, text=piece)

    assert list(call.utterances.values_list("text", flat=True)) == pieces
