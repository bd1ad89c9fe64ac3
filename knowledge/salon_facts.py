"""The salon's facts as they are now, and what the templates that tell them are given."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from knowledge.dates import WEEKDAYS
from knowledge.hours import Hours
from knowledge.models import Closure, OpeningHours, Salon, Service
from knowledge.spoken import spoken_minutes, spoken_price, spoken_time

CLOSING_SOON = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class SalonFacts:
    salon: Salon
    hours: Hours
    services: tuple[Service, ...]


def load() -> SalonFacts:
    """The rows as they are now; raises Salon.DoesNotExist."""
    salon = Salon.objects.current()
    hours = Hours(salon.zone, tuple(OpeningHours.objects.all()), tuple(Closure.objects.all()))
    return SalonFacts(salon, hours, tuple(Service.objects.active()))


def about(kind: str, names: list[str], known: SalonFacts, at: dt.datetime) -> dict | None:
    """What a template needs to tell these hours, closures or services; None when there is no such fact."""
    return _ABOUT[kind](names, known, at) if kind in _ABOUT else None


def _about_hours(names: list[str], known: SalonFacts, at: dt.datetime) -> dict | None:
    if names == ["now"]:
        return {"template": "hours_now"} | _about_now(known, at)
    if names == ["week"]:
        return {"template": "hours_week", "groups": _week(known)}
    if all(name in WEEKDAYS for name in names):
        days = [_about_weekday(WEEKDAYS.index(name), known) for name in names]
        return {"template": "hours_weekdays", "days": days}
    try:
        dates = [dt.date.fromisoformat(name) for name in names]
    except ValueError:
        return None
    return {"template": "hours_days", "days": [_about_day(day, known, at) for day in dates]}


def _about_now(known: SalonFacts, at: dt.datetime) -> dict:
    today = known.hours.local(at).date()
    about = {"open": known.hours.span_at(at) is not None, "closure": known.hours.closure_on(today)}
    if about["open"]:
        closes = known.hours.closes_at(at)
        return about | {"closes": closes and _moment(closes, known, at), "soon": closes and closes - at <= CLOSING_SOON}
    opens = known.hours.next_opening(at)
    return about | {"opens": opens and _moment(opens, known, at)}


def _moment(moment: dt.datetime, known: SalonFacts, at: dt.datetime) -> dict:
    local = known.hours.local(moment)
    return _about_day(local.date(), known, at) | {"time": _time(local.time(), known)}


def _about_day(day: dt.date, known: SalonFacts, at: dt.datetime) -> dict:
    ahead = (day - known.hours.local(at).date()).days
    spans = _spoken_spans(known.hours.of_day(day), known)
    return {"date": day, "ahead": ahead, "spans": spans, "closure": known.hours.closure_on(day)}


def _about_weekday(weekday: int, known: SalonFacts) -> dict:
    return {"name": WEEKDAYS[weekday].title(), "spans": _spoken_spans(known.hours.of_weekday(weekday), known)}


def _week(known: SalonFacts) -> list[dict]:
    """The week with neighbouring days of the same hours together; the closed days are the last group."""
    days = [_about_weekday(weekday, known) for weekday in range(7)]
    closed = [day["name"] for day in days if not day["spans"]]
    together = [list(group) for _, group in groupby(days, key=lambda day: day["spans"])]
    groups = [{"spans": group[0]["spans"], "days": [day["name"] for day in group]} for group in together]
    return [group for group in groups if group["spans"]] + ([{"spans": [], "days": closed}] if closed else [])


def _spoken_spans(spans: list[tuple[dt.time, dt.time]], known: SalonFacts) -> list[dict]:
    return [{"opens": _time(opens, known), "closes": _time(closes, known)} for opens, closes in spans]


def _time(time: dt.time, known: SalonFacts) -> str:
    return spoken_time(time, clock_24h=known.salon.clock_24h)


def _about_closures(names: list[str], known: SalonFacts, at: dt.datetime) -> dict | None:
    rows = [one for one in known.hours.closures if str(one.pk) in names]
    return {"closures": rows} if len(rows) == len(names) else None


def _about_services(names: list[str], known: SalonFacts, at: dt.datetime) -> dict | None:
    rows = [one for one in known.services if str(one.pk) in names]
    about = [_about_service(one, known.salon.currency) for one in rows]
    return {"services": about} if len(rows) == len(names) else None


def _about_service(service: Service, currency: str) -> dict:
    low, high = service.price_from, service.price_to
    return {
        "name": service.name,
        "description": service.description,
        "low": low is not None and spoken_price(low, currency),
        "high": high is not None and spoken_price(high, currency),
        "minutes": service.minutes and spoken_minutes(service.minutes),
    }


_ABOUT = {"hours": _about_hours, "closure": _about_closures, "service": _about_services}
