"""A promise that was heard is looked after until it is kept, or its caller knows that it is not."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledge.models import OpeningHours
from supervision import calls, health, jobs, ledger, lifecycle, outbox, promises
from supervision.delivery import NotDelivered
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call, Event, HelpRequest, Message, Promise, Supervisor

from .conftest import NOON, PHONE

State, Purpose = Promise.State, Message.Purpose
SUE, TOM, ANN = "+14155550101", "+14155550102", "+14155550103"


@pytest.fixture
def people(sue, tom, django_user_model):
    """Sue on duty, first in line; Tom, second, off duty."""
    Supervisor.objects.create(user=sue, phone=SUE, on_duty=True, place=1, code="QD")
    Supervisor.objects.create(user=tom, phone=TOM, on_duty=False, place=2, code="WX")


@pytest.fixture
def make(salon):
    """`make("…")` is the promise of a caller who has heard at noon that a text comes within two hours."""

    def make(question="Do you offer keratin treatments?", *, phone=PHONE, heard=True, practise=False, at=NOON):
        channel = Call.Channel.PRACTICE if practise else Call.Channel.PHONE
        call = calls.open_call(channel=channel, phone=phone, at=at)
        if phone and not practise:
            call.caller.consents.create(call=call, words="yes, text me", given_at=at)
        asked = lifecycle.request_help(question, call=call, at=at)
        promise = asked.promises.get()
        if heard:
            promises.hear(promise, at=at)
        promise.refresh_from_db()
        return promise

    return make


def look(promise, after):
    ledger.look(at=after)
    promise.refresh_from_db()
    return promise


def texts_to(phone, purpose=Purpose.REMINDER):
    return list(Message.objects.filter(recipient=phone, purpose=purpose).order_by("id").values_list("text", flat=True))


def events(prefix="promise"):
    return list(Event.objects.filter(kind__startswith=prefix).order_by("id").values_list("kind", flat=True))


def test_a_promise_counts_from_when_it_was_heard(make, after):
    unheard = make("Is there parking?", heard=False)
    heard = make()

    assert unheard.look_at is None
    assert heard.look_at == after(hours=1)


def test_at_half_time_those_on_duty_are_reminded_once(make, people, after):
    promise = make()

    look(promise, after(minutes=59, seconds=59))
    assert (promise.state, texts_to(SUE)) == (State.HEARD, [])
    look(promise, after(hours=1))
    look(promise, after(hours=1, seconds=1))

    assert (promise.state, promise.reminded_at) == (State.REMINDED, after(hours=1))
    [text] = texts_to(SUE)
    assert f"{promise.help_request.reference}QD still waits for an answer, promised by 2:00 pm" in text
    assert '"Do you offer keratin treatments?"' in text
    assert texts_to(TOM) == []


def test_near_the_end_it_is_the_turn_of_the_next_in_line(make, people, after):
    promise = make()
    look(promise, after(hours=1))

    look(promise, after(minutes=100))

    [text] = texts_to(TOM)
    assert "You are next in line" in text
    assert f"{promise.help_request.reference}WX" in text
    assert len(texts_to(SUE)) == 1


def test_on_duty_and_not_alerted_comes_before_off_duty(make, people, django_user_model, after):
    ann = django_user_model.objects.create_user("ann", password="-", is_staff=True)
    promise = make()
    look(promise, after(hours=1))
    Supervisor.objects.create(user=ann, phone=ANN, on_duty=True, place=9)  # came on duty since

    look(promise, after(minutes=100))

    assert (len(texts_to(ANN)), texts_to(TOM)) == (1, [])


def test_where_nobody_is_left_in_line_the_desk_rings(make, after):
    promise = make()

    look(promise, after(hours=1))
    look(promise, after(minutes=100))

    assert events() == ["promise_reminded", "promise_ringing"]
    assert promise.escalated_at == after(minutes=100)


def test_who_texted_stop_is_not_next_in_line(make, people, after):
    promise = make()
    lifecycle.opt_out(calls.open_call(channel=Call.Channel.PRACTICE, phone=TOM, at=NOON).caller, at=NOON)

    look(promise, after(hours=1))
    look(promise, after(minutes=100))

    assert texts_to(TOM) == []
    assert events()[-1] == "promise_ringing"


def test_past_its_time_the_caller_is_told_once_with_a_new_time(make, people, after):
    promise = make()
    look(promise, after(hours=1))

    look(promise, after(hours=2))
    look(promise, after(hours=2, seconds=1))

    [text] = texts_to(PHONE, Purpose.STILL_CHECKING)
    assert "we are still checking. You will hear from us by 4:00 pm" in text
    assert (promise.state, promise.due_at) == (State.EXTENDED, after(hours=4))
    promise.help_request.refresh_from_db()
    assert promise.help_request.promised_by == after(hours=4)
    assert promise.help_request.expires_at == after(hours=24)
    assert "told that we are still checking, until 4:00 pm" in texts_to(SUE)[-1]


def test_a_new_time_moves_the_end_where_it_would_come_too_soon(make, settings, after):
    settings.HELP_REQUEST_TIMEOUT = timedelta(hours=3)
    promise = make()
    assert promise.help_request.expires_at == after(hours=3)

    look(promise, after(hours=2))

    promise.help_request.refresh_from_db()
    assert promise.help_request.expires_at == after(hours=5)


def test_past_its_second_time_it_is_broken_and_the_closing_text_comes_at_the_end(make, after):
    promise = make()
    look(promise, after(hours=2))

    look(promise, after(hours=4))

    assert (promise.state, promise.settled_at) == (State.BROKEN, after(hours=4))
    assert promise.help_request.status == HelpRequest.Status.PENDING
    assert events()[-1] == "promise_broken"
    lifecycle.expire_overdue(at=after(hours=24))
    [text] = texts_to(PHONE, Purpose.CLOSING)
    assert "sorry" in text


def test_who_is_on_the_line_hears_that_we_are_still_checking(make, listen, after):
    promise = make()
    listen(promise.help_request.call, after(hours=2))

    look(promise, after(hours=2))

    assert promise.help_request.messages.get().state == Message.State.HELD


def test_in_quiet_hours_the_text_waits_and_the_new_time_counts_from_its_end(make, after):
    promise = make(at=datetime(2026, 6, 4, 1, 30, tzinfo=UTC))  # 20:30 in Chicago; no opening hours: by the clock

    look(promise, promise.due_at)

    message = promise.help_request.messages.get()
    assert message.release_at == datetime(2026, 6, 4, 13, 0, tzinfo=UTC)
    assert promise.due_at == datetime(2026, 6, 4, 15, 0, tzinfo=UTC)


def test_half_time_is_half_of_the_time_in_which_the_salon_is_open(make, salon):
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(9), closes=time(19))

    promise = make(at=datetime(2026, 6, 3, 23, 0, tzinfo=UTC))  # 18:00; one hour today, one tomorrow

    assert promise.due_at == datetime(2026, 6, 4, 15, 0, tzinfo=UTC)
    assert promise.look_at == datetime(2026, 6, 4, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("day", [datetime(2026, 3, 7, 23, 30, tzinfo=UTC), datetime(2026, 10, 31, 23, 30, tzinfo=UTC)])
def test_daylight_saving_brings_nothing_forward(make, salon, day):
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(9), closes=time(18))

    promise = make(at=day)

    assert day < promise.look_at < promise.due_at
    assert look(promise, promise.look_at - timedelta(seconds=1)).state == State.HEARD


def test_nobody_is_reminded_while_it_is_snoozed_and_the_caller_is_told_all_the_same(make, people, after):
    promise = make()
    HelpRequest.objects.update(snoozed_until=after(hours=3))

    look(promise, after(hours=1))
    assert (texts_to(SUE), promise.look_at) == ([], after(hours=2))
    look(promise, after(hours=2))

    assert promise.state == State.EXTENDED
    assert len(texts_to(PHONE, Purpose.STILL_CHECKING)) == 1


def test_a_short_snooze_only_puts_the_reminder_off(make, people, after):
    promise = make()
    HelpRequest.objects.update(snoozed_until=after(minutes=70))

    look(promise, after(hours=1))
    look(promise, after(minutes=70))

    assert promise.reminded_at == after(minutes=70)


def test_practice_reminds_nobody_and_tells_its_caller(make, people, after):
    promise = make(practise=True)
    assert promise.look_at == after(hours=2)

    look(promise, after(hours=2))

    assert promise.state == State.EXTENDED
    assert Message.objects.filter(supervisor__isnull=False).count() == 0
    assert len(texts_to(PHONE, Purpose.STILL_CHECKING)) == 1


def test_after_a_long_sleep_only_the_latest_step_is_done(make, people, after):
    promise = make()

    look(promise, after(hours=2, minutes=30))

    assert (promise.reminded_at, promise.escalated_at) == (None, None)
    written = Message.objects.exclude(purpose=Purpose.ALERT).order_by("id").values_list("purpose", flat=True)
    assert list(written) == [Purpose.STILL_CHECKING, Purpose.REMINDER]
    assert promise.due_at == after(hours=4, minutes=30)


def test_who_slept_past_the_end_sends_no_still_checking_before_the_closing_text(make, after):
    promise = make()

    look(promise, after(hours=25))
    lifecycle.expire_overdue(at=after(hours=25))

    assert [message.purpose for message in Message.objects.all()] == [Purpose.CLOSING]


def test_what_is_due_together_is_one_text_to_each_supervisor(make, people, after):
    promised = [make(f"Question {n}?", phone=f"+1415555020{n}") for n in range(9)]

    ledger.look(at=after(hours=1))

    [text] = texts_to(SUE)
    assert text.startswith("9 callers still wait for an answer:")
    assert "and 3 more on the desk" in text
    assert {promise.pk for promise in Promise.objects.filter(state=State.REMINDED)} == {one.pk for one in promised}
    assert Message.objects.get(recipient=SUE, purpose=Purpose.REMINDER).about is None


def test_one_that_cannot_be_looked_after_stops_none_of_the_others(make, people, after, monkeypatch):
    bad, good = make("Is there parking?"), make("Nail art?", phone="+14155550200")
    real = ledger._win

    def fail(promise, **values):
        if promise.pk == bad.pk:
            raise RuntimeError
        return real(promise, **values)

    monkeypatch.setattr(ledger, "_win", fail)

    assert look(good, after(hours=1)).state == State.REMINDED
    assert look(bad, after(hours=1)).state == State.HEARD
    assert len(texts_to(SUE)) == 1


@pytest.mark.parametrize("hours", [1, 1.7, 2, 4])
def test_two_processes_that_saw_the_same_row_do_each_step_once(make, people, after, hours):
    promise = make()
    if hours == 4:
        look(promise, after(hours=2))
    stale = Promise.objects.select_related("help_request").get(pk=promise.pk)
    ledger.look(at=after(hours=hours))
    before = Message.objects.count(), Event.objects.count()

    step = ledger._step(stale, after(hours=hours))
    do = {"remind": ledger._remind, "next_in_line": ledger._call_next, "due": ledger._fall_due}[step]

    assert not do([stale], after(hours=hours))
    assert (Message.objects.count(), Event.objects.count()) == before


def test_an_answer_ends_the_reminders(make, people, sue, after):
    promise = make()
    lifecycle.resolve(promise.help_request, answer="Yes.", by=sue, at=after(minutes=10))

    look(promise, after(hours=1))

    assert texts_to(SUE) == []
    assert promise.state == State.HEARD


def test_an_answer_whose_text_does_not_arrive_in_time_is_said_once(make, sue, after):
    MemoryBackend.failures[:] = [NotDelivered("gone", NotDelivered.NOT_SENT)]
    promise = make()
    lifecycle.resolve(promise.help_request, answer="Yes.", by=sue, at=after(minutes=110))
    outbox.deliver_due(at=after(minutes=111))

    for seconds in range(3):
        look(promise, after(hours=2, seconds=seconds))

    assert events() == ["promise_late"]
    assert promise.state == State.HEARD
    assert texts_to(PHONE, Purpose.STILL_CHECKING) == []


def test_an_answer_cancels_the_text_that_we_are_still_checking(make, sue, after):
    promise = make()
    with_time = after(hours=2)
    look(promise, with_time)

    lifecycle.resolve(promise.help_request, answer="Yes.", by=sue, at=with_time)

    assert promise.help_request.messages.get(purpose=Purpose.STILL_CHECKING).state == Message.State.CANCELLED


def test_where_the_caller_could_not_be_told_of_a_new_time_the_promise_is_broken(make, after):
    MemoryBackend.failures[:] = [NotDelivered("landline", NotDelivered.REFUSED)]
    promise = make()
    look(promise, after(hours=2))

    outbox.deliver_due(at=after(hours=2))

    promise.refresh_from_db()
    assert promise.state == State.BROKEN


@pytest.mark.parametrize("because", ["answered", "told_by_phone"])
def test_undone_the_promise_is_looked_after_as_before(make, people, sue, after, because):
    promise = make()
    answered = lifecycle.resolve(
        promise.help_request, answer="Yes.", by=sue, because=because, at=after(minutes=70), teach=False
    )

    lifecycle.undo(answered, by=sue, at=after(minutes=70, seconds=1))

    promise.refresh_from_db()
    assert (promise.state, promise.settled_at, promise.round) == (State.HEARD, None, 2)
    assert promise.look_at == after(minutes=99, seconds=36)
    assert promise.due_at == after(hours=2)


def test_reopened_while_its_text_waits_the_caller_still_waits(make, sue, after):
    promise = make()
    answered = lifecycle.resolve(promise.help_request, answer="Yes.", by=sue, at=after(minutes=10), teach=False)

    lifecycle.reopen(answered, by=sue, at=after(minutes=10, seconds=1))

    assert look(promise, after(hours=2)).state == State.EXTENDED


@pytest.mark.parametrize("because", ["left", "withdrawn", "nonsense"])
def test_what_was_left_is_not_looked_after(make, people, sue, after, because):
    promise = make()
    lifecycle.leave_unresolved(promise.help_request, because=because, by=sue, at=after(minutes=10))

    look(promise, after(hours=1))
    look(promise, after(hours=2))

    assert not Message.objects.filter(purpose__in=(Purpose.REMINDER, Purpose.STILL_CHECKING)).exists()


def test_a_call_back_is_reminded_and_then_broken_without_a_text(make, people, after):
    promise = make()
    Promise.objects.update(kind=Promise.Kind.CALL_BACK)

    look(promise, after(hours=1))
    look(promise, after(hours=2))

    assert "as a call back" in texts_to(SUE)[0]
    assert promise.state == State.BROKEN
    assert not Message.objects.filter(recipient=PHONE).exists()


def test_a_call_back_is_kept_when_a_supervisor_has_called(make, sue, after):
    promise = make()
    Promise.objects.update(kind=Promise.Kind.CALL_BACK)

    lifecycle.resolve(promise.help_request, answer="Yes.", by=sue, because="told_by_phone", at=after(hours=1))

    promise.refresh_from_db()
    assert promise.state == State.KEPT


def test_who_teaches_her_first_may_still_make_the_call_that_was_promised(make, sue, after):
    promise = make()
    asked = promise.help_request
    HelpRequest.objects.update(customer_phone="")
    Promise.objects.update(kind=Promise.Kind.CALL_BACK)
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=after(hours=1))

    assert look(promise, after(hours=2)).state == State.HEARD
    assert ledger.called_back(asked, by=sue, at=after(hours=3))

    promise.refresh_from_db()
    assert (promise.state, promise.settled_at) == (State.KEPT, after(hours=3))
    assert not ledger.called_back(asked, by=sue, at=after(hours=4))


def test_who_was_told_no_time_is_not_kept_waiting_by_one(make, people, after):
    promise = make(phone="")

    look(promise, after(hours=1))
    assert len(texts_to(SUE)) == 1
    look(promise, after(hours=3))

    assert (promise.state, promise.kind) == (State.REMINDED, Promise.Kind.NONE)


def test_opting_out_leaves_nothing_to_be_told(make, after):
    promise = make()
    lifecycle.opt_out(promise.help_request.caller, at=after(minutes=5))

    look(promise, after(hours=2))

    assert not Message.objects.filter(recipient=PHONE).exists()


def test_an_emergency_is_brought_up_soon_though_nothing_was_promised(call, people, after):
    asked = lifecycle.raise_alarm("My scalp is burning", call=call, at=NOON)
    HelpRequest.objects.update(practice=False)
    promises.look_again(asked.promises.all(), at=NOON)
    promise = asked.promises.get()

    look(promise, after(minutes=12))
    look(promise, after(minutes=20))

    assert (len(texts_to(SUE)), len(texts_to(TOM))) == (1, 1)
    assert (promise.state, promise.look_at) == (State.MADE, None)


def test_supervisors_on_duty_have_no_quiet_hours_and_others_do(make, people):
    night = datetime(2026, 6, 4, 4, 0, tzinfo=UTC)  # 23:00 in Chicago
    promise = make(at=night)

    look(promise, night + timedelta(hours=1))
    look(promise, night + timedelta(minutes=100))

    reminders = Message.objects.filter(purpose=Purpose.REMINDER)
    assert reminders.get(recipient=SUE).release_at == night + timedelta(hours=1)
    assert reminders.get(recipient=TOM).release_at == datetime(2026, 6, 4, 13, 0, tzinfo=UTC)


def test_links_and_long_words_of_callers_do_not_reach_supervisors(make, people, after):
    promise = make("See http://evil.example/x now " + "please " * 60)

    look(promise, after(hours=1))

    [text] = texts_to(SUE)
    assert "evil.example" not in text
    assert len(text) < 320


def test_the_ticker_asks_as_often_for_many_promises_as_for_one(make, after):
    [chore] = [chore for chore in jobs.CHORES if chore.name == jobs.LOOK]

    def queries():
        with CaptureQueriesContext(connection) as captured:
            due, next_at = chore.look(after(minutes=59))
        return len(captured), due, next_at

    make()
    one = queries()
    for n in range(20):
        make(f"Question {n}?", phone=f"+141555502{n:02}")

    assert one == queries() == (1, None, after(hours=1))


def test_a_promise_that_nobody_looks_after_makes_the_desk_ill(make):
    for name in health.NEEDED:
        health.beat(name)
    make(at=timezone.now())
    assert health.is_healthy()

    Promise.objects.update(look_at=timezone.now() - health.LATE - timedelta(seconds=1))

    assert not health.is_healthy()


def test_who_heard_it_only_when_it_was_due_is_told_of_a_new_time_at_once(make, after):
    promise = make(heard=False)

    promises.hear(promise, at=after(hours=3))
    promise.refresh_from_db()
    assert promise.look_at == after(hours=2)
    look(promise, after(hours=3))

    assert promise.state == State.EXTENDED
