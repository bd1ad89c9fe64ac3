"""Counts what happened in a day of the salon, or in each of its hours, from the rows; practice does not count.

`exclude(…__isnull=False)` in place of `filter(…=None)`: where nearly every row has none, SQLite would take the index
of those that have none for the narrowest, and read the whole table in place of the day.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from supervision import segments
from supervision.figures import days
from supervision.figures.spread import added, spread
from supervision.figures.topics import reader
from supervision.models import Call, Citation, DayFigures, HelpRequest, Message, Promise, Utterance

Span = tuple[datetime, datetime]
LEFT_US = (Message.State.SENT, Message.State.DELIVERED, Message.State.UNDELIVERED)  # what a provider charges for
COUNTED = ("herself", "asked", "resolved", "unresolved", "kept", "kept_late", "broken", "calls")
ADDED = ("answer_seconds", "latency_ms", "topics", "texts", "usage")


@dataclass(frozen=True)
class Counted:
    """What happened from one moment to another; `waits` in seconds, of those who got an answer in that time."""

    start: datetime
    figures: DayFigures
    waits: list[float]


def count(day: date, zone: ZoneInfo) -> dict:
    """The values of a `DayFigures` row."""
    return _values(_read(days.bounds(day, zone)))


def count_spans(spans: list[Span]) -> list[Counted]:
    """Each of these, which follow one another, with as many questions to the database as one of them."""
    if not spans:
        return []
    rows = _read((spans[0][0], spans[-1][1]))
    rows["answered"] = list(_answered((spans[0][0], spans[-1][1])))
    return [_counted(start, {kind: _from_to(start, end, of) for kind, of in rows.items()}) for start, end in spans]


def merged(figures: Iterable[DayFigures]) -> DayFigures:
    """Several as one."""
    rows = list(figures)
    counts = {name: sum(getattr(row, name) for row in rows) for name in COUNTED}
    return DayFigures(**counts, **{name: added(getattr(row, name) for row in rows) for name in ADDED})


def _counted(start: datetime, rows: dict[str, list[tuple]]) -> Counted:
    waits = [(moment - asked).total_seconds() for moment, asked in rows["answered"]]
    return Counted(start, DayFigures(**_values(rows)), waits)


def _from_to(start: datetime, end: datetime, rows: list[tuple]) -> list[tuple]:
    return [row for row in rows if start <= row[0] < end]


def _read(within: Span) -> dict[str, list[tuple]]:
    """All that counts; each row begins with its moment."""
    kinds = {
        "herself": _herself,
        "asked": _asked,
        "settled": _settled,
        "latencies": _latencies,
        "texts": _texts,
        "calls": _calls,
    }
    return {kind: list(rows(within)) for kind, rows in kinds.items()}


def _values(rows: dict[str, list[tuple]]) -> dict:
    """Of the rows of a time, the values of a `DayFigures` row."""
    left = sum(segments.measure(text).segments for _, state, text in rows["texts"] if state in LEFT_US)
    return {
        "herself": len(rows["herself"]),
        **_help_requests(rows["asked"]),
        **_promises(rows["settled"]),
        "latency_ms": spread(latency for _, latency in rows["latencies"]),
        "texts": dict(Counter(state for _, state, _text in rows["texts"])),
        "calls": len(rows["calls"]),
        "usage": _usage(rows["calls"]) | ({"segments": left} if left else {}),
    }


def _herself(within: Span) -> QuerySet:
    """Turns in which she spoke what is stored, but for a supervisor's answer to a caller who held."""
    cited = Exists(Citation.objects.filter(utterance=OuterRef("pk")))
    said = Utterance.objects.filter(cited, **_in("created_at", within)).exclude(message__isnull=False)
    return _real(said).values_list("created_at")


def _asked(within: Span) -> QuerySet:
    rows = HelpRequest.objects.filter(**_in("created_at", within), practice=False).order_by()
    return rows.values_list("created_at", "status", "question", "responded_at")


def _answered(within: Span) -> QuerySet:
    resolved = HelpRequest.objects.filter(status=HelpRequest.Status.RESOLVED, **_in("responded_at", within))
    return resolved.filter(practice=False).order_by().values_list("responded_at", "created_at")


def _settled(within: Span) -> QuerySet:
    rows = Promise.objects.filter(**_in("settled_at", within), help_request__practice=False)
    return rows.order_by().values_list("settled_at", "state", "due_at")


def _latencies(within: Span) -> QuerySet:
    hers = Utterance.objects.filter(
        **_in("created_at", within), speaker=Utterance.Speaker.RECEPTIONIST, latency_ms__isnull=False
    )
    return _real(hers).values_list("created_at", "latency_ms")


def _texts(within: Span) -> QuerySet:
    """To callers and to supervisors; several that left as one are one."""
    rows = Message.objects.filter(**_in("created_at", within), rides_with=None).exclude(recipient="").order_by()
    return rows.exclude(help_request__practice=True).values_list("created_at", "state", "text")


def _calls(within: Span) -> QuerySet:
    rows = Call.objects.filter(**_in("started_at", within)).exclude(practised_by__isnull=False)
    real = rows.exclude(channel__in=Call.PRACTICE_CHANNELS).order_by()
    return real.values_list("started_at", "channel", "ended_at", "usage")


def _real(utterances: QuerySet) -> QuerySet:
    rows = utterances.exclude(call__channel__in=Call.PRACTICE_CHANNELS).exclude(call__practised_by__isnull=False)
    return rows.order_by()


def _in(field: str, within: Span) -> dict:
    return {f"{field}__gte": within[0], f"{field}__lt": within[1]}


def _help_requests(asked: list[tuple]) -> dict:
    status = HelpRequest.Status
    topic_of = reader() if asked else None
    closed = Counter(row[1] for row in asked)
    return {
        "asked": len(asked),
        "resolved": closed[status.RESOLVED],
        "unresolved": closed[status.UNRESOLVED],
        "answer_seconds": spread((row[3] - row[0]).total_seconds() for row in asked if row[1] == status.RESOLVED),
        "topics": dict(Counter(topic_of(row[2]) for row in asked)),
    }


def _promises(settled: list[tuple]) -> dict:
    states = Counter((state, settled_at > due_at) for settled_at, state, due_at in settled)
    kept, broken = Promise.State.KEPT, Promise.State.BROKEN
    return {
        "kept": states[kept, False],
        "kept_late": states[kept, True],
        "broken": states[broken, False] + states[broken, True],
    }


def _usage(calls: list[tuple]) -> dict[str, float]:
    """Tokens, characters, seconds of listening and on the telephone line."""
    total = Counter()
    for started_at, channel, ended_at, usage in calls:
        if channel == Call.Channel.PHONE and ended_at:
            total["line_seconds"] += (ended_at - started_at).total_seconds()
        for part, name in (("llm", "input_tokens"), ("llm", "output_tokens"), ("voice", "characters")):
            total[name] += sum(one.get(name) or 0 for one in usage.get(part, ()))
        total["ears_seconds"] += sum(one.get("seconds") or 0 for one in usage.get("ears", ()))
    return {name: round(amount, 1) for name, amount in total.items() if amount}
