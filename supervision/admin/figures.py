"""The page of numbers: charts of a range of days, and the same as files."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from supervision.figures import charts, costs, export, ranges, rollup, today
from supervision.figures.counting import count_spans, merged
from supervision.figures.days import day_of, hours
from supervision.figures.ranges import Range
from supervision.figures.spread import quantile
from supervision.models import DayFigures

UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class File:
    """Rows that somebody with this right may take along."""

    right: str
    rows: Callable[[Range, ZoneInfo], Iterator[Iterable[object]]]


FILES = {
    "help-requests": File("supervision.view_helprequest", export.help_requests),
    "calls": File("supervision.view_call", export.calls),
    "texts": File("supervision.view_message", export.texts),
}


def show(request: HttpRequest) -> HttpResponse:
    _check(request)
    zone, now = _zone(request), timezone.now()
    this_day = day_of(now, zone)
    over, was_read = ranges.read(request.GET, today=this_day)
    before = over.before()
    counted = rollup.read(before.first, over.last, zone, at=now)
    here = _within(counted, over)
    context = {
        **site.each_context(request),
        "title": "Numbers",
        "over": over,
        "was_read": was_read,
        "today": this_day,
        "zone": zone.key,
        "charts": charts.draw(here, over, _hours(over, zone, now)),
        "headline": _headline(here, _within(counted, before), over),
        "missing": _missing(here, over, zone) if len(here) < over.days else 0,
        "by_week": over.days > charts.BY_WEEK,
        "by_hour": over.days == 1,
        "priced": costs.are_priced(),
        "currency": request.salon.currency if request.salon else "",
        "files": [name for name in FILES if request.user.has_perm(FILES[name].right)],
    }
    return TemplateResponse(request, "supervision/figures.html", context)


def download(request: HttpRequest, name: str) -> HttpResponse:
    """A chart's table, or the rows that all of them are counted from."""
    _check(request)
    zone = _zone(request)
    over, was_read = ranges.read(request.GET, today=day_of(timezone.now(), zone))
    if not was_read:
        raise Http404
    rows = _rows(request, name, over, zone) if name in FILES else export.chart(_chart(name, over, zone), over)
    response = HttpResponse(export.write(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{over.first}-{over.last}.csv"'
    return response


def _rows(request: HttpRequest, name: str, over: Range, zone: ZoneInfo) -> Iterator[Iterable[object]]:
    if not request.user.has_perm(FILES[name].right):
        raise PermissionDenied("You may not see these rows.")
    return FILES[name].rows(over, zone)


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("supervision.view_helprequest"):
        raise PermissionDenied("You may not see help requests.")


def _zone(request: HttpRequest) -> ZoneInfo:
    return request.salon.zone if request.salon else UTC


def _chart(name: str, over: Range, zone: ZoneInfo) -> charts.Chart:
    now = timezone.now()
    drawn = charts.draw(rollup.read(over.first, over.last, zone, at=now), over, _hours(over, zone, now))
    found = next((chart for chart in drawn if chart.name == name), None)
    if found is None:
        raise Http404
    return found


def _hours(over: Range, zone: ZoneInfo, now: datetime) -> list[charts.Bucket] | None:
    """Of a single day."""
    if over.days > 1:
        return None
    is_today = over.first == day_of(now, zone)
    counted = today.hours(over.first, zone, at=now) if is_today else count_spans(hours(over.first, zone))
    return charts.by_hours(over.first, zone, counted)


def _within(counted: dict[date, DayFigures], over: Range) -> dict[date, DayFigures]:
    return {day: row for day, row in counted.items() if over.first <= day <= over.last}


def _headline(here: dict[date, DayFigures], before: dict[date, DayFigures], over: Range) -> dict:
    """The four figures at the top, each with that of the days before."""
    now, was = merged(here.values()), merged(before.values())
    return {
        "herself": charts.herself_share(now),
        "herself_was": charts.herself_share(was),
        "asked": now.asked,
        "asked_a_day": now.asked / over.days,
        "half": quantile(now.answer_seconds, 0.5),
        "half_was": quantile(was.answer_seconds, 0.5),
        "kept": now.kept + now.kept_late,
        "promised": now.kept + now.kept_late + now.broken,
        "broken": now.broken,
    }


def _missing(here: dict[date, DayFigures], over: Range, zone: ZoneInfo) -> int:
    """Days on which something may have happened and that are not counted yet."""
    begin = rollup.first_day(zone)
    return 0 if begin is None else max(0, (over.last - max(begin, over.first)).days + 1 - len(here))
