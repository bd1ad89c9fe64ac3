"""When the salon is open: weekly hours, closures, time zone and clock changes; pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from knowledge.models import Closure, OpeningHours

HORIZON = 120  # days looked ahead for the next opening
# Nobody has entered next year's holidays yet: what lies further ahead, or a month beyond the last closure, is asked.
KNOWN_AHEAD = dt.timedelta(days=180)
KNOWN_WITHOUT_CLOSURES = dt.timedelta(days=30)
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Hours:
    zone: ZoneInfo
    weekly: tuple[OpeningHours, ...]
    closures: tuple[Closure, ...]

    def local(self, at: dt.datetime) -> dt.datetime:
        return at.astimezone(self.zone)

    def closure_on(self, day: dt.date) -> Closure | None:
        return next((one for one in self.closures if one.starts_on <= day <= one.ends_on), None)

    def knows(self, day: dt.date, today: dt.date) -> bool:
        """Whether it is certain enough that the day's closures have been entered."""
        last = max((one.ends_on for one in self.closures), default=today)
        certain = min(today + KNOWN_AHEAD, max(last, today + KNOWN_WITHOUT_CLOSURES))
        return self.closure_on(day) is not None or day <= certain

    def closures_between(self, first: dt.date, last: dt.date) -> list[Closure]:
        """Those that close a day on which it would be open."""
        near = [one for one in self.closures if one.starts_on <= last and one.ends_on >= first]
        return [one for one in near if self._usually_open(max(one.starts_on, first), min(one.ends_on, last))]

    def _usually_open(self, first: dt.date, last: dt.date) -> bool:
        days = (first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1))
        return any(self.of_weekday(day.weekday()) for day in days)

    def of_weekday(self, weekday: int) -> list[tuple[dt.time, dt.time]]:
        return [(one.opens, one.closes) for one in self.weekly if one.weekday == weekday]

    def of_day(self, day: dt.date) -> list[tuple[dt.time, dt.time]]:
        """The spans that begin on that day; empty when closed."""
        return [] if self.closure_on(day) else self.of_weekday(day.weekday())

    def spans(self, day: dt.date) -> list[Span]:
        """As `of_day`, in UTC: differences between local times are wrong where the clock changes between them."""
        return [self._moments(day, opens, closes) for opens, closes in self.of_day(day)]

    def span_at(self, at: dt.datetime) -> Span | None:
        """The span that is open at that moment, perhaps since yesterday."""
        today = self.local(at).date()
        near = [*self.spans(today - dt.timedelta(days=1)), *self.spans(today)]
        return next(((opens, closes) for opens, closes in near if opens <= at < closes), None)

    def closes_at(self, at: dt.datetime) -> dt.datetime | None:
        """When the salon next closes, through spans that follow each other; None when closed, or always open."""
        end = at
        for _ in range(HORIZON):
            span = self.span_at(end)
            if span is None:
                break
            end = span[1]
        else:
            return None
        return end if end != at else None

    def next_opening(self, at: dt.datetime) -> dt.datetime | None:
        return next((opens for opens, _ in self._upcoming(at) if opens > at), None)

    def _upcoming(self, at: dt.datetime) -> Iterator[Span]:
        first = self.local(at).date() - dt.timedelta(days=1)
        for ahead in range(HORIZON):
            yield from (span for span in self.spans(first + dt.timedelta(days=ahead)) if span[1] > at)

    def _moments(self, day: dt.date, opens: dt.time, closes: dt.time) -> Span:
        last = day if closes > opens else day + dt.timedelta(days=1)
        begin, end = (
            dt.datetime.combine(date, time, self.zone).astimezone(dt.UTC)
            for date, time in ((day, opens), (last, closes))
        )
        return begin, end
