"""The salon's facts as they are now, and what the templates that tell them are given."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from knowledge.clock import DAY, parse, says_yes
from knowledge.dates import WEEKDAYS
from knowledge.hours import Hours
from knowledge.models import Closure, OpeningHours, Salon, Service
from knowledge.service_facts import ABOUT_SERVICES
from knowledge.spoken import spoken_time

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
    if kind in ABOUT_SERVICES:
        return ABOUT_SERVICES[kind](names, known.services, known.salon.currency)
    return _ABOUT[kind](names, known, at) if kind in _ABOUT else None


def _about_hours(names: list[str], known: SalonFacts, at: dt.datetime) -> dict | None:
    days, _, asked = "+".join(names).partition("@")
    names = days.split("+")
    if names == ["now"] and not asked:
        return {"template": "hours_now"} | _about_now(known, at)
    told = _about_days(names, known, at)
    if told is None or (asked and parse(asked) is None):
        return None
    is_over = any(day.get("over") for day in told.get("days", ()))
    return told | ({"yes": says_yes(parse(asked), _spans_asked(names, known))} if asked and not is_over else {})


def _about_days(names: list[str], known: SalonFacts, at: dt.datetime) -> dict | None:
    today = known.hours.local(at).date()
    if names in (["week"], ["next_week"]):
        days = _next_week(today) if names == ["next_week"] else _coming_week(today)
        closures = known.hours.closures_between(days[0], days[-1])
        return {"template": "hours_week", "groups": _week(known), "closures": closures}
    if all(name in WEEKDAYS for name in names):
        numbers = [WEEKDAYS.index(name) for name in names]
        dates = [day for day in _coming_week(today) if day.weekday() in numbers]
        closures = {one.pk: one for day in dates for one in known.hours.closures_between(day, day)}
        days = [_about_weekday(number, known) for number in numbers]
        return {"template": "hours_weekdays", "days": days, "closures": closures.values()}
    try:
        dates = [dt.date.fromisoformat(name) for name in names]
    except ValueError:
        return None
    return {"template": "hours_days", "days": [_about_day(day, known, at) for day in dates]}


def _coming_week(today: dt.date) -> list[dt.date]:
    """Today and the next seven days: whoever asks about Thursdays on a Thursday may come today or in a week."""
    return [today + dt.timedelta(days=ahead) for ahead in range(8)]


def _next_week(today: dt.date) -> list[dt.date]:
    monday = today + dt.timedelta(days=7 - today.weekday())
    return [monday + dt.timedelta(days=ahead) for ahead in range(7)]


def _spans_asked(names: list[str], known: SalonFacts) -> list[list[tuple[int, int]]]:
    """The hours of those days in minutes; of a week all seven, for today may be meant, and be a closed one."""
    if names[0] in ("week", "next_week"):
        days = [known.hours.of_weekday(weekday) for weekday in range(7)]
        return [_minutes(spans) for spans in days]
    if names[0] in WEEKDAYS:
        return [_minutes(known.hours.of_weekday(WEEKDAYS.index(name))) for name in names]
    return [_minutes(known.hours.of_day(dt.date.fromisoformat(name))) for name in names]


def _minutes(spans: list[tuple[dt.time, dt.time]]) -> list[tuple[int, int]]:
    numbers = [(opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute) for opens, closes in spans]
    return [(opens, closes if closes > opens else closes + DAY) for opens, closes in numbers]


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
    over = ahead == 0 and bool(spans) and all(closes <= at for _, closes in known.hours.spans(day))
    return {"date": day, "ahead": ahead, "spans": spans, "over": over, "closure": known.hours.closure_on(day)}


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


_ABOUT = {"hours": _about_hours, "closure": _about_closures}
