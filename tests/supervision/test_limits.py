"""Texts are no weapon: caps with words, a stop that a person lifts, and no supervisor's answer lost."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from supervision import lifecycle, limits, messages, outbox
from supervision.delivery.memory import MemoryBackend
from supervision.models import Breaker, Call, Caller, Event, HelpRequest, InboundText, Message
from tests.supervision.conftest import NOON, PHONE

Because, State = Message.CancelledBecause, Message.State
SPOOFED = 10_000


@pytest.fixture
def reply(salon):
    """`reply(phone)` queues a reply to a caller's text."""
    made = []

    def reply(phone=PHONE, *, at=NOON, meaning=InboundText.Meaning.QUESTION):
        made.append(phone)
        row = InboundText.objects.create(provider_id=f"SM{len(made)}", sender=phone, text="?", meaning=meaning)
        about = {"recipient": phone, "purpose": Message.Purpose.REPLY, "text": "Yes.", "inbound": row}
        return messages.queue_apart(subject=f"reply:{len(made)}", at=at, **about)

    return reply


@pytest.fixture
def answer(salon, sue):
    """`answer(phone)` is what a supervisor wrote to somebody who had called."""
    made = []

    def answer(phone=PHONE, *, at=NOON):
        made.append(phone)
        caller, _ = Caller.objects.get_or_create(phone=phone)
        caller.consents.create(words="yes")
        call = Call.objects.create(channel=Call.Channel.PHONE, caller=caller, started_at=at)
        asked = lifecycle.request_help(f"Question {len(made)}?", call=call, at=at)
        lifecycle.resolve(asked, answer="Yes.", by=sue, teach=False, at=at)
        return asked.messages.get()

    return answer


def far(number: int) -> str:
    """Numbers that no prefix has in common."""
    return f"+1415{2_000_000 + number * 10_000 + number}"


def deliver(minutes=1) -> int:
    """How many texts the provider has in all."""
    outbox.deliver_due(at=NOON + timedelta(minutes=minutes))
    return len(MemoryBackend.sent)


def test_ten_thousand_spoofed_calls_lead_to_at_most_twenty_texts(salon):
    """Each asked something, agreed to a text, and was never answered."""
    callers = Caller.objects.bulk_create(Caller(phone=f"+1{4_150_000_000 + one * 10_007}") for one in range(SPOOFED))
    rows = Call.objects.bulk_create(Call(channel=Call.Channel.PHONE, caller=one) for one in callers)
    times = {"created_at": NOON, "promised_by": NOON, "expires_at": NOON + timedelta(days=1)}
    asked = HelpRequest.objects.bulk_create(
        HelpRequest(reference=f"K{at}", call=call, caller=call.caller, question="?", question_key="k", **times)
        for at, call in enumerate(rows)
    )
    Message.objects.bulk_create(
        Message(key=one.pk, help_request=one, recipient=one.caller.phone, purpose="closing", text="!", release_at=NOON)
        for one in asked
    )

    for minutes in (0, 1, 30, 59):
        deliver(minutes)

    assert len(MemoryBackend.sent) == 20
    assert limits.breaker().reason == "Texts to callers are stopped: they had caused 20 within an hour."
    deliver(60 * 24)
    assert len(MemoryBackend.sent) == 20
    assert Event.objects.filter(kind="texts_stopped").count() == 1


def test_who_lifts_the_stop_lets_new_texts_leave_and_ends_stale_ones(reply, sue, settings):
    settings.TEXTS_PER_HOUR = 2
    stale = [reply(far(number)) for number in range(4)]
    assert deliver() == 2
    fresh = reply(far(9), at=NOON + timedelta(hours=2))

    assert limits.reset(by=sue, at=NOON + timedelta(hours=2))
    assert deliver(minutes=121) == 3

    for message in (*stale, fresh):
        message.refresh_from_db()
    assert [one.cancelled_because for one in stale] == ["", "", Because.EXPIRED, Because.EXPIRED]
    assert fresh.state == State.SENT
    assert not limits.reset(by=sue)
    assert Breaker.objects.get().reset_by == sue


def test_it_trips_again_only_after_as_many_as_before(reply, sue, settings):
    settings.TEXTS_PER_HOUR = 2
    [reply(far(number)) for number in range(3)]
    deliver()
    limits.reset(by=sue, at=NOON + timedelta(minutes=2))
    [reply(far(number)) for number in range(10, 13)]

    assert deliver(minutes=3) == 4
    assert limits.breaker()


def test_an_answer_that_a_person_wrote_passes_the_stop(reply, answer, settings):
    settings.TEXTS_PER_HOUR = 1
    [reply(far(number)) for number in range(3)]
    written = answer()

    deliver()

    written.refresh_from_db()
    assert written.state == State.SENT
    assert limits.breaker()


def test_who_is_in_danger_is_told_what_to_do_whatever_is_stopped(reply, settings):
    settings.TEXTS_PER_HOUR = 0
    reply(far(1))
    urgent = reply(far(2), meaning=InboundText.Meaning.EMERGENCY)

    deliver()

    urgent.refresh_from_db()
    assert urgent.state == State.SENT


def test_an_answer_over_the_cap_of_its_number_waits_and_says_until_when(answer, settings):
    settings.TEXTS_PER_NUMBER = 2
    written = [answer() for _ in range(3)]
    for minutes, one in enumerate(written, start=1):  # not all in one text
        Message.objects.filter(pk=one.pk).update(release_at=NOON + timedelta(minutes=minutes))
    for minutes in (1, 2, 3):
        deliver(minutes)

    last = written[-1]
    last.refresh_from_db()
    assert len(MemoryBackend.sent) == 2
    assert (last.state, last.release_at) == (State.QUEUED, NOON + timedelta(days=1, minutes=1))
    assert last.error.startswith("Waits until ")
    assert last.error.endswith("this number has had 2 texts within a day.")
    assert deliver(minutes=24 * 60 + 2) == 3


def test_a_flood_to_one_number_keeps_nobody_else_waiting(reply, answer, settings):
    settings.TEXTS_PER_NUMBER = settings.TEXTS_PER_HOUR = 1000
    settings.TEXTS_PER_PREFIX = 3
    for _ in range(50):
        reply("+14155552671")
    other = answer("+13125550187")
    Message.objects.filter(pk=other.pk).update(release_at=NOON + timedelta(seconds=30))

    assert deliver() == 4

    other.refresh_from_db()
    assert other.state == State.SENT


def test_numbers_that_differ_in_four_digits_share_a_cap(reply, settings):
    settings.TEXTS_PER_PREFIX = 3
    made = [reply(f"+1415555{2000 + number}") for number in range(5)] + [reply("+13125550187")]

    assert deliver() == 4
    made[4].refresh_from_db()
    assert "numbers like this one have had 3 texts" in made[4].error


def test_the_day_has_a_cap_for_everything(reply, answer, settings):
    settings.TEXTS_PER_DAY = 3
    for number in range(3):
        reply(far(number))
        answer(far(10 + number))

    assert deliver() == 3
    assert Message.objects.filter(state=State.QUEUED, error__contains="3 texts have left within a day").count() == 3
    assert deliver(minutes=24 * 60 + 2) == 6


def test_money_is_a_cap_where_a_price_is_known(reply, answer, settings):
    settings.TEXT_PRICE, settings.TEXTS_MONEY_PER_DAY = Decimal("0.01"), Decimal("0.02")
    for number in range(4):
        answer(far(number))

    assert deliver() == 2
    assert Message.objects.filter(error__contains="texts have cost 0.02 within a day").count() == 2


def test_practice_and_supervisors_texts_are_none_that_callers_cause(call, sue, settings):
    settings.TEXTS_PER_HOUR = settings.TEXTS_PER_NUMBER = 0
    asked = lifecycle.request_help("Do you offer keratin?", call=call, at=NOON)
    lifecycle.leave_unresolved(asked, because="left", by=sue, at=NOON)

    assert deliver() == 1
    assert not limits.breaker()


def test_what_was_surely_not_sent_does_not_count(reply, settings):
    settings.TEXTS_PER_HOUR = 1
    first = reply(far(1))
    first.attempts.create(backend="memory", started_at=NOON, outcome="not_sent")

    assert deliver() == 1


def test_the_desk_shows_the_stop_and_a_person_lifts_it(reply, desk, supervisor, settings):
    settings.TEXTS_PER_HOUR = 1
    [reply(far(number)) for number in range(2)]
    deliver()

    page = desk.get(reverse("admin:index")).content.decode()
    desk.post(reverse("admin:supervision_texts_allow"))

    assert "Texts to callers are stopped: they had caused 1 within an hour." in page
    assert Breaker.objects.get().reset_by == supervisor
    assert "are stopped" not in desk.get(reverse("admin:index")).content.decode()


def test_one_number_is_given_for_others_a_few_times_a_day(salon):
    def give(phone, *, caller, at=NOON):
        call = Call.objects.create(channel=Call.Channel.PHONE, caller=caller, started_at=at)
        asked = lifecycle.request_help("Do you do nails?", call=call, at=at)
        return lifecycle.give_number(asked, phone, words="yes", call=call, at=at).customer_phone

    strangers = [Caller.objects.create(phone=far(number)) for number in range(4)]
    for stranger in strangers[:3]:
        assert give(PHONE, caller=stranger) == PHONE
    with pytest.raises(ValidationError):
        give(PHONE, caller=strangers[3])
    with pytest.raises(ValidationError):
        give(PHONE, caller=None)
    assert give(PHONE, caller=strangers[3], at=NOON + timedelta(days=1, minutes=1)) == PHONE

    for number in range(3):
        assert give(far(20 + number), caller=strangers[3], at=NOON + timedelta(days=9))
    with pytest.raises(ValidationError):
        give(far(30), caller=strangers[3], at=NOON + timedelta(days=9))


def test_a_number_that_is_not_the_callers_gets_only_what_a_supervisor_wrote(salon, sue):
    call = Call.objects.create(channel=Call.Channel.PHONE, started_at=NOON)
    asked = lifecycle.request_help("Do you do nails?", call=call, at=NOON)
    lifecycle.give_number(asked, PHONE, words="yes", call=call, at=NOON)

    lifecycle.leave_unresolved(asked, because="left", by=sue, at=NOON)
    assert asked.messages.get().recipient == ""
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    assert asked.messages.get(purpose="answer").recipient == PHONE
