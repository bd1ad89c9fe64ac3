"""Keeps one row of figures for each day: today's and yesterday's, those that are missing, those that changed late."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min
from django.utils import timezone

from knowledge.models import Salon
from supervision import live
from supervision.figures import days, told
from supervision.figures.counting import count, merged
from supervision.figures.today import hours
from supervision.models import Call, DayFigures, HelpRequest

PATIENCE = 10.0  # seconds in one job, which has 30; the rest is counted by the next one
LATE = timedelta(days=31)  # counted anew where the events that would name the days are gone


def fill_due(*, patience: float = PATIENCE, at: datetime | None = None) -> int:
    """Count every day that needs it, the newest first; returns how many. Any number of processes may do it at a time.

    Today's row comes after the days that events name, as it is from its `after` that the next run reads them on.
    """
    salon = Salon.objects.first()
    if salon is None:
        return 0
    begun, done, newest = time.monotonic(), 0, live.newest()
    today = days.day_of(at or timezone.now(), salon.zone)
    for day in _due(today, salon.zone, newest):
        if time.monotonic() - begun > patience:
            break
        _store(day, salon.zone, after=newest, is_whole=day < today)
        done += 1
    return done


def read(first: date, last: date, zone: ZoneInfo, *, at: datetime | None = None) -> dict[date, DayFigures]:
    """The days that are counted; today's as it is at this moment."""
    rows = DayFigures.objects.filter(day__range=(first, last), zone=zone.key)
    found = {row.day: row for row in rows}
    at = at or timezone.now()
    today = days.day_of(at, zone)
    if first <= today <= last:
        found[today] = _now(today, zone, found.get(today), at)
    return found


def first_day(zone: ZoneInfo) -> date | None:
    """The first on which anything happened."""
    moments = (
        HelpRequest.objects.order_by().aggregate(first=Min("created_at"))["first"],
        Call.objects.order_by().aggregate(first=Min("started_at"))["first"],
    )
    known = [moment for moment in moments if moment]
    return days.day_of(min(known), zone) if known else None


def _now(today: date, zone: ZoneInfo, row: DayFigures | None, at: datetime) -> DayFigures:
    newest = live.newest()
    if row and row.after >= newest:
        return row
    figures = merged(hour.figures for hour in hours(today, zone, at=at))
    figures.day, figures.zone, figures.after = today, zone.key, newest
    return figures


def _due(today: date, zone: ZoneInfo, newest: int) -> Iterator[date]:
    begin = first_day(zone)
    if begin is None:
        return
    kept = DayFigures.objects.filter(zone=zone.key)
    last = kept.order_by("-day").first()
    late = _changed_since(last, zone, newest) if last else set()
    unfinished = set(kept.filter(is_whole=False, day__lt=today).values_list("day", flat=True))
    first = {day for day in late | unfinished if begin <= day < today}
    yield from sorted(first, reverse=True)
    if last is None or last.day < today or last.after < newest:
        yield today
    counted = set(kept.values_list("day", flat=True)) | first | {today}
    yield from (day for day in sorted(days.between(begin, today), reverse=True) if day not in counted)


def _changed_since(last: DayFigures, zone: ZoneInfo, newest: int) -> set[date]:
    """The days of all rows that events since then tell of."""
    moments = told.moments(last.after, newest)
    if moments is None:
        return set(days.between(last.day - LATE, last.day))
    return {days.day_of(moment, zone) for moment in moments}


def _store(day: date, zone: ZoneInfo, *, after: int, is_whole: bool) -> None:
    """Whoever read the rows later wins."""
    values = {"zone": zone.key, "after": after, "is_whole": is_whole, "made_at": timezone.now(), **count(day, zone)}
    row, made = DayFigures.objects.get_or_create(day=day, defaults=values)
    if not made:
        DayFigures.objects.filter(pk=row.pk, after__lte=after).update(**values)
