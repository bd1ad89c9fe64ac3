"""What events tell of: when that was asked, said or settled whose rows have changed since."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from supervision.models import Call, Event, HelpRequest, Message, Promise

AT_ONCE = 500  # ids in one question to the database


def moments(after: int, newest: int) -> list[datetime] | None:
    """Of all rows that the events from `after` to `newest` tell of; None where some of these events are gone."""
    if after >= newest:
        return []
    oldest = Event.objects.order_by("id").values_list("id", flat=True).first()
    if oldest is None or oldest > after + 1:
        return None
    told = Event.objects.filter(id__gt=after, id__lte=newest).values_list("payload", flat=True)
    requests, calls = set(), set()
    for payload in told.iterator():
        requests.add(payload.get("help_request"))
        calls.add(payload.get("call"))
    return list(_moments(requests - {None, ""}, calls - {None, ""}))


def _moments(requests: set[str], calls: set[str]) -> Iterator[datetime]:
    for some in _batches(requests):
        yield from _given(HelpRequest.objects.filter(pk__in=some), "created_at")
        yield from _given(HelpRequest.objects.filter(pk__in=some), "responded_at")
        yield from _given(Promise.objects.filter(help_request__in=some), "settled_at")
        yield from _given(Message.objects.filter(help_request__in=some), "created_at")
    for some in _batches(calls):
        yield from _given(Call.objects.filter(pk__in=some), "started_at")
        yield from _given(Call.objects.filter(pk__in=some), "ended_at")


def _batches(keys: set[str]) -> Iterator[list[str]]:
    every = sorted(keys)
    return (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE))


def _given(rows, field: str) -> Iterable[datetime]:
    return rows.filter(**{f"{field}__isnull": False}).order_by().values_list(field, flat=True)
