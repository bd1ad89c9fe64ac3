"""The salon's days: cut at its midnight, whatever the clocks do in between."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """(its first moment, the first one of the next day); 23, 24 or 25 hours apart."""
    return _midnight(day, zone), _midnight(day + DAY, zone)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def between(first: date, last: date) -> Iterator[date]:
    """Both included; none where the last lies before the first."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Where clocks are put on at midnight there is no such time: then the moment at which they are."""
    return datetime.combine(day, time(), zone)


def hours(day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """(begin, end) of each of its 23, 24 or 25 hours; where clocks change by half an hour, the last is that short."""
    start, end = (moment.astimezone(UTC) for moment in bounds(day, zone))
    steps = [start + HOUR * n for n in range(-(-(end - start) // HOUR))]
    return [(one, min(one + HOUR, end)) for one in steps]
