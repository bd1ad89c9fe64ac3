"""Callers who hold on the line: for an answer, or for a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from supervision import live
from supervision.models import Call, Event, HelpRequest

LONGEST = timedelta(minutes=15)  # nobody holds longer: her windows are far shorter
SHOWN = 3
HOLDS, WANTS_A_PERSON = "call_holding", "person_wanted"


@dataclass(frozen=True)
class Holding:
    """One caller who waits, with what is waited for; `window` is how many seconds were agreed."""

    call: Call
    help_request: HelpRequest | None
    wants_a_person: bool
    since: datetime
    window: int

    @property
    def remaining(self) -> int:
        return max(0, self.window - int((timezone.now() - self.since).total_seconds()))


def holding() -> list[Holding]:
    """The longest first; one query while nobody holds."""
    calls = {
        str(call.pk): call
        for call in Call.objects.open().filter(state=Call.State.HOLDING).select_related("caller", "practised_by")
    }
    if not calls:
        return []
    events = Event.objects.filter(topic=live.DESK, created_at__gt=timezone.now() - LONGEST)
    events = list(events.filter(kind__in=(HOLDS, WANTS_A_PERSON)).order_by("id"))
    since = {event.payload.get("call"): event.created_at for event in events if event.kind == HOLDS}
    persons = {event.payload.get("help_request") for event in events if event.kind == WANTS_A_PERSON}
    pending = HelpRequest.objects.pending().filter(call__in=calls).select_related("caller", "claimed_by", "handed_by")
    asked = {one.call_id: one for one in pending.order_by("created_at")}
    found = [
        _holding(call, asked.get(call.pk), persons, since.get(key, call.started_at)) for key, call in calls.items()
    ]
    return sorted(found, key=lambda one: one.since)[:SHOWN]


def _holding(call: Call, asked: HelpRequest | None, persons: set[str], since: datetime) -> Holding:
    wants_a_person = asked is not None and str(asked.pk) in persons
    window = settings.PERSON_WINDOW if wants_a_person else settings.HOLD_WINDOW
    return Holding(call, asked, wants_a_person, since, int(window.total_seconds()))
