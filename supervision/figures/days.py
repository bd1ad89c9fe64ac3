"""The salon's days: cut at its midnight, whatever the clocks do in between."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


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
