"""Figures and rows as CSV, whose cells no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from supervision.figures import days
from supervision.figures.charts import Chart
from supervision.figures.ranges import Range
from supervision.models import Caller, HelpRequest

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


def chart(one: Chart) -> Iterator[list[object]]:
    first = "topic" if one.kind == "shares" else "day"
    yield [first, *(str(series.label) + (f" ({one.unit})" if one.unit else "") for series in one.series)]
    for row in one.rows:
        yield [row.title, *row.values]


def help_requests(over: Range, zone: ZoneInfo) -> Iterator[Iterable[object]]:
    """Of the range, the newest first; times in the salon's zone, numbers with their last two digits only."""
    start, end = days.bounds(over.first, zone)[0], days.bounds(over.last, zone)[1]
    yield ASKED
    within = HelpRequest.objects.filter(practice=False, created_at__gte=start, created_at__lt=end)
    for row in within.order_by("-created_at").values_list(*FIELDS)[:MOST]:
        reference, asked, question, status, because, priority, phone, promised, answered, by, answer, scope = row
        took = round((answered - asked).total_seconds()) if answered else ""
        yield (
            reference, _local(asked, zone), question, status, because, priority, Caller(phone=phone).masked_phone,
            _local(promised, zone), _local(answered, zone), took, by, answer, scope,
        )  # fmt: skip


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""
