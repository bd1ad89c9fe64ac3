"""Writes what a salon knows as a context file that `loadcontext` and the import read."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.utils import timezone

from knowledge.models import Closure, LearnedAnswer, OpeningHours, Salon, Service
from knowledge.sheet import further_wordings


def written() -> str:
    """The salon, its hours, closures and active services, and the answers she gives now."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    salon = Salon.objects.current()
    names = ("name", "assistant_name", "time_zone", "region", "currency", "clock_24h")
    yield from _table("[salon]", {name: getattr(salon, name) for name in names})
    yield from _table("[hours]", _hours())
    for one in Closure.objects.all():
        yield from _table("[[closure]]", _fields(one, ("starts_on", "ends_on", "reason")) | _names(one))
    for one in Service.objects.active():
        fields = ("category", "name", "description", "price_from", "price_to", "minutes")
        yield from _table("[[service]]", _fields(one, fields) | _names(one))
    for one in LearnedAnswer.objects.valid().prefetch_related("phrasings").order_by("learned_at", "pk"):
        wordings = [phrasing.text for phrasing in further_wordings(one)]
        yield from _table(
            "[[answer]]",
            {"question": one.question, "answer": one.answer, "phrasings": wordings or None}
            | {"valid_until": one.valid_until and timezone.localtime(one.valid_until, salon.zone)},
        )


def _hours() -> dict[str, list[str]]:
    spans = defaultdict(list)
    for one in OpeningHours.objects.all():
        spans[one.weekday].append(f"{one.opens:%H:%M} to {one.closes:%H:%M}")
    return {day.name.lower(): spans[day] for day in OpeningHours.Weekday}


def _fields(row: object, names: Iterable[str]) -> dict:
    return {name: value for name in names if (value := getattr(row, name)) not in (None, "")}


def _names(row: Closure | Service) -> dict:
    return {"also_called": row.also_called.split(", ")} if row.also_called else {}


def _table(head: str, values: dict) -> Iterator[str]:
    yield head
    for name, value in values.items():
        if value is not None:
            yield f"{name} = {_value(value)}"
    yield ""


def _value(value: object) -> str:
    """A string of TOML is one of JSON, but for DEL, which no text here has."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return json.dumps(value, ensure_ascii=False)
