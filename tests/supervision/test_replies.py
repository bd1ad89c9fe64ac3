"""What callers text: obeyed, confirmed, asked again, or said in a conversation by text."""

from datetime import timedelta
from itertools import count

import pytest
from django.urls import reverse

from supervision import by_text, calls, lifecycle, messages, outbox, replies
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call, Caller, HelpRequest, InboundText, Message, Promise, Utterance
from supervision.screening import texted
from tests.supervision.conftest import NOON, PHONE

OURS = "+14155550100"
ids = count()
Meaning = InboundText.Meaning


@pytest.fixture
def text(salon):
    """`text("STOP")` comes from a caller's telephone and is read; returns its row."""

    def text(words, *, sender=PHONE, at=NOON):
        row = InboundText.objects.create(
            provider_id=f"SM{next(ids)}", sender=sender, recipient=OURS, text=words, received_at=at
        )
        replies.read(row, at=at)
        row.refresh_from_db()
        return row

    return text


@pytest.fixture
def answered(asked, sue):
    """An answer that has been sent to the caller."""
    lifecycle.resolve(asked, answer="Yes, from $150.", by=sue, at=NOON)
    outbox.deliver_due(at=NOON + timedelta(minutes=1))
    return asked


def caller() -> Caller:
    return Caller.objects.get(phone=PHONE)


def sent() -> list[str]:
    """The replies that are queued, oldest first."""
    return list(Message.objects.filter(purpose="reply").order_by("id").values_list("text", flat=True))


@pytest.mark.parametrize("word", sorted(texted.STOPS) + ["stop", " Stop "])
def test_the_providers_own_keywords_are_obeyed_and_never_answered(text, answered, word):
    row = text(word)

    assert row.meaning == Meaning.STOP
    assert caller().opted_out_at == caller().provider_blocks_since == NOON
    assert not sent()


def test_other_words_for_stop_are_obeyed_and_confirmed_once(text, asked, sue):
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    first, second = text("please stop texting me"), text("STOP texting me!!")

    assert first.meaning == second.meaning == Meaning.STOP
    assert asked.messages.get().cancelled_because == Message.CancelledBecause.OPTED_OUT
    assert sent() == [by_text.render("stopped")]
    assert caller().provider_blocks_since is None


def test_the_confirmation_leaves_although_its_recipient_has_opted_out(text):
    text("stop texting me please")

    outbox.deliver_due(at=NOON)

    assert [one.text for one in MemoryBackend.sent] == [by_text.render("stopped")]


@pytest.mark.parametrize("word", ["START", "unstop", "YES"])
def test_start_lifts_what_stop_had_done_and_twilio_answers_it(text, word):
    text("STOP")

    row = text(word)

    assert row.meaning == Meaning.START
    assert caller().may_be_texted
    assert caller().provider_blocks_since is None
    assert not sent()


def test_other_words_lift_our_own_block(text):
    text("no more texts please")

    row = text("you can text me again")

    assert row.meaning == Meaning.START
    assert caller().may_be_texted
    assert sent()[-1] == by_text.render("started")


def test_other_words_do_not_lift_the_providers_block(text):
    text("STOP")

    row = text("please text me again")

    assert row.meaning == Meaning.START
    assert caller().opted_out_at
    assert not sent()


def test_yes_is_an_ordinary_word_of_who_has_not_stopped(text):
    assert text("YES").meaning == Meaning.THANKS
    assert not sent()


@pytest.mark.parametrize("word", ["HELP", "info"])
def test_help_is_answered_by_twilio(text, word):
    assert text(word).meaning == Meaning.HELP
    assert not sent()


def test_who_asks_who_we_are_is_told(text):
    assert text("Who is this?").meaning == Meaning.HELP
    assert "AI receptionist of Glow Beauty Salon" in sent()[0]


def test_thanks_confirm_the_answer_and_get_no_reply(text, answered):
    row = text("Thank you so much!! 👍")

    assert row.meaning == Meaning.THANKS
    assert answered.messages.get().state == Message.State.DELIVERED
    assert answered.promises.get().state == Promise.State.KEPT
    assert not sent()


def test_not_what_i_asked_asks_again_and_keeps_the_words_beside_it(text, answered):
    row = text("That's not what I asked, I meant on Sunday")

    answered.refresh_from_db()
    assert row.meaning == Meaning.NOT_THAT
    assert row.help_request == answered
    assert (answered.status, answered.round) == ("pending", 2)
    assert answered.promises.get(round=2).state == Promise.State.HEARD
    assert sent()[0].startswith("Glow Beauty Salon: sorry about that. I have asked my supervisor again; you will get")


def test_not_what_i_asked_twice_reopens_once(text, answered):
    text("that's not what I asked")
    text("no that is not what I asked")

    answered.refresh_from_db()
    assert answered.round == 2
    assert HelpRequest.objects.count() == 1


def test_a_wrong_reply_of_hers_is_asked_of_a_person(text):
    row = text("Do you paint flowers?")
    her_reply(row.call, "We have six parking spaces.")
    outbox.deliver_due(at=NOON)

    second = text("That is not what I asked")

    assert second.meaning == Meaning.NOT_THAT
    assert second.help_request.question == "Do you paint flowers?"
    assert "Not what I asked" in second.help_request.note


def test_not_what_i_asked_without_anything_sent_is_a_question(text):
    assert text("that is not what I asked").meaning == Meaning.QUESTION


def her_reply(call, words, **more) -> Utterance:
    epoch = calls.take(call, holder="agent")
    [said] = calls.unanswered(holder="agent")
    return calls.finish_reply(calls.begin_reply(said), text=words, epoch=epoch, at=NOON, **more)


def test_anything_else_is_a_turn_in_the_callers_one_conversation(text):
    first, second = text("Do you do nail art?"), text("And gel nails?")

    assert first.meaning == Meaning.QUESTION
    assert first.call == second.call
    assert (first.call.channel, first.call.caller) == (Call.Channel.TEXT, caller())
    assert [one.text for one in first.call.utterances.all()] == ["Do you do nail art?", "And gel nails?"]
    assert caller().consents.get().words == "texted us: “Do you do nail art?”"


def test_her_reply_leaves_as_one_text_that_says_once_that_she_is_an_ai(text):
    row = text("Do you do nail art?")
    reply = her_reply(row.call, "Yes, from $20.")
    text("And gel nails?")
    her_reply(row.call, "Yes, those too.")

    assert sent() == ["The receptionist, the AI receptionist of Glow Beauty Salon: Yes, from $20.", "Yes, those too."]
    assert Message.objects.get(text__endswith="$20.").inbound == row
    reply.refresh_from_db()
    assert reply.heard_at == NOON


def test_a_reply_longer_than_three_segments_is_cut_at_a_word(text):
    row = text("Tell me everything")

    her_reply(row.call, "balayage " * 110)

    assert sent()[0].endswith("balayage... There is more to say about this: please call us.")
    assert len(sent()[0]) <= 459


def test_a_promise_made_by_text_counts_from_the_text(text):
    row = text("Do you do nail art?")
    asked = lifecycle.request_help("Do you do nail art?", call=row.call, utterance=row.call.utterances.get(), at=NOON)

    her_reply(row.call, "I'll check.", promise=asked.current_promise)

    assert asked.promises.get().state == Promise.State.HEARD
    assert asked.customer_phone == PHONE


def test_an_answer_to_a_conversation_by_text_is_queued_and_never_held(text, sue):
    row = text("Do you do nail art?")
    calls.take(row.call, holder="agent", at=NOON)
    asked = lifecycle.request_help("Do you do nail art?", call=row.call, at=NOON)

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    assert asked.messages.get().state == Message.State.QUEUED


def test_a_conversation_ends_when_nothing_came_for_an_hour_but_not_before_she_has_replied(text):
    row = text("Do you do nail art?")

    calls.sweep(NOON + timedelta(hours=2))
    row.call.refresh_from_db()
    assert row.call.is_open
    her_reply(row.call, "Yes.")
    calls.sweep(NOON + timedelta(hours=2))

    row.call.refresh_from_db()
    assert not row.call.is_open
    assert text("And gel nails?", at=NOON + timedelta(hours=3)).call != row.call


def test_who_has_opted_out_and_asks_gets_no_text_but_is_asked_for(text):
    text("no more texts")
    row = text("Do you do nail art?")

    assert row.help_request.question == "Do you do nail art?"
    assert row.help_request.customer_phone == ""
    assert not calls.unanswered(holder="agent")
    assert sent() == [by_text.render("stopped")]


def test_danger_gets_its_answer_at_once_and_rings_the_desk(text):
    row = text("help, she is not breathing")

    assert row.meaning == Meaning.EMERGENCY
    assert row.help_request.priority == HelpRequest.Priority.URGENT
    assert "call 911 now" in sent()[0]
    assert not calls.unanswered(holder="agent")


def test_her_question_is_answered_in_the_conversation(text):
    row = text("How much is keratin?")
    her_reply(row.call, "Do you mean: do you offer keratin?", asks={"kind": "do_you_mean", "question": "x"})

    assert text("ok").meaning == Meaning.QUESTION
    assert row.call.utterances.filter(speaker="caller").count() == 2


@pytest.mark.parametrize("sender", ["72345", "GLOW", OURS, "+442079460000", ""])
def test_nobody_is_answered_who_cannot_be_texted_or_is_ourselves(text, settings, sender):
    settings.TWILIO_SENDER = OURS

    assert text("Do you do nail art?", sender=sender).meaning == Meaning.IGNORED
    assert not Call.objects.exists()


@pytest.mark.parametrize("words", ["", " ", "\u200b"])
def test_a_text_without_words_is_ignored(text, words):
    assert text(words).meaning == Meaning.IGNORED


def test_the_same_words_again_and_again_are_a_machine(text):
    meanings = [text("I am driving, I will reply later.").meaning for _ in range(5)]

    assert meanings == [Meaning.QUESTION] * 3 + [Meaning.IGNORED] * 2


def test_who_has_had_many_replies_today_gets_silence_but_is_still_obeyed(text, settings):
    settings.TEXT_REPLIES_PER_DAY = 2
    for number in range(2):
        text(f"{number}?")
        her_reply(Call.objects.get(), "I don't know.")

    assert text("and 3?").meaning == Meaning.IGNORED
    assert text("and 4?", at=NOON + timedelta(days=1, minutes=1)).meaning == Meaning.QUESTION
    assert text("stop texting me").meaning == Meaning.STOP


def test_a_text_is_read_once(text):
    row = text("who is this")

    replies.read(row, at=NOON)

    assert len(sent()) == 1


def test_a_card_number_is_in_no_row(text):
    row = text("my card is 4111 1111 1111 1111, do you take it?")

    assert "4111" not in row.call.utterances.get().text


def test_who_thanks_confirms_also_what_was_perhaps_sent(text, answered):
    answered.messages.update(state=Message.State.UNDECIDED)

    text("thanks")

    assert answered.messages.get().state == Message.State.DELIVERED
    assert not messages.arrived(answered.messages.get())


def test_the_answer_page_shows_who_has_opted_out_and_what_the_caller_texted_back(text, answered, desk):
    text("That's not what I asked, I meant <b>on Sunday</b>")
    text("STOP")

    page = desk.get(reverse("admin:supervision_helprequest_answer", args=[answered.pk])).content.decode()

    assert "I meant &lt;b&gt;on Sunday&lt;/b&gt;" in page
    assert "Has opted out of texts" in page
    assert "until the caller texts START" in page


def test_a_number_from_which_a_text_comes_may_be_texted_again(text, answered):
    Caller.objects.update(unreachable_since=NOON, unreachable_because="switched off")

    text("Do you have parking?")

    assert caller().may_be_texted
    assert caller().unreachable_because == ""


def test_the_answer_page_shows_that_a_number_cannot_be_reached(asked, desk):
    Caller.objects.update(unreachable_since=NOON, unreachable_because="a landline")

    page = desk.get(reverse("admin:supervision_helprequest_answer", args=[asked.pk])).content.decode()

    assert "Texts have not reached this number" in page
    assert "a landline" in page
