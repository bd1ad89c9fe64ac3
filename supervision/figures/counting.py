"""Counts one day of the salon from its rows; practice does not count.

`exclude(…__isnull=False)` in place of `filter(…=None)`: where nearly every row has none, SQLite would take the index
of those that have none for the narrowest, and read the whole table in place of the day.
"""

from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q

from supervision import segments
from supervision.figures import days
from supervision.figures.spread import spread
from supervision.figures.topics import reader
from supervision.models import Call, Citation, HelpRequest, Message, Promise, Utterance

LEFT_US = (Message.State.SENT, Message.State.DELIVERED, Message.State.UNDELIVERED)  # what a provider charges for


def count(day: date, zone: ZoneInfo) -> dict:
    """The values of a `DayFigures` row."""
    within = days.bounds(day, zone)
    texts, segments_sent = _texts(within)
    calls, usage = _calls(within)
    return {
        "herself": _herself(within),
        **_help_requests(within),
        **_promises(within),
        "latency_ms": spread(_latencies(within)),
        "texts": texts,
        "calls": calls,
        "usage": usage | ({"segments": segments_sent} if segments_sent else {}),
    }


def _herself(within: tuple[datetime, datetime]) -> int:
    """Turns in which she spoke what is stored, but for a supervisor's answer to a caller who held."""
    cited = Exists(Citation.objects.filter(utterance=OuterRef("pk")))
    said = Utterance.objects.filter(cited, **_from("created_at", within)).exclude(message__isnull=False)
    return said.exclude(call__channel__in=Call.PRACTICE_CHANNELS).exclude(call__practised_by__isnull=False).count()


def _help_requests(within: tuple[datetime, datetime]) -> dict:
    status = HelpRequest.Status
    rows = HelpRequest.objects.filter(**_from("created_at", within), practice=False).order_by()
    asked = list(rows.values_list("status", "question", "created_at", "responded_at"))
    topic_of = reader() if asked else None
    closed = Counter(row[0] for row in asked)
    return {
        "asked": len(asked),
        "resolved": closed[status.RESOLVED],
        "unresolved": closed[status.UNRESOLVED],
        "answer_seconds": spread((row[3] - row[2]).total_seconds() for row in asked if row[0] == status.RESOLVED),
        "topics": dict(Counter(topic_of(row[1]) for row in asked)),
    }


def _promises(within: tuple[datetime, datetime]) -> dict:
    settled = Promise.objects.filter(**_from("settled_at", within), help_request__practice=False)
    kept, state = Q(state=Promise.State.KEPT), Promise.State
    return settled.aggregate(
        kept=Count("pk", filter=kept & Q(settled_at__lte=F("due_at"))),
        kept_late=Count("pk", filter=kept & Q(settled_at__gt=F("due_at"))),
        broken=Count("pk", filter=Q(state=state.BROKEN)),
    )


def _latencies(within: tuple[datetime, datetime]) -> list[int]:
    hers = Utterance.objects.filter(
        **_from("created_at", within), speaker=Utterance.Speaker.RECEPTIONIST, latency_ms__isnull=False
    )
    real = hers.exclude(call__channel__in=Call.PRACTICE_CHANNELS).exclude(call__practised_by__isnull=False).order_by()
    return list(real.values_list("latency_ms", flat=True))


def _texts(within: tuple[datetime, datetime]) -> tuple[dict[str, int], int]:
    """(how many by state, segments that left us): to callers and to supervisors; several that left as one are one."""
    rows = Message.objects.filter(**_from("created_at", within), rides_with=None).exclude(recipient="").order_by()
    real = list(rows.exclude(help_request__practice=True).values_list("state", "text"))
    left = sum(segments.measure(text).segments for state, text in real if state in LEFT_US)
    return dict(Counter(state for state, _ in real)), left


def _calls(within: tuple[datetime, datetime]) -> tuple[int, dict[str, float]]:
    """(how many, what they took): tokens, characters, seconds of listening and on the telephone line."""
    rows = Call.objects.filter(**_from("started_at", within)).exclude(practised_by__isnull=False)
    real = rows.exclude(channel__in=Call.PRACTICE_CHANNELS).order_by()
    count, total = 0, Counter()
    for channel, started_at, ended_at, usage in real.values_list("channel", "started_at", "ended_at", "usage"):
        count += 1
        if channel == Call.Channel.PHONE and ended_at:
            total["line_seconds"] += (ended_at - started_at).total_seconds()
        for part, name in (("llm", "input_tokens"), ("llm", "output_tokens"), ("voice", "characters")):
            total[name] += sum(one.get(name) or 0 for one in usage.get(part, ()))
        total["ears_seconds"] += sum(one.get("seconds") or 0 for one in usage.get("ears", ()))
    return count, {name: round(amount, 1) for name, amount in total.items() if amount}


def _from(field: str, within: tuple[datetime, datetime]) -> dict[str, datetime]:
    start, end = within
    return {f"{field}__gte": start, f"{field}__lt": end}
