"""Texts that are due to one caller leave as one, and each still ends by itself."""

from datetime import timedelta

import pytest

from supervision import calls, lifecycle, messages, outbox, reports
from supervision.delivery import NotDelivered
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call, Message, Promise

from .conftest import NOON, PHONE

State = Message.State
QUESTIONS = ("Do you offer keratin treatments?", "Do you do nail art?", "Are dogs allowed?")


@pytest.fixture
def answer(salon, sue):
    """`answer("…")` is the text that a caller's question gets, due three seconds after noon."""

    def answer(question, answer="Yes.", *, phone=PHONE, practice=True):
        channel = Call.Channel.PRACTICE if practice else Call.Channel.PHONE
        call = calls.open_call(channel=channel, phone=phone, at=NOON)
        asked = lifecycle.request_help(question, call=call, at=NOON)
        return lifecycle.resolve(asked, answer=answer, by=sue, at=NOON).messages.get()

    return answer


@pytest.fixture
def three(answer):
    return [answer(question) for question in QUESTIONS]


def states(messages):
    return [Message.objects.get(pk=message.pk).state for message in messages]


def words_sent():
    return [(text.recipient, text.text) for text in MemoryBackend.sent]


def test_after_downtime_a_caller_gets_one_text_with_all_answers(three, answer, after):
    other = answer("Do you cut fringes?", phone="+14155550123")

    assert outbox.deliver_due(at=after(hours=1)) == 2

    assert words_sent() == [
        (PHONE, "\n\n".join(message.text for message in three)),
        ("+14155550123", other.text),
    ]
    assert states(three) == [State.SENT] * 3
    assert [message.provider_id for message in Message.objects.order_by("id")][1:3] == ["", ""]


def test_what_finds_no_room_in_three_segments_leaves_by_itself(answer, after):
    long = [answer(question, "Yes, " * 20) for question in QUESTIONS]

    outbox.deliver_due(at=after(seconds=3))

    assert states(long) == [State.SENT] * 3
    assert [text.text for text in MemoryBackend.sent] == [f"{long[0].text}\n\n{long[1].text}", long[2].text]


def test_answer_whose_undo_window_is_open_does_not_ride(three, after):
    Message.objects.filter(pk=three[1].pk).update(release_at=after(seconds=9))

    outbox.deliver_due(at=after(seconds=3))

    assert states(three) == [State.SENT, State.QUEUED, State.SENT]
    assert three[1].text not in words_sent()[0][1]


def test_ride_that_was_not_sent_leaves_each_text_to_be_undone_by_itself(three, sue, after):
    MemoryBackend.failures = [NotDelivered("busy", NotDelivered.NOT_SENT)]
    outbox.deliver_due(at=after(seconds=3))
    assert states(three) == [State.QUEUED] * 3

    lifecycle.undo(three[1].help_request, by=sue, at=after(seconds=4))
    outbox.deliver_due(at=after(minutes=1))

    assert states(three) == [State.SENT, State.CANCELLED, State.SENT]
    assert words_sent() == [(PHONE, f"{three[0].text}\n\n{three[2].text}")]


@pytest.mark.parametrize("accepted", [True, False])
def test_ride_with_an_unknown_end_is_asked_about_once_and_settled_for_all(three, after, accepted):
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    MemoryBackend.accepts_despite_failure = accepted
    outbox.deliver_due(at=after(seconds=3))
    assert states(three) == [State.UNKNOWN] * 3

    outbox.deliver_due(at=after(minutes=2))
    outbox.deliver_due(at=after(minutes=4))

    assert states(three) == [State.SENT] * 3
    assert len(MemoryBackend.sent) == 1
    assert all(message.text in MemoryBackend.sent[0].text for message in three)


def test_ride_of_a_killed_process_is_settled_for_all(three, after, monkeypatch):
    def die(self, message):
        MemoryBackend.sent.append(message)
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(MemoryBackend, "send", die)
        outbox.deliver_due(at=after(seconds=3))

    for minutes in (1, 2, 3):
        outbox.deliver_due(at=after(minutes=minutes))

    assert states(three) == [State.SENT] * 3
    assert len(MemoryBackend.sent) == 1


def test_refused_ride_breaks_every_promise_and_arrived_one_keeps_them(three, answer, after):
    MemoryBackend.failures = [NotDelivered("not a mobile number", NotDelivered.REFUSED)]
    outbox.deliver_due(at=after(seconds=3))
    assert states(three) == [State.REFUSED] * 3
    assert set(Promise.objects.values_list("state", flat=True)) == {Promise.State.BROKEN}

    arriving = [answer(question, phone="+14155550123") for question in QUESTIONS]
    outbox.deliver_due(at=after(seconds=3))
    carrier = Message.objects.get(pk=arriving[0].pk)
    reports.note(carrier.pk, provider_id=carrier.provider_id, status="delivered", at=after(seconds=9))

    assert states(arriving) == [State.DELIVERED] * 3
    kept = Promise.objects.filter(help_request__messages__in=arriving)
    assert set(kept.values_list("state", flat=True)) == {Promise.State.KEPT}


def test_status_that_overtakes_the_answer_settles_the_whole_ride(three, after, monkeypatch):
    def overtaken(self, message):
        reports.note(message.pk, provider_id="early", status="delivered", at=after(seconds=3))
        return "early"

    monkeypatch.setattr(MemoryBackend, "send", overtaken)
    outbox.deliver_due(at=after(seconds=3))

    assert states(three) == [State.DELIVERED] * 3


@pytest.mark.parametrize(("decide", "state"), [("count_as_sent", State.SENT), ("send_again", State.QUEUED)])
def test_person_decides_for_the_whole_ride(three, after, monkeypatch, decide, state):
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    monkeypatch.setattr(MemoryBackend, "can_find", False)
    outbox.deliver_due(at=after(seconds=3))
    outbox.deliver_due(at=after(minutes=11))
    assert states(three) == [State.UNDECIDED] * 3

    getattr(outbox, decide)(Message.objects.get(pk=three[0].pk), at=after(minutes=12))

    assert states(three) == [state] * 3


def test_who_says_thanks_has_read_all_that_came_as_one_text(three, after):
    outbox.deliver_due(at=after(seconds=3))

    assert messages.arrived(Message.objects.get(pk=three[2].pk), at=after(minutes=1))

    assert states(three) == [State.DELIVERED] * 3
    assert set(Promise.objects.values_list("state", flat=True)) == {Promise.State.KEPT}


def test_text_does_not_take_the_id_of_a_ride_that_holds_its_words_too(answer, after, monkeypatch):
    def find(self, message, since, owned=()):
        ids = [f"memory-{text.pk}" for text in self.sent if message.text in text.text]
        return next((given for given in ids if given not in owned), None)

    monkeypatch.setattr(MemoryBackend, "find", find)
    first, *others = [answer(question) for question in QUESTIONS]
    Message.objects.update(text="Yes.")
    Message.objects.exclude(pk=first.pk).update(release_at=after(seconds=9))
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    outbox.deliver_due(at=after(seconds=3))
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    MemoryBackend.accepts_despite_failure = True
    outbox.deliver_due(at=after(seconds=9))

    for minutes in (1, 2, 3, 4):
        outbox.deliver_due(at=after(minutes=minutes, seconds=9))

    assert states([first, *others]) == [State.SENT] * 3
    assert sorted(text.text for text in MemoryBackend.sent) == ["Yes.", "Yes.\n\nYes."]


def test_carrier_that_is_moved_alone_leaves_nobody_behind(three, after):
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    outbox.deliver_due(at=after(seconds=3))
    Message.objects.filter(pk=three[0].pk).update(state=State.SENT, settled_at=after(seconds=4))

    outbox.deliver_due(at=after(seconds=5))

    assert states(three) == [State.SENT] * 3


def test_supervisors_who_practise_do_not_mix_with_callers(answer, sue, after):
    practised = answer(QUESTIONS[0])
    call = Call.objects.create(channel=Call.Channel.PHONE)
    asked = lifecycle.request_help(QUESTIONS[1], call=call, at=NOON)
    lifecycle.give_number(asked, PHONE, words="yes", call=call, at=NOON)
    real = lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON).messages.get()

    outbox.deliver_due(at=NOON + timedelta(seconds=3))

    assert [text.text for text in MemoryBackend.sent] == [practised.text, real.text]
