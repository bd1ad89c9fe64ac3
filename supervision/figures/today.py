"""Today by its hours: counted whole once, and from then on only those hours of which an event tells."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.cache import cache

from supervision import live
from supervision.figures import days, told
from supervision.figures.counting import Counted, count_spans

KEPT = timedelta(minutes=10)  # then it is counted whole again, in case that something has changed without an event


@dataclass(frozen=True)
class Kept:
    """What this process has counted: `hours` up to that of `at`, with all that the events up to `after` tell."""

    hours: list[Counted]
    after: int
    at: datetime
    until: datetime


def hours(day: date, zone: ZoneInfo, *, at: datetime) -> list[Counted]:
    """The hours of this day from midnight to `at`."""
    key, newest = f"figures:{day}:{zone.key}", live.newest()
    spans = [span for span in days.hours(day, zone) if span[0] <= at]
    kept = cache.get(key)
    if kept and kept.after == newest and len(kept.hours) == len(spans):
        return kept.hours
    changed = told.moments(kept.after, newest) if kept and kept.at <= at < kept.until else None
    if changed is None:
        kept = Kept(count_spans(spans), newest, at, at + KEPT)
    else:
        anew = set(_of(changed, spans)) | set(range(len(kept.hours) - 1, len(spans)))
        found = [count_spans([span])[0] if n in anew else kept.hours[n] for n, span in enumerate(spans)]
        kept = replace(kept, hours=found, after=newest, at=at)
    cache.set(key, kept, max(0, (kept.until - at).total_seconds()))
    return kept.hours


def _of(moments: Iterator[datetime], spans: list[tuple[datetime, datetime]]) -> Iterator[int]:
    for moment in moments:
        yield from (n for n, (start, end) in enumerate(spans) if start <= moment < end)
