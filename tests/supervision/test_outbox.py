"""Texts: once, in order, through failures and killed processes; held answers, told or sent."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from supervision import calls, lifecycle, outbox, sending
from supervision.delivery import NotDelivered, get_backend
from supervision.delivery.memory import MemoryBackend
from supervision.models import Attempt, Call, Event, Message, Promise

from .conftest import NOON, PHONE

State = Message.State
Cancelled = Message.CancelledBecause


@pytest.fixture
def answered(asked, sue):
    """A request with its answer queued for three seconds after noon."""
    return lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)


@pytest.fixture
def somebody_else(salon):
    return calls.open_call(channel=Call.Channel.PRACTICE, phone="+14155550123", at=NOON)


@pytest.fixture
def held(asked, call, sue, listen):
    listen(call)
    return lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON).messages.get()


class BlindBackend(MemoryBackend):
    """Like a terminal: cannot be asked."""

    can_find = False


class LaggingBackend(MemoryBackend):
    """Like a provider whose list of messages is behind; in truth it has them all, at once."""

    visible = False

    def find(self, message, since, owned=()):
        return super().find(message, since) if self.visible else None


@pytest.fixture
def blind(settings):
    settings.MESSAGE_BACKEND = f"{__name__}.BlindBackend"


@pytest.fixture
def lagging(settings):
    settings.MESSAGE_BACKEND = f"{__name__}.LaggingBackend"
    yield LaggingBackend
    LaggingBackend.visible = False


def state_of(message):
    message.refresh_from_db()
    return message.state


def test_text_leaves_when_its_time_has_come_and_only_once(answered, after):
    assert outbox.deliver_due(at=after(seconds=2)) == 0
    assert outbox.deliver_due(at=after(seconds=3)) == 1
    assert outbox.deliver_due(at=after(seconds=4)) == 0

    message = answered.messages.get()
    assert (message.state, message.provider_id) == (State.SENT, f"memory-{message.pk}")
    assert len(MemoryBackend.sent) == 1
    assert message.attempts.get().outcome == Attempt.Outcome.SENT


def test_same_meaning_is_the_same_row(answered):
    first = answered.messages.get()

    again = outbox.queue(help_request=answered, purpose=first.purpose, text="Other words.", recipient=PHONE, at=NOON)

    assert again == first
    assert again.text == first.text


def test_backend_is_asked_outside_any_transaction(answered, after, monkeypatch, transactional_db):
    seen = []

    def send(self, message):
        seen.append((connection.in_atomic_block, Attempt.objects.filter(outcome=Attempt.Outcome.OPEN).count()))
        return ""

    monkeypatch.setattr(MemoryBackend, "send", send)
    outbox.deliver_due(at=after(seconds=3))

    assert seen == [(False, 1)]


def test_text_that_was_not_sent_is_tried_again_later_and_later(answered, after):
    MemoryBackend.failures = [NotDelivered("busy", NotDelivered.NOT_SENT) for _ in range(3)]
    at = after(seconds=3)
    waits = []
    for _ in range(3):
        outbox.deliver_due(at=at)
        message = answered.messages.get()
        assert message.state == State.QUEUED
        waits.append((message.release_at - at).total_seconds())
        at = message.release_at

    outbox.deliver_due(at=at)

    assert answered.messages.get().state == State.SENT
    assert [1 <= waits[0] <= 3, 2 <= waits[1] <= 6, 4 <= waits[2] <= 12] == [True] * 3
    assert len(MemoryBackend.sent) == 1


def test_refused_text_is_not_tried_again_and_its_promise_is_broken(answered, after):
    MemoryBackend.failures = [NotDelivered("not a mobile number", NotDelivered.REFUSED)]

    outbox.deliver_due(at=after(seconds=3))
    outbox.deliver_due(at=after(days=1))

    message = answered.messages.get()
    assert (message.state, message.error) == (State.REFUSED, "not a mobile number")
    assert Promise.objects.get().state == Promise.State.BROKEN
    assert not MemoryBackend.sent


@pytest.mark.parametrize("accepted", [True, False])
def test_unknown_outcome_is_settled_by_asking(answered, after, accepted):
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    MemoryBackend.accepts_despite_failure = accepted

    outbox.deliver_due(at=after(seconds=3))
    assert answered.messages.get().state == State.UNKNOWN
    outbox.deliver_due(at=after(minutes=2))
    outbox.deliver_due(at=after(minutes=4))

    assert answered.messages.get().state == State.SENT
    assert len(MemoryBackend.sent) == 1


def test_message_is_sent_again_only_after_two_lists_without_it(answered, after, lagging):
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    outbox.deliver_due(at=after(seconds=3))

    outbox.reconcile(at=after(seconds=62))
    assert answered.messages.get().not_found_at is None  # too early to ask
    outbox.reconcile(at=after(seconds=63))
    outbox.reconcile(at=after(seconds=92))
    assert answered.messages.get().state == State.UNKNOWN
    outbox.reconcile(at=after(seconds=93))

    assert answered.messages.get().state == State.QUEUED


def test_message_that_the_second_list_shows_is_not_sent_again(answered, after, lagging):
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    MemoryBackend.accepts_despite_failure = True
    outbox.deliver_due(at=after(seconds=3))
    outbox.reconcile(at=after(seconds=63))

    lagging.visible = True
    outbox.reconcile(at=after(seconds=93))
    outbox.deliver_due(at=after(minutes=9))

    assert answered.messages.get().state == State.SENT
    assert len(MemoryBackend.sent) == 1


def test_provider_that_cannot_be_asked_for_ten_minutes_leaves_it_to_a_person(answered, after, lagging, monkeypatch):
    def find(self, message, since, owned=()):
        raise NotDelivered("unavailable", NotDelivered.UNKNOWN)

    monkeypatch.setattr(LaggingBackend, "find", find)
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    outbox.deliver_due(at=after(seconds=3))

    for half_minutes in range(2, 20):
        outbox.reconcile(at=after(seconds=3 + 30 * half_minutes))
    assert answered.messages.get().state == State.UNKNOWN
    outbox.reconcile(at=after(minutes=10, seconds=3))

    assert answered.messages.get().state == State.UNDECIDED


def test_outage_of_our_own_is_no_reason_to_leave_it_to_a_person(answered, after, lagging, monkeypatch):
    def find(self, message, since, owned=()):
        raise NotDelivered("unavailable", NotDelivered.UNKNOWN)

    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    outbox.deliver_due(at=after(seconds=3))
    with monkeypatch.context() as patched:
        patched.setattr(LaggingBackend, "find", find)
        outbox.reconcile(at=after(hours=1))
    assert answered.messages.get().state == State.UNKNOWN

    outbox.reconcile(at=after(hours=1, minutes=1))
    outbox.reconcile(at=after(hours=1, minutes=2))

    assert answered.messages.get().state == State.QUEUED


def test_those_that_wait_longest_are_asked_about_first(salon, sue, after, lagging, monkeypatch):
    monkeypatch.setattr(LaggingBackend, "at_once", 1)
    asked_about = []

    def find(self, message, since, owned=()):
        asked_about.append(message.recipient)

    monkeypatch.setattr(LaggingBackend, "find", find)
    phones = [f"+1415555010{digit}" for digit in range(5)]
    for second, phone in enumerate(phones):
        call = calls.open_call(channel=Call.Channel.PRACTICE, phone=phone, at=NOON)
        asked = lifecycle.request_help("Nail art?", call=call, at=NOON)
        lifecycle.resolve(asked, answer="No.", by=sue, at=after(seconds=second))
        MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
        outbox.deliver_due(at=after(seconds=second + 3))

    outbox.reconcile(at=after(minutes=5))

    assert asked_about == phones


def test_killed_process_is_noticed_when_its_lease_runs_out(answered, after, monkeypatch):
    def die(self, message):
        MemoryBackend.sent.append(message)
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(MemoryBackend, "send", die)
        outbox.deliver_due(at=after(seconds=3))

    outbox.deliver_due(at=after(seconds=32))
    assert answered.messages.get().state == State.SENDING
    outbox.deliver_due(at=after(seconds=33))
    outbox.deliver_due(at=after(seconds=99))

    message = answered.messages.get()
    assert message.state == State.SENT
    assert len(MemoryBackend.sent) == 1


def test_backend_that_cannot_be_asked_leaves_a_killed_send_to_a_person(answered, after, blind):
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    outbox.deliver_due(at=after(seconds=3))

    outbox.deliver_due(at=after(minutes=9))
    assert answered.messages.get().state == State.UNKNOWN
    outbox.deliver_due(at=after(minutes=11))

    assert answered.messages.get().state == State.UNDECIDED
    assert not MemoryBackend.sent


@pytest.mark.parametrize("meanwhile", ["unknown", "queued"])
def test_sent_that_is_heard_after_the_lease_still_counts(answered, after, monkeypatch, meanwhile):
    def slow(self, message):
        outbox.reconcile(at=after(minutes=1))  # another process, meanwhile
        if meanwhile == "queued":
            outbox.reconcile(at=after(minutes=2))
            outbox.reconcile(at=after(minutes=3))
        assert answered.messages.get().state == meanwhile
        return "late"

    monkeypatch.setattr(MemoryBackend, "send", slow)
    outbox.deliver_due(at=after(seconds=3))

    message = answered.messages.get()
    assert (message.state, message.provider_id) == (State.SENT, "late")


def test_failure_that_is_heard_after_the_lease_changes_nothing(answered, after, monkeypatch):
    def slow(self, message):
        outbox.reconcile(at=after(minutes=1))
        raise NotDelivered("no", NotDelivered.REFUSED)

    monkeypatch.setattr(MemoryBackend, "send", slow)
    outbox.deliver_due(at=after(seconds=3))

    assert answered.messages.get().state == State.UNKNOWN


def test_bug_of_a_backend_does_not_stop_the_other_messages(answered, somebody_else, sue, after, monkeypatch, caplog):
    other = lifecycle.request_help("Nail art?", call=somebody_else, at=NOON)
    lifecycle.resolve(other, answer="No.", by=sue, at=NOON)
    send = MemoryBackend.send

    def fail(self, message):
        if message.help_request == answered:
            raise ZeroDivisionError
        return send(self, message)

    monkeypatch.setattr(MemoryBackend, "send", fail)
    outbox.deliver_due(at=after(seconds=3))

    assert answered.messages.get().state == State.UNKNOWN
    assert other.messages.get().state == State.SENT
    assert PHONE not in caplog.text


def test_texts_of_one_request_keep_their_order(answered, sue, after):
    MemoryBackend.failures = [NotDelivered("busy", NotDelivered.UNKNOWN)]
    MemoryBackend.accepts_despite_failure = True
    outbox.deliver_due(at=after(seconds=3))
    corrected = lifecycle.correct(answered, answer="No.", by=sue, at=after(seconds=3))
    first, second = corrected.messages.order_by("id")

    Message.objects.filter(pk=first.pk).update(release_at=after(hours=1))
    outbox.deliver_due(at=after(minutes=1))
    assert (state_of(first), state_of(second)) == (State.UNKNOWN, State.QUEUED)
    outbox.deliver_due(at=after(hours=1))
    outbox.deliver_due(at=after(hours=1))

    assert [message.pk for message in MemoryBackend.sent] == [first.pk, second.pk]


def test_text_that_a_reopening_outdated_is_not_queued_again(answered, sue, after, monkeypatch):
    def reopened_meanwhile(self, message):
        lifecycle.reopen(answered, by=sue, at=after(seconds=4))
        raise NotDelivered("busy", NotDelivered.NOT_SENT)

    monkeypatch.setattr(MemoryBackend, "send", reopened_meanwhile)
    outbox.deliver_due(at=after(seconds=3))

    assert answered.messages.get().cancelled_because == Cancelled.SUPERSEDED


def test_slow_provider_does_not_keep_the_job_past_its_time(answered, somebody_else, sue, after, monkeypatch):
    other = lifecycle.request_help("Nail art?", call=somebody_else, at=NOON)
    lifecycle.resolve(other, answer="No.", by=sue, at=NOON)
    monkeypatch.setattr(outbox, "PATIENCE", -1)
    queued = []
    monkeypatch.setattr("supervision.jobs.run_soon", queued.append)

    assert outbox.deliver_due(at=after(seconds=3)) == 0

    assert queued == ["supervision.outbox.deliver_due"]


def test_held_answer_is_spoken_and_told(held):
    assert outbox.take(held, at=NOON + timedelta(seconds=1))
    assert not outbox.take(held, at=NOON + timedelta(seconds=1))
    assert outbox.told(held, at=NOON + timedelta(seconds=2))

    assert state_of(held) == State.TOLD
    assert Promise.objects.get().state == Promise.State.KEPT
    assert outbox.deliver_due(at=NOON + timedelta(days=1)) == 0


def test_beats_keep_a_held_answer_on_the_line(held, call, after):
    for second in range(1, 9):
        calls.see(call, at=after(seconds=second))
        calls.beat({call.pk: 1}, holder="agent", at=after(seconds=second))
        outbox.deliver_due(at=after(seconds=second))

    assert state_of(held) == State.HELD
    assert held.release_at == after(seconds=11)


def test_page_that_is_gone_lets_the_answer_go_out_though_the_agent_beats(held, call, after):
    for second in range(1, 5):
        calls.beat({call.pk: 1}, holder="agent", at=after(seconds=second))

    outbox.deliver_due(at=after(seconds=6))

    assert state_of(held) == State.SENT


def test_answer_past_its_release_is_not_spoken_any_more(held, after):
    assert not outbox.take(held, at=after(seconds=3))


def test_killed_agents_answer_goes_out_as_a_text(held, after):
    outbox.take(held, at=NOON)

    outbox.deliver_due(at=after(seconds=3))

    assert state_of(held) == State.SENT
    assert held.text.startswith("In case we were cut off: Glow Beauty Salon: you asked us")
    assert not outbox.told(held, at=after(seconds=4))


def test_answer_that_was_not_begun_leaves_without_an_excuse(held, call, after):
    calls.close_call(call, at=after(seconds=1))

    assert state_of(held) == State.QUEUED
    assert not held.cut_off
    assert "cut off" not in held.text


def test_interrupted_answer_is_spoken_once_more_and_then_sent(held, after):
    outbox.take(held, at=NOON)
    assert outbox.give_back(held, at=after(seconds=1))
    assert state_of(held) == State.HELD

    outbox.take(held, at=after(seconds=2))
    assert outbox.give_back(held, at=after(seconds=2))

    assert state_of(held) == State.QUEUED
    assert held.text.startswith("In case we were cut off:")


def test_hang_up_in_the_middle_sends_it(held, call, after):
    outbox.take(held, at=NOON)

    calls.close_call(call, at=after(seconds=1))

    assert (state_of(held), held.cut_off) == (State.QUEUED, True)


def test_held_answer_of_a_nameless_caller_ends_with_the_call(nameless_call, sue, listen, after):
    asked = lifecycle.request_help("Nail art?", call=nameless_call, at=NOON)
    listen(nameless_call)
    held = lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON).messages.get()
    assert state_of(held) == State.HELD

    calls.close_call(nameless_call, at=after(seconds=1))

    assert (state_of(held), held.cancelled_because) == (State.CANCELLED, Cancelled.UNREACHABLE)


def test_held_answer_can_be_cancelled_and_one_being_spoken_cannot(held):
    assert outbox.cancel(held, Cancelled.UNDONE, at=NOON)
    assert not outbox.cancel(held, Cancelled.UNDONE, at=NOON)
    assert not outbox.take(held, at=NOON)


def test_promise_is_kept_when_a_sent_text_had_no_bad_news(answered, after):
    outbox.deliver_due(at=after(seconds=3))
    outbox.reconcile(at=after(minutes=9))
    assert Promise.objects.get().state == Promise.State.MADE

    outbox.reconcile(at=after(minutes=11))

    assert Promise.objects.get().state == Promise.State.KEPT


def test_every_change_is_told_to_the_desk_and_to_the_callers_practice_page(answered, call, after):
    outbox.deliver_due(at=after(seconds=3))

    desk = Event.objects.filter(topic="desk", kind="message").order_by("id")
    page = Event.objects.filter(topic=f"call:{call.pk}", kind="message").order_by("id")
    states = [State.QUEUED, State.SENDING, State.SENT]
    assert [event.payload["state"] for event in desk] == [event.payload["state"] for event in page] == states


def test_telephone_callers_are_not_woken(salon, sue, settings):
    call = Call.objects.create(channel=Call.Channel.PHONE)
    asked = lifecycle.request_help("Nail art?", call=call, at=NOON)
    lifecycle.give_number(asked, PHONE, words="yes", call=call, at=NOON)
    night = NOON + timedelta(hours=11)  # 23:00 in Chicago

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=night)

    assert Message.objects.get().release_at == NOON + timedelta(hours=20)  # 8:00


def test_backend_is_named_by_the_setting(settings):
    settings.MESSAGE_BACKEND = "supervision.delivery.console.ConsoleBackend"

    assert get_backend().name == "ConsoleBackend"


def test_answer_that_was_reopened_while_she_spoke_it_is_not_sent(held, sue, after):
    outbox.take(held, at=NOON)
    lifecycle.reopen(held.help_request, by=sue, at=after(seconds=1))

    outbox.deliver_due(at=after(seconds=9))

    assert (state_of(held), held.cancelled_because) == (State.CANCELLED, Cancelled.SUPERSEDED)


@pytest.mark.parametrize(("verb", "state"), [(outbox.count_as_sent, State.SENT), (outbox.send_again, State.QUEUED)])
def test_person_decides_what_nobody_knows(answered, after, blind, verb, state):
    MemoryBackend.failures = [NotDelivered("time-out", NotDelivered.UNKNOWN)]
    outbox.deliver_due(at=after(seconds=3))
    outbox.deliver_due(at=after(minutes=11))
    message = answered.messages.get()

    assert verb(message, at=after(minutes=12))
    assert not verb(message, at=after(minutes=12))

    assert state_of(message) == state


def test_thirty_texts_leave_with_as_many_queries_as_two(salon):
    def queries(count):
        for number in range(count):
            about = {"purpose": Message.Purpose.ANSWER, "text": "Yes.", "release_at": NOON}
            Message.objects.create(key=f"{count}:{number}", recipient=f"+1415{count:03}{number:04}", **about)
        with CaptureQueriesContext(connection) as asked:
            rides = sending.claim(count, MemoryBackend(), at=NOON)
            sending.note([(ride, f"SM{ride[0].pk}") for ride in rides], MemoryBackend(), at=NOON)
        assert len(rides) == Message.objects.filter(key__startswith=f"{count}:", state=State.SENT).count() == count
        return len(asked)

    assert queries(2) == queries(30)
