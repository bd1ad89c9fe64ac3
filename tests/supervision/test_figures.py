"""The day's figures: counted right, once, at the salon's midnight, and again when something changes late."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knowledge.models import Salon, Service
from supervision import calls, lifecycle, live
from supervision.figures import counting, days, rollup, spread, today
from supervision.figures.topics import OTHER, reader
from supervision.models import Call, Citation, DayFigures, HelpRequest, Message, Utterance

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 6, 3, 17, 0, tzinfo=UTC)  # 12:00 in Chicago
DAY = date(2026, 6, 3)
QUESTIONS = ("Do you do nail art?", "Is there parking?", "How much is a perm?", "Do you sell gift vouchers?")


@pytest.fixture
def phoned(salon):
    """`phoned("…", at=…)` is a help request of a real call at that moment."""

    def phoned(question="Is there parking?", *, at=NOON, channel=Call.Channel.PHONE):
        call = Call.objects.create(channel=channel, state="ended", started_at=at, ended_at=at + timedelta(minutes=2))
        asked = lifecycle.request_help(question, call=call, at=at)
        HelpRequest.objects.filter(pk=asked.pk).update(created_at=at)
        return asked

    return phoned


def close(asked, status, because, *, after):
    closed = {"status": status, "closed_because": because, "supervisor_response": "Yes."}
    HelpRequest.objects.filter(pk=asked.pk).update(**closed, responded_at=asked.created_at + after)


def test_a_day_is_counted_from_midnight_to_midnight_in_the_salon(phoned):
    start, end = days.bounds(DAY, CHICAGO)
    for moment in (start - timedelta(seconds=1), start, end - timedelta(seconds=1), end):
        phoned(at=moment)

    assert counting.count(DAY, CHICAGO)["asked"] == 2


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 8), "America/Chicago", 23),
        (date(2026, 11, 1), "America/Chicago", 25),
        (date(2026, 6, 3), "America/Chicago", 24),
        (date(2026, 9, 6), "America/Santiago", 23),  # where midnight itself is left out
    ],
)
def test_days_on_which_clocks_change_follow_each_other_without_a_gap(day, zone, hours):
    (start, end), (_, before) = (days.bounds(one, ZoneInfo(zone)) for one in (day, day - timedelta(days=1)))

    assert (end.astimezone(UTC) - start.astimezone(UTC)) == timedelta(hours=hours)
    assert before.astimezone(UTC) == start.astimezone(UTC)


def test_questions_are_counted_by_what_became_of_them(phoned):
    resolved, left, _ = (phoned(question) for question in QUESTIONS[:3])
    close(resolved, "resolved", "answered", after=timedelta(minutes=5))
    close(left, "unresolved", "timed_out", after=timedelta(days=1))

    row = DayFigures(day=DAY, **counting.count(DAY, CHICAGO))

    assert (row.asked, row.resolved, row.unresolved, row.waiting) == (3, 1, 1, 1)
    assert spread.quantile(row.answer_seconds, 0.5) == pytest.approx(300, rel=0.03)


def test_practice_does_not_count(salon, sue):
    call = calls.open_call(channel=Call.Channel.PRACTICE, practised_by=sue, phone="+14155552671", at=NOON)
    asked = lifecycle.request_help("Is there parking?", call=call, at=NOON)
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)
    said = Utterance.objects.create(call=call, speaker="receptionist", created_at=NOON, latency_ms=700)
    Citation.objects.create(utterance=said, source="hours:x", text="-")

    counted = counting.count(DAY, CHICAGO)

    assert not any(counted.values())


def test_what_she_answered_herself_is_counted_by_turns_and_timed(phoned):
    call = phoned().call
    said = Utterance.objects.create(call=call, speaker="receptionist", created_at=NOON, latency_ms=700)
    Citation.objects.bulk_create(Citation(utterance=said, source=f"service:{n}", text="-") for n in range(2))

    counted = counting.count(DAY, CHICAGO)

    assert counted["herself"] == 1
    assert spread.quantile(counted["latency_ms"], 0.5) == pytest.approx(700, rel=0.03)


def test_promises_are_kept_in_time_or_late_or_broken(phoned):
    for question, state, late in zip(QUESTIONS, ("kept", "kept", "broken", "withdrawn"), (-1, 1, 1, 1), strict=True):
        settled = {"state": state, "settled_at": NOON, "due_at": NOON - timedelta(minutes=late)}
        phoned(question).promises.update(**settled)

    counted = counting.count(DAY, CHICAGO)

    assert (counted["kept"], counted["kept_late"], counted["broken"]) == (1, 1, 1)


def test_texts_are_counted_by_state_and_those_that_left_in_segments(phoned):
    asked = phoned()
    for number, (state, text) in enumerate([("delivered", "a" * 200), ("undelivered", "b"), ("queued", "c")]):
        Message.objects.create(
            key=number, help_request=asked, recipient="+14155552671", purpose="answer", text=text, state=state,
            created_at=NOON,
        )  # fmt: skip

    counted = counting.count(DAY, CHICAGO)

    assert counted["texts"] == {"delivered": 1, "undelivered": 1, "queued": 1}
    assert counted["usage"]["segments"] == 3


def test_calls_are_counted_with_what_they_took(phoned):
    usage = {
        "llm": [{"input_tokens": 900, "output_tokens": 20}, {"input_tokens": 100, "output_tokens": None}],
        "voice": [{"characters": 300, "seconds": 20.0}],
        "ears": [{"seconds": 60.5}],
    }
    Call.objects.filter(pk=phoned().call_id).update(usage=usage)

    counted = counting.count(DAY, CHICAGO)

    assert counted["calls"] == 1
    assert counted["usage"] == {
        "line_seconds": 120, "input_tokens": 1000, "output_tokens": 20, "characters": 300, "ears_seconds": 60.5,
    }  # fmt: skip


def test_a_question_has_the_category_of_the_service_it_names_else_the_topic_of_its_words(salon):
    Service.objects.create(category="Hair", name="Keratin treatment", also_called="keratin")
    topic_of = reader()

    assert topic_of("How much is KERATIN?") == "Hair"
    assert topic_of("how much is it") == "Prices"
    assert topic_of("Where can I park?") == "Finding us"
    assert topic_of("Is it carpeted?") == OTHER  # "car" and "card" are no words of it
    assert topic_of("(*[") == OTHER


def test_every_day_is_counted_once(phoned):
    phoned(at=NOON - timedelta(days=3))

    assert rollup.fill_due(at=NOON) == 4
    assert rollup.fill_due(at=NOON) == 0
    assert list(DayFigures.objects.order_by("day").values_list("asked", flat=True)) == [1, 0, 0, 0]


def test_counting_stops_when_its_time_is_up_and_goes_on_from_there(phoned):
    phoned(at=NOON - timedelta(days=3))

    assert rollup.fill_due(at=NOON, patience=-1) == 0
    assert rollup.fill_due(at=NOON) == 4


def test_a_day_is_counted_again_when_its_request_is_closed_late(phoned, sue):
    asked = phoned(at=NOON - timedelta(days=40))
    rollup.fill_due(at=NOON)

    lifecycle.resolve(asked, answer="Yes, behind the house.", by=sue, at=NOON)
    rollup.fill_due(at=NOON)

    assert DayFigures.objects.get(day=DAY - timedelta(days=40)).resolved == 1
    assert rollup.fill_due(at=NOON) == 0


def test_the_last_days_are_counted_again_where_the_events_that_name_them_are_gone(phoned):
    asked = phoned(at=NOON - timedelta(days=3))
    rollup.fill_due(at=NOON)
    close(asked, "resolved", "answered", after=timedelta(days=2))
    live.emit(live.DESK, "resolved")
    live.Event.objects.all().delete()
    live.emit(live.DESK, "duty")

    rollup.fill_due(at=NOON)

    assert DayFigures.objects.get(day=DAY - timedelta(days=3)).resolved == 1


def test_a_day_that_was_counted_before_it_ended_is_counted_again(phoned):
    phoned()
    rollup.fill_due(at=NOON)
    call = phoned("Do you do nail art?", at=NOON + timedelta(hours=1)).call
    live.Event.objects.filter(payload__call=str(call.pk)).delete()

    rollup.fill_due(at=NOON + timedelta(days=1))

    assert DayFigures.objects.get(day=DAY).asked == 2
    assert DayFigures.objects.get(day=DAY).is_whole


def test_another_zone_has_other_days(phoned):
    phoned(at=datetime(2026, 6, 3, 3, 0, tzinfo=UTC))  # 22:00 of the 2nd in Chicago
    rollup.fill_due(at=NOON)
    Salon.objects.update(time_zone="Europe/Madrid")

    rollup.fill_due(at=NOON)

    assert [row.day for row in DayFigures.objects.filter(asked=1, zone="Europe/Madrid")] == [DAY]


def test_today_is_read_as_it_is_now(phoned):
    rollup.fill_due(at=NOON)
    phoned()

    assert rollup.read(DAY, DAY, CHICAGO, at=NOON)[DAY].asked == 1


def test_hours_follow_each_other_through_the_whole_day(phoned):
    for zone in ("America/Chicago", "America/Santiago", "Australia/Lord_Howe"):
        for day in (date(2026, 4, 5), date(2026, 9, 6), date(2026, 11, 1)):
            hours = days.hours(day, ZoneInfo(zone))
            start, end = days.bounds(day, ZoneInfo(zone))

            assert [end for _, end in hours[:-1]] == [start for start, _ in hours[1:]]
            assert (hours[0][0], hours[-1][1]) == (start.astimezone(UTC), end.astimezone(UTC))


def test_the_hours_of_a_day_add_up_to_it(phoned, sue):
    for number, hours in enumerate((0, 0, 3, 11)):
        phoned(QUESTIONS[number], at=NOON - timedelta(hours=hours))
    lifecycle.resolve(HelpRequest.objects.earliest("created_at"), answer="Yes.", by=sue, at=NOON)

    counted = counting.count_spans(days.hours(DAY, CHICAGO))

    assert [hour.figures.asked for hour in counted] == [0, 1] + [0] * 7 + [1] + [0, 0, 2] + [0] * 11
    assert [len(hour.waits) for hour in counted] == [0] * 12 + [1] + [0] * 11
    whole, total = counting.count(DAY, CHICAGO), counting.merged(hour.figures for hour in counted)
    assert {name: getattr(total, name) for name in whole} == whole


def test_an_hour_that_is_over_is_counted_again_when_an_event_tells_of_it(phoned, sue):
    morning, other = (phoned(question, at=NOON - timedelta(hours=3)) for question in QUESTIONS[:2])
    today.hours(DAY, CHICAGO, at=NOON)
    HelpRequest.objects.filter(pk=other.pk).update(practice=True)
    live.emit(live.DESK, "duty")
    assert today.hours(DAY, CHICAGO, at=NOON)[9].figures.asked == 2  # nothing told of it

    lifecycle.resolve(morning, answer="Yes.", by=sue, at=NOON)

    now = today.hours(DAY, CHICAGO, at=NOON)
    assert (now[9].figures.asked, now[9].figures.resolved, now[12].waits) == (1, 1, [3 * 3600.0])


def test_an_hour_that_begins_is_counted_without_any_event(phoned):
    assert len(today.hours(DAY, CHICAGO, at=NOON)) == 13
    assert len(today.hours(DAY, CHICAGO, at=NOON + timedelta(hours=1))) == 14


def test_after_ten_minutes_today_is_counted_whole_again(phoned):
    asked = phoned(at=NOON - timedelta(hours=3))
    today.hours(DAY, CHICAGO, at=NOON)
    HelpRequest.objects.filter(pk=asked.pk).update(practice=True)
    live.emit(live.DESK, "duty")

    assert today.hours(DAY, CHICAGO, at=NOON + today.KEPT)[9].figures.asked == 0


def test_whoever_read_the_rows_later_wins(phoned):
    phoned()
    rollup.fill_due(at=NOON)
    DayFigures.objects.update(after=10**9, asked=7)

    rollup._store(DAY, CHICAGO, after=1, is_whole=False)

    assert DayFigures.objects.get().asked == 7


def test_spreads_add_up_to_the_spread_of_all():
    one, other = spread.spread([10, 20, 30]), spread.spread([30, 40])

    assert spread.added([one, other]) == spread.spread([10, 20, 30, 30, 40])
    assert spread.quantile(spread.added([one, other]), 0.5) == pytest.approx(30, rel=0.03)
    assert spread.quantile({}, 0.5) is None
