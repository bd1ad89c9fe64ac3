"""The page of numbers: charts of a range of days, and the same as files."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from supervision.figures import charts, costs, export, ranges, rollup
from supervision.figures.days import day_of
from supervision.figures.ranges import Range
from supervision.figures.spread import quantile
from supervision.models import DayFigures

UTC = ZoneInfo("UTC")
REQUESTS = "help-requests"


def show(request: HttpRequest) -> HttpResponse:
    _check(request)
    zone, now = _zone(request), timezone.now()
    today = day_of(now, zone)
    over, was_read = ranges.read(request.GET, today=today)
    before = over.before()
    counted = rollup.read(before.first, over.last, zone, at=now)
    here = _within(counted, over)
    context = {
        **site.each_context(request),
        "title": "Numbers",
        "over": over,
        "was_read": was_read,
        "today": today,
        "zone": zone.key,
        "charts": charts.draw(here, over),
        "headline": _headline(here, _within(counted, before), over),
        "missing": _missing(here, over, zone) if len(here) < over.days else 0,
        "by_week": over.days > charts.BY_WEEK,
        "priced": costs.are_priced(),
        "currency": request.salon.currency if request.salon else "",
        "rows_file": REQUESTS,
    }
    return TemplateResponse(request, "supervision/figures.html", context)


def download(request: HttpRequest, name: str) -> HttpResponse:
    """A chart's table, or the help requests that it was counted from."""
    _check(request)
    zone = _zone(request)
    over, was_read = ranges.read(request.GET, today=day_of(timezone.now(), zone))
    if not was_read:
        raise Http404
    rows = export.help_requests(over, zone) if name == REQUESTS else export.chart(_chart(name, over, zone))
    response = HttpResponse(export.write(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{over.first}-{over.last}.csv"'
    return response


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("supervision.view_helprequest"):
        raise PermissionDenied("You may not see help requests.")


def _zone(request: HttpRequest) -> ZoneInfo:
    return request.salon.zone if request.salon else UTC


def _chart(name: str, over: Range, zone: ZoneInfo) -> charts.Chart:
    drawn = charts.draw(rollup.read(over.first, over.last, zone), over)
    found = next((chart for chart in drawn if chart.name == name), None)
    if found is None:
        raise Http404
    return found


def _within(counted: dict[date, DayFigures], over: Range) -> dict[date, DayFigures]:
    return {day: row for day, row in counted.items() if over.first <= day <= over.last}


def _headline(here: dict[date, DayFigures], before: dict[date, DayFigures], over: Range) -> dict:
    """The four figures at the top, each with that of the days before."""
    now, was = charts.merged(here.values()), charts.merged(before.values())
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
