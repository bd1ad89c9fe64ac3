"""When an answer may be promised, and when a text may wake somebody."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile

from django.conf import settings

from knowledge.models import Closure, OpeningHours, Salon

DAYS_AHEAD = 60  # a salon closed for longer promises by the clock
Span = tuple[datetime, datetime]


def after_salon_time(at: datetime, length: timedelta) -> datetime:
    """The moment at which the salon will have been open for `length` since `at`; by the clock where it never opens."""
    at, left = at.astimezone(UTC), length  # in a local zone, Python would add wall-clock hours
    for opens, closes in _spans(at):
        if left <= closes - max(opens, at):
            return max(opens, at) + left
        left -= closes - max(opens, at)
    return at + length


def part_way(start: datetime, end: datetime, share: float) -> datetime:
    """When this share of the salon's open time between two moments has passed; by the clock where it is closed."""
    spans = takewhile(lambda span: span[0] < end, _spans(start.astimezone(UTC)))
    length = sum((min(closes, end) - max(opens, start) for opens, closes in spans), timedelta())
    return after_salon_time(start, length * share) if length else start + (end - start) * share


def after_quiet_hours(at: datetime) -> datetime:
    """`at`, or the end of the quiet hours that it falls into; callers are taken to live where the salon is."""
    quiet_from, quiet_until = settings.QUIET_HOURS
    zone = Salon.objects.current().zone
    local = at.astimezone(zone)
    ends = datetime.combine(local.date(), time(quiet_until % 24), zone)
    begins = datetime.combine(local.date(), time(quiet_from % 24), zone)
    if quiet_from <= quiet_until:
        return ends if begins <= local < ends else at
    if local < ends:
        return ends
    return datetime.combine(local.date() + timedelta(days=1), time(quiet_until % 24), zone) if local >= begins else at


def _spans(at: datetime) -> Iterator[Span]:
    """Open spans that end after `at`, in order, without overlaps; in UTC, as days may have 23 or 25 hours."""
    zone = Salon.objects.current().zone
    first = at.astimezone(zone).date() - timedelta(days=1)  # yesterday's span may run over midnight
    week = list(OpeningHours.objects.all())
    closures = list(Closure.objects.filter(ends_on__gte=first).values_list("starts_on", "ends_on"))
    done = at
    for day in (first + timedelta(days=n) for n in range(DAYS_AHEAD)):
        if any(starts <= day <= ends for starts, ends in closures):
            continue
        for opens, closes in sorted(_span(day, row, zone) for row in week if row.weekday == day.weekday()):
            if closes > done:
                yield max(opens, done), closes
                done = closes


def _span(day: date, row: OpeningHours, zone) -> Span:
    last_day = day if row.closes > row.opens else day + timedelta(days=1)
    return (
        datetime.combine(day, row.opens, zone).astimezone(UTC),
        datetime.combine(last_day, row.closes, zone).astimezone(UTC),
    )
