"""Times and questions as she says them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voice_agent.spoken import is_soon, mid_sentence, time_of

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 6, 3, 17, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Chicago


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(hours=3, minutes=40), "3:40 pm today"),
        (timedelta(hours=-3), "9 am today"),
        (timedelta(hours=21), "9 am tomorrow"),
        (timedelta(days=2), "12 pm on Friday"),
        (timedelta(days=10, hours=12, minutes=5), "12:05 am on 14 June"),
    ],
)
def test_a_time_is_said_where_the_salon_is(later, said):
    assert time_of(NOON + later, now=NOON, zone=CHICAGO) == said


def test_a_salon_may_use_24_hours():
    assert time_of(NOON + timedelta(hours=3), now=NOON, zone=CHICAGO, clock_24h=True) == "15:00 today"


def test_what_is_due_within_a_minute_has_no_clock_time():
    assert is_soon(NOON + timedelta(seconds=30), now=NOON)
    assert not is_soon(NOON + timedelta(minutes=2), now=NOON)


@pytest.mark.parametrize(
    ("question", "said"),
    [("Do you offer perms?", "do you offer perms?"), ("Olaplex, is it included?", "Olaplex, is it included?")],
)
def test_a_question_after_a_colon_begins_small_but_a_name_does_not(question, said):
    assert mid_sentence(question) == said
