"""Times and questions as people say them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from voice_agent.pronounced import as_spoken

__all__ = ["as_spoken", "is_soon", "mid_sentence", "time_of"]

QUESTION_WORDS = {
    "what", "where", "when", "who", "why", "how", "which", "is", "are", "do", "does", "did", "can", "could", "would",
    "will", "should", "may", "have", "has",
}  # fmt: skip


def time_of(at: datetime, *, now: datetime, zone: ZoneInfo, clock_24h: bool = False) -> str:
    """`3:40 pm today`, `9 am tomorrow`, `10:15 am on Friday`, `9 am on 4 December`, where the salon is."""
    at, now = at.astimezone(zone), now.astimezone(zone)
    days = (at.date() - now.date()).days
    return f"{_clock(at, clock_24h)} {_day(at, days)}"


def is_soon(at: datetime, *, now: datetime) -> bool:
    """Less than a minute away: a clock time would already be past when it is heard."""
    return at - now < timedelta(minutes=1)


def _clock(at: datetime, clock_24h: bool) -> str:
    if clock_24h:
        return f"{at:%H:%M}"
    minutes = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'am' if at.hour < 12 else 'pm'}"


def _day(at: datetime, days: int) -> str:
    if days in (0, 1):
        return ("today", "tomorrow")[days]
    return f"on {at:%A}" if 1 < days < 7 else f"on {at.day} {at:%B}"


def mid_sentence(question: str) -> str:
    """`Do you offer …?` as it stands after a colon: `do you offer …?`; names keep their capital."""
    first, _, rest = question.partition(" ")
    plain = first.lower() in QUESTION_WORDS
    return f"{first.lower()} {rest}" if plain else question
