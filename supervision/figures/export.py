"""Figures and rows as CSV, whose cells no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Subquery

from supervision.figures import days
from supervision.figures.charts import Chart
from supervision.figures.ranges import Range
from supervision.models import Call, Caller, HelpRequest, Message

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MOST = 100_000  # rows of one file, the newest
ASKED = (
    "reference", "asked", "question", "status", "closed_because", "priority", "caller", "promised_by", "answered",
    "seconds_to_answer", "answered_by", "answer", "scope",
)  # fmt: skip
FIELDS = (
    "reference", "created_at", "question", "status", "closed_because", "priority", "customer_phone", "promised_by",
    "responded_at", "responded_by__username", "supervisor_response", "scope",
)  # fmt: skip

CALLED = (
    "call", "channel", "state", "ended_because", "began", "ended", "seconds", "caller", "help_requests",
)  # fmt: skip
CALL_FIELDS = (
    "pk", "channel", "state", "ended_because", "started_at", "ended_at", "caller__phone", "asked",
)  # fmt: skip
TEXTED = (
    "help_request", "purpose", "state", "cancelled_because", "to", "written", "due", "settled", "delivered", "error",
    "text",
)  # fmt: skip
TEXT_FIELDS = (
    "help_request__reference", "purpose", "state", "cancelled_because", "recipient", "created_at", "release_at",
    "settled_at", "delivered_at", "error", "text",
)  # fmt: skip
NOT_TO_CALLERS = (*Message.TO_SUPERVISORS, Message.Purpose.TEST)


def safe(cell: object) -> object:
    """Text that a spreadsheet would run begins with an apostrophe; numbers stay numbers."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def write(rows: Iterable[Iterable[object]]) -> str:
    """With a byte order mark, by which spreadsheets know the alphabet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def chart(one: Chart, over: Range) -> Iterator[list[object]]:
    first = "topic" if one.kind == "shares" else "day" if over.days > 1 else "hour"
    yield [first, *(str(series.label) + (f" ({one.unit})" if one.unit else "") for series in one.series)]
    for row in one.rows:
        yield [row.title, *row.values]


def help_requests(over: Range, zone: ZoneInfo) -> Iterator[Iterable[object]]:
    """Of the range, the newest first; times in the salon's zone, numbers with their last two digits only."""
    yield ASKED
    within = HelpRequest.objects.filter(**_within("created_at", over, zone), practice=False)
    for row in within.order_by("-created_at").values_list(*FIELDS)[:MOST]:
        reference, asked, question, status, because, priority, phone, promised, answered, by, answer, scope = row
        took = round((answered - asked).total_seconds()) if answered else ""
        yield (
            reference, _local(asked, zone), question, status, because, priority, Caller(phone=phone).masked_phone,
            _local(promised, zone), _local(answered, zone), took, by, answer, scope,
        )  # fmt: skip


def calls(over: Range, zone: ZoneInfo) -> Iterator[Iterable[object]]:
    """Of the range, the newest first; without practice, and numbers as above."""
    yield CALLED
    rows = Call.objects.filter(**_within("started_at", over, zone)).exclude(practised_by__isnull=False)
    real = rows.exclude(channel__in=Call.PRACTICE_CHANNELS).order_by("-started_at")
    asked = HelpRequest.objects.filter(call=OuterRef("pk")).order_by().values("call").annotate(count=Count("pk"))
    counted = real.annotate(asked=Subquery(asked.values("count")))
    for key, channel, state, because, began, ended, phone, count in counted.values_list(*CALL_FIELDS)[:MOST]:
        took = round((ended - began).total_seconds()) if ended else ""
        yield (
            str(key), channel, state, because, _local(began, zone), _local(ended, zone), took,
            Caller(phone=phone).masked_phone, count or 0,
        )  # fmt: skip


def texts(over: Range, zone: ZoneInfo) -> Iterator[Iterable[object]]:
    """To callers, the newest first, without practice; those to supervisors hold their codes and are left out."""
    yield TEXTED
    rows = Message.objects.filter(**_within("created_at", over, zone), supervisor=None).exclude(recipient="")
    real = rows.exclude(purpose__in=NOT_TO_CALLERS).exclude(help_request__practice=True).order_by("-created_at")
    for reference, purpose, state, because, number, *moments, error, text in real.values_list(*TEXT_FIELDS)[:MOST]:
        to = Caller(phone=number).masked_phone
        yield (reference, purpose, state, because, to, *(_local(one, zone) for one in moments), error, text)


def _within(field: str, over: Range, zone: ZoneInfo) -> dict[str, datetime]:
    start, end = days.bounds(over.first, zone)[0], days.bounds(over.last, zone)[1]
    return {f"{field}__gte": start, f"{field}__lt": end}


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""
