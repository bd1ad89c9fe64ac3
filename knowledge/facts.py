"""Salon facts as answers: open on a date? what does a service cost? Read whole, or not at all."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.template.loader import render_to_string
from django.utils import timezone

from knowledge.dates import WEEKDAYS, read_days
from knowledge.embedding import MODEL_ID
from knowledge.findings import Candidate
from knowledge.hours import Hours
from knowledge.models import Closure, OpeningHours, Salon, Service
from knowledge.prices import read_services
from knowledge.spoken import spoken_minutes, spoken_price, spoken_time
from knowledge.wording import normalised, stem, words

CLOSING_SOON = dt.timedelta(minutes=30)
DAY_FIRST_EXCEPT = ("US",)

_WHO = r"(?:you|you guys|you all|we|they|it|the (?:salon|shop|store|place|studio|workshop))"
_OPEN = r"(?:open|opening|closed|closing|close)"
_WHEN = r"(?: (?P<when>.+?))?(?: or not| or are you closed| or closed)?"
_TIME = r"(?:(?:until |till |at )?what time|(?:until |till )?when|how (?:early|late|long))"
_UNTIL = r"(?: (?:up|until|till|to))?"
_HOURS = r"(?:(?:opening|business|working|store|salon|shop|normal|regular) )?(?:hours|times|schedule)"
_NOW = ("", "now", "right now", "currently", "at the moment", "yet", "still", "at this moment", "just now")
_FRAMES = [
    (re.compile(frame), without_day)
    for frame, without_day in (
        (rf"when are {_WHO} (?:open|closed)", "week"),
        (rf"(?:what|which) (?:hours|days|times?) are {_WHO} {_OPEN}{_WHEN}", "week"),
        (rf"(?:are|is|will) {_WHO}(?: all)?(?: be)?(?: still)? {_OPEN}(?: for business)?{_WHEN}", "now"),
        (rf"do {_WHO} (?:guys )?(?:open|close|work){_WHEN}", "now"),
        (rf"{_TIME} (?:do|does|are|is|will) {_WHO}(?: guys)?(?: be)?(?: next)? {_OPEN}{_UNTIL}{_WHEN}", "next"),
        (rf"what (?:are|is) (?:your|the) {_HOURS}(?: of operation)?{_WHEN}", "week"),
        (rf"what (?:your|the) {_HOURS} are{_WHEN}", "week"),
        (rf"(?:your |the )?{_HOURS}{_WHEN}", "week"),
        (rf"{_OPEN}(?P<when> .+)", "now"),
        (r"(?P<when>(?:on |at )?.+) are you (?:open|closed)", "now"),
    )
]


@dataclass(frozen=True)
class SalonFacts:
    salon: Salon
    hours: Hours
    services: tuple[Service, ...]


@dataclass(frozen=True)
class Subject:
    """A fact that can be found by likeness: the texts that stand for it, and their vectors where they are stored."""

    id: str
    question: str
    text: str
    vectors: tuple[bytes, ...] = ()
    also_asked: tuple[str, ...] = ()


def load() -> SalonFacts:
    """The rows as they are now; raises Salon.DoesNotExist."""
    salon = Salon.objects.current()
    hours = Hours(salon.zone, tuple(OpeningHours.objects.all()), tuple(Closure.objects.all()))
    return SalonFacts(salon, hours, tuple(Service.objects.active()))


def read(question: str, *, at: dt.datetime | None = None, known: SalonFacts | None = None) -> list[Candidate]:
    """The answer to a question of which every word was understood; else an empty list."""
    at, known = at or timezone.now(), known or load()
    said = re.sub(r"\b([ap]) m\b", r"\1m", normalised(question))
    said = said.replace(" ".join(words(known.salon.name)), "the salon")
    found = _read_hours(said, known, at) or _read_services(said, known)
    answer = found and render(found, known, at=at)
    return [answer] if answer else []


def render(candidate_id: str, known: SalonFacts, *, at: dt.datetime, score: float = 1.0) -> Candidate | None:
    """The answer with that id from the rows as they are, such as `hours:2026-11-26`; None when there is none."""
    kind, _, names = candidate_id.partition(":")
    about = _ABOUT[kind](names.split("+"), known, at) if kind in _ABOUT else None
    if about is None:
        return None
    about["salon"] = known.salon
    template = about.get("template", kind)
    return Candidate(candidate_id, _rendered(f"{template}_question", about), _rendered(template, about), score)


def subjects(known: SalonFacts) -> Iterable[Subject]:
    """What can be found by likeness: the week's hours and every service."""
    asked = render_to_string("knowledge/hours_week_asked.txt").strip().splitlines()
    if known.hours.weekly:
        yield Subject("hours:week", asked[0], " ".join(asked), also_asked=tuple(asked))
    for one in known.services:
        vectors = (one.question_vector, one.answer_vector) if one.model_id == MODEL_ID else ()
        said = f"{one.name} {one.also_called} {one.category} {one.description}"
        yield Subject(f"service:{one.pk}", service_question(one), said, vectors)


def service_question(service: Service) -> str:
    return render_to_string("knowledge/service_question.txt", {"services": [service]}).strip()


def _rendered(template: str, about: dict) -> str:
    """On one line; where an included template ended in a new line, no space is left before a comma."""
    text = " ".join(render_to_string(f"knowledge/{template}.txt", about).split())
    return re.sub(r" (?=[.,;?])", "", text)


def _read_hours(said: str, known: SalonFacts, at: dt.datetime) -> str | None:
    if not known.hours.weekly:
        return None
    for frame, without_day in _FRAMES:
        if found := frame.fullmatch(said):
            when = (found.groupdict().get("when") or "").strip()
            if read := _WITHOUT_DAY[without_day](known, at) if when in _NOW else _read_when(when, known, at):
                return read
    return None


def _today_or_next(known: SalonFacts, at: dt.datetime) -> str:
    """ "When do you close?" is about today while today's hours last, then about the next opening."""
    span, today = known.hours.span_at(at), known.hours.local(at).date()
    return f"hours:{today}" if span and known.hours.local(span[0]).date() == today else "hours:now"


def _read_when(when: str, known: SalonFacts, at: dt.datetime) -> str | None:
    today = known.hours.local(at).date()
    if closures := _named_closures(when, known, today):
        return "closure:" + "+".join(str(one.pk) for one in closures)
    parts = re.split(r" (?:and|or) (?:on )?", when)
    read = [read_days(part, today, day_first=known.salon.region not in DAY_FIRST_EXCEPT) for part in parts]
    return "hours:" + "+".join(day for days in read for day in days) if all(read) else None


def _named_closures(when: str, known: SalonFacts, today: dt.date) -> list[Closure]:
    asked = _name_stems(re.sub(r"^(?:on|for|over|during|at) ", "", when))
    upcoming = [one for one in known.hours.closures if one.ends_on >= today]
    if asked in (["holiday"], ["public", "holiday"], ["bank", "holiday"]):
        return upcoming[:4]
    return [one for one in upcoming if any(asked == _name_stems(name) for name in _closure_names(one))][:1]


def _closure_names(closure: Closure) -> list[str]:
    return [name for name in (closure.reason, *closure.also_called.split(",")) if name.strip()]


def _name_stems(name: str) -> list[str]:
    found = [stem(word) for word in words(name) if word not in ("the", "your")]
    return found[:-1] if len(found) > 1 and found[-1] == "day" else found


def _read_services(said: str, known: SalonFacts) -> str | None:
    found = read_services(said, known.services)
    return "service:" + "+".join(str(one.pk) for one in found) if found else None


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


_WITHOUT_DAY = {"now": lambda known, at: "hours:now", "week": lambda known, at: "hours:week", "next": _today_or_next}
_ABOUT = {"hours": _about_hours, "closure": _about_closures, "service": _about_services}
