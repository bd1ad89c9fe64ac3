"""The charts: what each shows of a range of days, as rows of a table that the page also draws."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from supervision.figures import costs, days
from supervision.figures.counting import Counted, merged
from supervision.figures.ranges import Range
from supervision.figures.spread import quantile
from supervision.figures.topics import OTHER
from supervision.models import DayFigures, Message

BY_WEEK = 92  # days: more than these are drawn by weeks
TOPICS = 12
State = Message.State
BECAME = {
    "arrived": (State.DELIVERED, State.TOLD),
    "under_way": (State.SENT, State.QUEUED, State.SENDING, State.HELD, State.SPEAKING, State.UNKNOWN),
    "failed": (State.UNDELIVERED, State.REFUSED, State.UNDECIDED),
    "cancelled": (State.CANCELLED,),
}


@dataclass(frozen=True)
class Bucket:
    """An hour, a day or the days of one week; `figures` is None where nothing is counted."""

    label: str
    title: str
    figures: DayFigures | None


@dataclass(frozen=True)
class Series:
    name: str
    label: str
    colour: str  # a custom property of the style sheet
    of: Callable[[DayFigures], float | None]


@dataclass(frozen=True)
class Row:
    label: str
    title: str
    values: list[float | None]


@dataclass(frozen=True)
class Chart:
    name: str
    kind: str  # "bars", stacked; "lines"; or "shares"
    series: tuple[Series, ...]
    rows: list[Row]
    said: dict = field(default_factory=dict)  # what its title tells
    unit: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(value for row in self.rows for value in row.values)


def draw(counted: dict[date, DayFigures], over: Range, hours: list[Bucket] | None = None) -> list[Chart]:
    """All charts of these days, or of the hours of the only one; that of costs only where prices are set."""
    buckets, total = hours or _buckets(counted, over), merged(counted.values())
    charts = [_questions(buckets, total), _answering(buckets, total), _topics(total), _promises(buckets, total)]
    charts += [_latency(buckets, total), _texts(buckets, total)]
    return [*charts, _costs(buckets, total)] if costs.are_priced() else charts


def by_hours(day: date, zone: ZoneInfo, counted: list[Counted]) -> list[Bucket]:
    """All hours of the day, those to come without figures."""
    found = {hour.start: hour.figures for hour in counted}
    return [
        Bucket(f"{start.astimezone(zone):%H:%M}", _clock(start, end, zone), found.get(start))
        for start, end in days.hours(day, zone)
    ]


def _clock(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    return f"{start.astimezone(zone):%H:%M} – {end.astimezone(zone):%H:%M}"


def share(part: float, whole: float) -> int | None:
    """In percent; 100 and 0 only where it is all or nothing."""
    if not whole:
        return None
    return round(100 * part / whole) if part in (0, whole) else min(99, max(1, round(100 * part / whole)))


def herself_share(total: DayFigures) -> int | None:
    return share(total.herself, total.herself + total.asked)


def _buckets(counted: dict[date, DayFigures], over: Range) -> list[Bucket]:
    every = list(days.between(over.first, over.last))
    length = 7 if over.days > BY_WEEK else 1
    groups = [every[start : start + length] for start in range(0, len(every), length)]
    return [Bucket(f"{group[0].day} {group[0]:%b}", _title(group), _of(group, counted)) for group in groups]


def _of(group: list[date], counted: dict[date, DayFigures]) -> DayFigures | None:
    rows = [counted[day] for day in group if day in counted]
    return merged(rows) if len(rows) > 1 else rows[0] if rows else None


def _title(group: list[date]) -> str:
    first, last = group[0], group[-1]
    start = f"{first:%a} {first.day} {first:%b %Y}"
    return start if first == last else f"{start} – {last.day} {last:%b}"


def _rows(buckets: list[Bucket], series: tuple[Series, ...]) -> list[Row]:
    return [
        Row(bucket.label, bucket.title, [one.of(bucket.figures) if bucket.figures else None for one in series])
        for bucket in buckets
    ]


def _questions(buckets: list[Bucket], total: DayFigures) -> Chart:
    series = (
        Series("herself", _("answered by herself"), "c1", lambda one: one.herself),
        Series("resolved", _("asked, resolved"), "c2", lambda one: one.resolved),
        Series("unresolved", _("unresolved"), "c3", lambda one: one.unresolved),
        Series("waiting", _("still waiting"), "edge", lambda one: one.waiting),
    )
    said = {"share": herself_share(total), "asked": total.asked, "all": total.herself + total.asked}
    return Chart("questions", "bars", series, _rows(buckets, series), said)


def _answering(buckets: list[Bucket], total: DayFigures) -> Chart:
    def minutes(part: float) -> Callable[[DayFigures], float | None]:
        return lambda one: _scaled(quantile(one.answer_seconds, part), 60)

    series = (
        Series("half", _("half of the answers within"), "c1", minutes(0.5)),
        Series("most", _("nine of ten within"), "c3", minutes(0.9)),
    )
    said = {"half": quantile(total.answer_seconds, 0.5), "most": quantile(total.answer_seconds, 0.9)}
    return Chart("answering", "lines", series, _rows(buckets, series), said, unit="min")


def _topics(total: DayFigures) -> Chart:
    """The most frequent first; what has no topic comes last, however much it is."""
    named = [(topic, count) for topic, count in Counter(total.topics).most_common() if topic != OTHER]
    rest = sum(count for _topic, count in named[TOPICS:]) + total.topics.get(OTHER, 0)
    shown = [*named[:TOPICS], *([(str(_("something else")), rest)] if rest else [])]
    series = (Series("asked", _("questions"), "c1", lambda one: one.asked),)
    said = {"most": max((count for _topic, count in shown), default=0), "first": named[0][0] if named else ""}
    return Chart("topics", "shares", series, [Row(topic, topic, [count]) for topic, count in shown], said)


def _promises(buckets: list[Bucket], total: DayFigures) -> Chart:
    series = (
        Series("kept", _("kept in time"), "c1", lambda one: one.kept),
        Series("kept_late", _("kept late"), "c2", lambda one: one.kept_late),
        Series("broken", _("broken"), "c3", lambda one: one.broken),
    )
    said = {"kept": total.kept + total.kept_late, "late": total.kept_late, "broken": total.broken}
    said["all"] = said["kept"] + said["broken"]
    return Chart("promises", "bars", series, _rows(buckets, series), said)


def _latency(buckets: list[Bucket], total: DayFigures) -> Chart:
    def seconds(part: float) -> Callable[[DayFigures], float | None]:
        return lambda one: _scaled(quantile(one.latency_ms, part), 1000, places=2)

    series = (
        Series("half", _("half of her turns within"), "c1", seconds(0.5)),
        Series("most", _("nineteen of twenty within"), "c3", seconds(0.95)),
    )
    said = {"half": quantile(total.latency_ms, 0.5), "most": quantile(total.latency_ms, 0.95)}
    return Chart("latency", "lines", series, _rows(buckets, series), said, unit="s")


def _texts(buckets: list[Bucket], total: DayFigures) -> Chart:
    def texts(became: str) -> Callable[[DayFigures], int]:
        return lambda one: sum(one.texts.get(state, 0) for state in BECAME[became])

    series = (
        Series("arrived", _("arrived"), "c1", texts("arrived")),
        Series("under_way", _("sent or under way"), "c2", texts("under_way")),
        Series("failed", _("not delivered"), "c3", texts("failed")),
        Series("cancelled", _("cancelled"), "edge", texts("cancelled")),
    )
    said = {"all": sum(total.texts.values()), "failed": texts("failed")(total)}
    return Chart("texts", "bars", series, _rows(buckets, series), said)


def _costs(buckets: list[Bucket], total: DayFigures) -> Chart:
    def per_call(part: str) -> Callable[[DayFigures], float | None]:
        return lambda one: round(float(costs.of(one.usage, part)) / one.calls, 4) if one.calls else None

    series = (
        Series("receptionist", _("her model, voice and ears"), "c1", per_call("receptionist")),
        Series("line", _("telephone line"), "c2", per_call("line")),
        Series("texts", _("texts"), "c3", per_call("texts")),
    )
    all_of_it = costs.of_all(total.usage)
    said = {"all": all_of_it, "calls": total.calls, "each": all_of_it / total.calls if total.calls else None}
    return Chart("costs", "bars", series, _rows(buckets, series), said, unit="money")


def _scaled(value: float | None, by: float, *, places: int = 1) -> float | None:
    return None if value is None else round(value / by, places)
