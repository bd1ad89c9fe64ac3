"""Promises fall into salon hours, through closures, nights and changes of the clock; texts wake nobody."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from knowledge.models import Closure, OpeningHours
from supervision import hours, lifecycle, promises
from supervision.models import Call

CHICAGO = ZoneInfo("America/Chicago")


def chicago(*parts):
    return datetime(*parts, tzinfo=CHICAGO)


@pytest.fixture
def week(salon):
    """Tuesday to Friday 9 to 17 with a break from 12 to 13; Saturday 20 to 2."""
    for weekday in range(1, 5):
        OpeningHours.objects.create(weekday=weekday, opens=time(9), closes=time(12))
        OpeningHours.objects.create(weekday=weekday, opens=time(13), closes=time(17))
    OpeningHours.objects.create(weekday=5, opens=time(20), closes=time(2))


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ((2026, 6, 3, 9, 30), (2026, 6, 3, 11, 30)),
        ((2026, 6, 3, 10, 0), (2026, 6, 3, 12, 0)),  # just in time
        ((2026, 6, 3, 11, 30), (2026, 6, 3, 14, 30)),  # over the break
        ((2026, 6, 3, 7, 0), (2026, 6, 3, 11, 0)),  # before opening
        ((2026, 6, 3, 16, 0), (2026, 6, 4, 10, 0)),  # over the night
        ((2026, 6, 5, 18, 0), (2026, 6, 6, 22, 0)),  # into Saturday's evening
        ((2026, 6, 6, 23, 0), (2026, 6, 7, 1, 0)),  # over midnight
        ((2026, 6, 7, 1, 0), (2026, 6, 9, 10, 0)),  # after midnight, still Saturday's hours
    ],
)
def test_promise_counts_the_time_in_which_the_salon_is_open(week, asked, due):
    assert hours.after_salon_time(chicago(*asked), timedelta(hours=2)) == chicago(*due)


def test_closed_days_do_not_count(week):
    Closure.objects.create(starts_on=date(2026, 6, 4), ends_on=date(2026, 6, 8), reason="Holidays")

    assert hours.after_salon_time(chicago(2026, 6, 3, 16), timedelta(hours=2)) == chicago(2026, 6, 9, 10)


@pytest.mark.parametrize(
    ("day", "due"), [((2026, 3, 7, 23), (2026, 3, 8, 3)), ((2026, 10, 31, 23), (2026, 11, 1, 1, 0))]
)
def test_nights_in_which_the_clock_changes_count_as_long_as_they_are(salon, day, due):
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(0), closes=time(0))
    begun = chicago(*day)

    promised = hours.after_salon_time(begun, timedelta(hours=3))

    assert promised.timestamp() - begun.timestamp() == 3 * 3600
    assert promised.astimezone(CHICAGO).replace(tzinfo=None) == datetime(*due)


def test_overlapping_hours_count_once(salon):
    OpeningHours.objects.create(weekday=2, opens=time(9), closes=time(13))
    OpeningHours.objects.create(weekday=2, opens=time(12), closes=time(17))

    assert hours.after_salon_time(chicago(2026, 6, 3, 11), timedelta(hours=3)) == chicago(2026, 6, 3, 14)


def test_salon_without_hours_promises_by_the_clock(salon):
    asked = chicago(2026, 6, 3, 3)

    assert hours.after_salon_time(asked, timedelta(hours=2)) == asked + timedelta(hours=2)


def test_telephone_callers_are_promised_salon_hours_and_practice_the_clock(week):
    night = chicago(2026, 6, 3, 23)

    assert promises.due_at(night, practice=False) == chicago(2026, 6, 4, 11)
    assert promises.due_at(night, practice=True) == night + timedelta(hours=2)
    asked = lifecycle.request_help("Nail art?", call=Call.objects.create(channel=Call.Channel.PHONE), at=night)
    assert asked.promised_by == chicago(2026, 6, 4, 11)


@pytest.mark.parametrize(
    ("ready", "leaves"),
    [
        ((2026, 6, 3, 20, 59), (2026, 6, 3, 20, 59)),
        ((2026, 6, 3, 21, 0), (2026, 6, 4, 8, 0)),
        ((2026, 6, 4, 0, 30), (2026, 6, 4, 8, 0)),
        ((2026, 6, 4, 7, 59), (2026, 6, 4, 8, 0)),
        ((2026, 6, 4, 8, 0), (2026, 6, 4, 8, 0)),
        ((2026, 3, 7, 23, 0), (2026, 3, 8, 8, 0)),  # the night in which an hour is missing
    ],
)
def test_text_ready_at_night_leaves_in_the_morning(salon, ready, leaves):
    assert hours.after_quiet_hours(chicago(*ready)) == chicago(*leaves)


def test_quiet_hours_may_lie_within_a_day(salon, settings):
    settings.QUIET_HOURS = (12, 14)

    assert hours.after_quiet_hours(chicago(2026, 6, 3, 13)) == chicago(2026, 6, 3, 14)
    assert hours.after_quiet_hours(chicago(2026, 6, 3, 14)) == chicago(2026, 6, 3, 14)


def test_no_quiet_hours_at_all(salon, settings):
    settings.QUIET_HOURS = (0, 0)

    assert hours.after_quiet_hours(chicago(2026, 6, 3, 23)) == chicago(2026, 6, 3, 23)
