"""After a call that nobody could take: one text a day, to who has agreed to texts, and nothing to anybody else."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from supervision import calls, lifecycle, limits, live, missed, outbox, reports
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call, Caller, Event, Message, Promise
from tests.supervision.conftest import NOON, PHONE

Because, State = Call.EndedBecause, Message.State
NIGHT = NOON + timedelta(hours=10)  # 22:00 in Chicago
MORNING = NOON + timedelta(hours=20)


@pytest.fixture
def agreed(salon):
    """Somebody who has agreed to texts in an earlier call."""
    caller = Caller.objects.create(phone=PHONE)
    caller.consents.create(words="yes please", given_at=NOON)
    return caller


@pytest.fixture
def miss(salon):
    """`miss()` is a call by telephone that rings and is taken by nobody."""
    rooms = iter(range(1_000_000))

    def miss(phone=PHONE, *, at=NOON, because=Because.UNANSWERED, channel=Call.Channel.PHONE):
        call = calls.ring(room=f"missed-{next(rooms)}", channel=channel, phone=phone, at=at)
        calls.close_call(call, state=Call.State.MISSED, because=because, at=at)
        return Call.objects.get(pk=call.pk)

    return miss


def texts():
    return Message.objects.filter(purpose=Message.Purpose.UNANSWERED_CALL).order_by("id")


def reasons():
    return list(Event.objects.filter(kind="not_texted", topic=live.DESK).values_list("reason", flat=True))


@pytest.mark.parametrize("because", [Because.UNANSWERED, Because.BUSY])
def test_who_has_agreed_to_texts_gets_one(agreed, miss, because):
    call = miss(because=because)

    outbox.deliver_due(at=NOON)

    [text] = MemoryBackend.sent
    assert text.recipient == PHONE
    assert text.text == (
        "Glow Beauty Salon: sorry, nobody could take your call. Text us your question here and you get an answer, "
        "or call again. Reply STOP for no more texts."
    )
    assert len(text.text) <= 160
    assert texts().get().call == call
    assert not Promise.objects.exists()


def test_who_has_not_agreed_gets_none_and_it_is_noted_why(miss):
    miss()

    assert not texts().exists()
    assert reasons() == ["not_agreed"]


def test_who_has_opted_out_gets_none(agreed, miss):
    lifecycle.opt_out(agreed, at=NOON)

    miss()

    assert not texts().exists()
    assert reasons() == ["opted_out"]


def test_a_number_that_texts_did_not_reach_gets_none(agreed, miss):
    Caller.objects.update(unreachable_since=NOON)

    miss()

    assert not texts().exists()
    assert reasons() == ["unreachable"]


@pytest.mark.parametrize("phone", ["+442079460000", "+18005550199"])
def test_a_number_that_may_not_be_texted_gets_none_though_it_agreed_once(agreed, miss, phone):
    call = miss("")
    caller = Caller.objects.create(phone=phone)
    caller.consents.create(words="yes")
    call.caller = caller

    assert missed.why_not(call, at=NOON) == "unreachable"


def test_a_withheld_number_gets_none(miss):
    miss("")

    assert reasons() == ["withheld"]


@pytest.mark.parametrize("because", [Because.CALLER, Because.FAULT, ""])
def test_what_is_no_call_that_nobody_could_take_gets_none(agreed, miss, because):
    miss(because=because)

    assert not texts().exists()
    assert reasons() == []


def test_practice_gets_none(agreed, salon, sue, miss):
    practised = calls.ring(room="p", channel=Call.Channel.PHONE, phone=PHONE, practised_by=sue, at=NOON)
    calls.close_call(practised, state=Call.State.MISSED, because=Because.UNANSWERED, at=NOON)
    miss(channel=Call.Channel.BROWSER)

    assert not texts().exists()
    assert missed.recent(NOON) == []


def test_a_number_gets_one_a_day(agreed, miss, after):
    miss()
    miss(at=after(minutes=1))
    miss(at=after(hours=23))
    assert texts().count() == 1

    miss(at=after(hours=25))

    assert texts().count() == 2
    assert reasons() == ["today", "today"]


def test_midnight_does_not_make_it_two(agreed, miss):
    before_midnight = NOON + timedelta(hours=11, minutes=59)
    miss(at=before_midnight)

    miss(at=before_midnight + timedelta(minutes=2))

    assert texts().count() == 1


def test_nobody_is_woken(agreed, miss):
    miss(at=NIGHT)

    assert outbox.deliver_due(at=NIGHT + timedelta(minutes=1)) == 0
    assert outbox.deliver_due(at=MORNING + timedelta(minutes=1)) == 1


def test_opting_out_before_it_has_left_stops_it(agreed, miss):
    miss(at=NIGHT)

    lifecycle.opt_out(agreed, at=NIGHT)
    outbox.deliver_due(at=MORNING + timedelta(minutes=1))

    assert texts().get().cancelled_because == Message.CancelledBecause.OPTED_OUT
    assert MemoryBackend.sent == []


def test_who_has_got_through_meanwhile_is_told_nothing(agreed, miss):
    miss(at=NIGHT)

    again = calls.ring(room="again", channel=Call.Channel.PHONE, phone=PHONE, at=NIGHT)
    assert calls.answer(again, at=NIGHT + timedelta(minutes=3))

    assert texts().get().cancelled_because == Message.CancelledBecause.SUPERSEDED
    assert not calls.answer(again, at=NIGHT)


def test_a_landline_is_remembered_and_breaks_no_promise(agreed, miss):
    miss()
    outbox.deliver_due(at=NOON)
    text = texts().get()

    reports.note(text.pk, provider_id=text.provider_id, status="undelivered", error_code="30006")

    agreed.refresh_from_db()
    assert agreed.unreachable_since


def test_ten_thousand_spoofed_calls_lead_to_at_most_twenty_texts(salon, miss, settings):
    settings.SALON_COUNTRIES = ("US", "CA")
    for number in range(40):  # of people who have agreed, which nobody else can have spoofed
        caller = Caller.objects.create(phone=f"+1415{2_000_000 + number * 10_000 + number}")
        caller.consents.create(words="yes")
        for _ in range(3):
            miss(caller.phone)

    for minutes in range(5):
        outbox.deliver_due(at=NOON + timedelta(minutes=minutes))

    assert len(MemoryBackend.sent) == settings.TEXTS_PER_HOUR == 20
    assert limits.breaker()


def test_a_crash_while_it_is_written_leaves_the_call_to_the_sweep(agreed, miss, monkeypatch):
    monkeypatch.setattr("supervision.messages.announce", lambda *args, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        miss()

    assert Call.objects.get().state == Call.State.RINGING
    assert not texts().exists()


def test_the_desk_shows_it_with_the_call(agreed, miss, desk):
    now = timezone.now()
    call = miss(at=now)
    miss("+13125550187", at=now)

    page = desk.get(reverse("admin:index")).content.decode()

    assert f"{agreed.masked_phone}</a>" in page
    assert 'Text: <span class="state quiet">queued</span>' in page
    assert "No text: they have not agreed to any." in page
    assert "sorry, nobody could take your call" in desk.get(call_page(call)).content.decode()


def call_page(call):
    return reverse("admin:supervision_call_change", args=[call.pk])


def test_a_calm_desk_shows_no_missed_calls(desk, salon):
    page = desk.get(reverse("admin:index")).content.decode()

    assert '<section aria-labelledby="missed-title" data-live="missed" hidden>' in page


@pytest.mark.django_db(transaction=True)
def test_of_two_calls_at_once_one_has_the_text(agreed, miss):
    ringing = [calls.ring(room=f"r{n}", channel=Call.Channel.PHONE, phone=PHONE, at=NOON) for n in range(2)]
    together, failures = threading.Barrier(2), []

    def close(call):
        together.wait()
        try:
            calls.close_call(call, state=Call.State.MISSED, because=Because.BUSY, at=NOON)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=[call]) for call in ringing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert texts().count() == 1
    assert Call.objects.filter(state=Call.State.MISSED).count() == 2
