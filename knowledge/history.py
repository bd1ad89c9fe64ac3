"""Notes what a verb changes in learned answers: the rows as they were and as they are, in the verb's transaction.

No library does this: those that exist listen to `save()`, and verbs change rows by conditional updates.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import AbstractBaseUser

from knowledge.models import Change, LearnedAnswer, Phrasing
from knowledge.wording import clean

FIELDS = ("question", "answer", "valid_until", "active", "replaced_by_id", "taught_by_id")
REASON_LIMIT = 300
Snapshot = tuple[dict[str, Any], dict[str, dict]]


@contextmanager
def recorded(
    verb: str, *, by: AbstractBaseUser | None = None, reason: str = "", undoes: UUID | None = None
) -> Iterator[Callable[..., None]]:
    """`with recorded(…) as watch: watch(pk, …)`, before those rows change; what did not change leaves no row."""
    before: dict[UUID, Snapshot | None] = {}

    def watch(*pks: UUID) -> None:
        before.update({pk: _snapshot(pk) for pk in pks if pk not in before})

    yield watch
    kept = {"decision": uuid4(), "verb": verb, "by_id": by and by.pk, "reason": clean(reason)[:REASON_LIMIT]}
    rows = [_difference(pk, was, _snapshot(pk)) for pk, was in before.items()]
    told = [row for row in rows if row.fields or row.phrasings or verb == Change.Verb.DOUBTED]
    for row in told:
        for name, value in (kept | {"undoes": undoes}).items():
            setattr(row, name, value)
    Change.objects.bulk_create(told)


def _snapshot(pk: UUID) -> Snapshot | None:
    values = LearnedAnswer.objects.filter(pk=pk).values(*FIELDS).first()
    if values is None:
        return None
    rows = Phrasing.objects.filter(learned_answer=pk).values("key", "text", "source", "state")
    return {name: _plain(value) for name, value in values.items()}, {row["key"]: row for row in rows}


def _plain(value: object) -> object:
    """As JSON keeps it."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _difference(pk: UUID, was: Snapshot | None, now: Snapshot) -> Change:
    if was is None:  # its first words stand in the row itself, or in the first correction
        return Change(learned_answer_id=pk, fields={"active": [False, True]})
    fields = {name: [was[0][name], now[0][name]] for name in FIELDS if was[0][name] != now[0][name]}
    keys = [key for key in was[1] | now[1] if was[1].get(key) != now[1].get(key)]
    return Change(
        learned_answer_id=pk,
        fields=fields,
        phrasings=[_wording(was[1].get(key), now[1].get(key)) for key in keys],
    )


def _wording(was: dict | None, now: dict | None) -> dict:
    kept = was or now
    return {
        **{name: kept[name] for name in ("key", "text", "source")},
        "was": was and was["state"],
        "is": now and now["state"],
    }
