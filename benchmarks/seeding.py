"""Seeds a salon's past in bulk, in SQL, on SQLite: `fill(COUNT)` help requests with all that belongs to them.

Two years, as many on each day, today's among them, forty-nine of fifty resolved; whatever the size, twenty wait. Each
has its call, her turn with what it cited, the promise and the text.
"""

import json
from datetime import timedelta

from django.db import connection, models, transaction
from django.utils import timezone

from knowledge.models import Salon
from supervision.models import Call, Caller, Citation, HelpRequest, Message, Promise, Utterance

YEARS = timedelta(days=730)
WAITING = 20
CALLERS = 1000
QUESTIONS = (
    "How much is keratin?", "Is there parking behind the house?", "Do you do nail art?", "Can I book for Sunday?",
    "Do you sell gift vouchers?", "May I bring my daughter?", "Is your dye vegan?", "Do you have a waiting list?",
)  # fmt: skip
SEEDED = """
    CREATE TEMP TABLE seeded AS
    WITH RECURSIVE
        n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}),
        asked(i, moment) AS (
            SELECT i, CASE WHEN i > {closed} THEN {now} - ({count} - i) * 240.0
                           ELSE {begun} + ({now} - {begun}) * (i - 0.5) / {closed} END FROM n
        )
    SELECT i, printf('%032x', i) AS key, i > {closed} AS waits, i % 50 = 0 OR i = {closed} AS left,
           i % {callers} + 1 AS caller, {at} AS at, {later} AS later, {due} AS due
    FROM asked
"""
CLOSED = "CASE WHEN waits THEN {} WHEN left THEN {} ELSE {} END"


def fill(count: int, *, resolved_by: int) -> None:
    """Into tables that are empty."""
    Salon.objects.get_or_create(name="Glow", time_zone="America/Chicago", region="US")
    with transaction.atomic():
        Caller.objects.bulk_create(Caller(id=n + 1, phone=f"+1415555{n:04d}") for n in range(CALLERS))
        _seed(count)
        _insert(Call, id="key", caller_id="caller", channel="'phone'", state="'ended'", started_at="at",
                ended_at="later")  # fmt: skip
        _insert(Utterance, id="i", call_id="key", speaker="'receptionist'", text="'One moment, please.'",
                created_at="at", finished_at="at", heard_at="at", latency_ms="400 + i * 7919 % 900")  # fmt: skip
        _insert(Citation, utterance_id="i", source="'service:1'", text="'From $150.'")
        _insert_requests(resolved_by)
        _insert(Promise, help_request_id="key", kind="'text'", state=CLOSED.format("'heard'", "'broken'", "'kept'"),
                due_at="due", made_at="at", heard_at="at", settled_at=CLOSED.format("NULL", "due", "later"),
                look_at="CASE WHEN waits THEN due END")  # fmt: skip
        _insert(Message, key="'answer:' || i", help_request_id="key", recipient="'+14155550000'", purpose="'answer'",
                text="'Yes, from $150.'", state="'delivered'", created_at="later", release_at="later",
                settled_at="later", delivered_at="later", provider_id="'SM' || i", _where="NOT waits")  # fmt: skip
        _run("DROP TABLE seeded")


def _seed(count: int) -> None:
    now = timezone.now()
    moments = {
        "at": "moment",
        "later": f"min(moment + 60 + i * 7919 % 3000, {now.timestamp()})",
        "due": "moment + 7200",
    }
    written = {name: f"strftime('%Y-%m-%d %H:%M:%f', {moment}, 'unixepoch')" for name, moment in moments.items()}
    begun = (now - YEARS).timestamp()
    sizes = {"count": count, "closed": count - WAITING, "callers": CALLERS}
    _run(SEEDED.format(now=now.timestamp(), begun=begun, **sizes, **written))


def _insert_requests(resolved_by: int) -> None:
    question = " ".join(f"WHEN {n} THEN '{words}'" for n, words in enumerate(QUESTIONS))
    _insert(
        HelpRequest, id="key", reference="'K' || i", call_id="key", caller_id="caller",
        question_key="printf('%064x', i)", question=f"CASE i % {len(QUESTIONS)} {question} END",
        status=CLOSED.format("'pending'", "'unresolved'", "'resolved'"),
        closed_because=CLOSED.format("''", "'timed_out'", "'answered'"), created_at="at", promised_by="due",
        expires_at="strftime('%Y-%m-%d %H:%M:%f', at, '+1 day')", responded_at=CLOSED.format("NULL", "later", "later"),
        responded_by_id=CLOSED.format("NULL", "NULL", resolved_by), customer_phone="'+14155550000'",
        supervisor_response=CLOSED.format("''", "''", "'Yes, from $150.'"),
    )  # fmt: skip


def _insert(model: type[models.Model], *, _where: str = "1", **given: str) -> None:
    """A row for each that is seeded: columns by SQL, all others as the model makes them."""
    columns = {
        field.column: given.get(field.attname) or _default(field)
        for field in model._meta.concrete_fields
        if not (field.primary_key and field.attname not in given)
    }
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
    _run(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM seeded WHERE {_where} ORDER BY i")


def _default(field: models.Field) -> str:
    if field.null:
        return "NULL"
    value = field.get_default()
    if isinstance(value, bool | int):
        return str(int(value))
    return f"'{json.dumps(value) if isinstance(value, dict | list) else value}'"


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
