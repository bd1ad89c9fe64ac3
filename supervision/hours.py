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


def part_way(start: datetime, end: datetime, *shares: float) -> list[datetime]:
    """When these shares of the salon's open time between two moments have passed; by the clock where it is closed."""
    open_time = takewhile(lambda span: span[0] < end, _spans(start.astimezone(UTC)))
    spans = [(opens, min(closes, end)) for opens, closes in open_time]
    length = sum((closes - opens for opens, closes in spans), timedelta())
    if not length:
        return [start + (end - start) * share for share in shares]
    return [_after(spans, length * share) for share in shares]


def _after(spans: list[Span], left: timedelta) -> datetime:
    for opens, closes in spans:
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    return spans[-1][1]


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
