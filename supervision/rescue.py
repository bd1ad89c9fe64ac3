"""Spoken calls that no job holds: each gets another job, or an end, so that nobody waits in silence for ever."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from supervision import call_control, calls, health
from supervision.models import Call
from supervision.unnoticed import ring_for_unnoticed

log = logging.getLogger(__name__)
Because, State = Call.EndedBecause, Call.State
STALE = timedelta(seconds=1.7)  # a job beats each second, on a busy machine a little later
CONFIRMED = 1.0  # seconds between the two looks that must have seen the same beat
UNANSWERED = timedelta(seconds=3)  # of ringing
GRACE = timedelta(seconds=6)  # for the job that was sent
NOBODY_JOINS = timedelta(seconds=30)  # a page that has its token may still wait for the microphone
ASK_AGAIN = 1.5  # seconds between two looks into the room of a call that rings
TRIES = 3
MOST_EPOCHS = 12  # a call that each of so many jobs has dropped
FORGOTTEN = timedelta(minutes=5)  # without a sign of life, and without LiveKit to say who is there
AGAIN = "again"  # the metadata of a job for a caller who was talking already: such a one is never told that we are busy
PATIENCE = 0.5  # seconds: who has waited longer for the database knows nothing of the others' beats
CALLERS = ("sip_", "caller-")  # how their identities begin


class Sweep:
    """`look` acts at once on what is certain, and on a missing beat when two looks a second apart have missed it."""

    def __init__(
        self,
        *,
        is_dead: Callable[[Call], bool] = lambda call: False,
        put_out: Callable[[Call], None] = lambda call: None,
    ) -> None:
        self.is_dead = is_dead  # whether its job is known to have gone
        self.put_out = put_out  # told of a call whose job stands still
        self._seen: dict[UUID, tuple[tuple, float]] = {}
        self._asked: dict[UUID, float] = {}

    def forget(self) -> None:
        """What has been seen may have been the fault of the database, or of this process."""
        self._seen.clear()

    def look(self, *, at: datetime | None = None) -> None:
        at = at or timezone.now()
        found = list(Call.objects.open().spoken())
        stale = {call.pk for call in found if _is_stale(call, at)}
        self._seen = {pk: seen for pk, seen in self._seen.items() if pk in stale}
        self._asked = {pk: when for pk, when in self._asked.items() if any(pk == call.pk for call in found)}
        for call in found:
            if self.is_dead(call) or _is_due(call, at):
                self._rescue(call)
            elif call.pk in stale and self._is_confirmed(call):
                self.put_out(call)
                self._rescue(call)

    def _is_confirmed(self, call: Call) -> bool:
        sign, now = (call.holder, call.epoch, call.beat_at), time.monotonic()
        before, since = self._seen.get(call.pk, (None, now))
        if before != sign:
            self._seen[call.pk] = (sign, now)
            return False
        return now - since >= CONFIRMED

    def _rescue(self, call: Call) -> None:
        if not _has_been_held(call):
            now = time.monotonic()
            if now - self._asked.get(call.pk, float("-inf")) < ASK_AGAIN:
                return
            self._asked[call.pk] = now
        rescue(call)


def net() -> None:
    """From the jobs, when no agent lives: what its own sweep would do."""
    if call_control.is_configured() and not health.somebody_answers():
        at = timezone.now()
        with suppress(call_control.Unreachable):
            ring_for_unnoticed()
        for call in Call.objects.open().spoken():
            if _is_due(call, at) or (call.beat_at and call.beat_at <= at - UNANSWERED and not calls.rescues(call)):
                rescue(call)


def rescue(call: Call) -> None:
    """Send a job to a caller who is there, end the call of one who is not; nothing while LiveKit does not answer."""
    if not call.room:
        _end(call)
        return
    try:
        if _has_been_held(call):
            _rescue_held(call)
        else:
            _rescue_ringing(call)
    except call_control.Unreachable:
        if timezone.now() - (call.beat_at or call.started_at) > FORGOTTEN:
            _end(call)


def _rescue_held(call: Call) -> None:
    if not _claim(call):
        return None
    room = call_control.participants(call.room)
    if not any(map(is_caller, room)):
        return _end(call)
    if call.state == State.TAKEN_OVER:
        if any(one.identity.startswith(call_control.DESK) for one in room):
            return _tell_of_the_absence(call)
        calls.hand_back(call, reason="nobody was with the caller")
    elif call.state == State.TRANSFERRING:
        calls.transfer_failed(call, reason="she was lost while it was tried")
    return _send_another(call)


def _rescue_ringing(call: Call) -> None:
    """Before the claim it is asked who is there: the one who rings may not have come in yet."""
    room = call_control.participants(call.room)
    if not any(map(is_caller, room)):
        if timezone.now() - call.started_at > NOBODY_JOINS:
            _end(call)
    elif _claim(call):
        _send_another(call, keep_agents=any(one.is_agent for one in room))


def _send_another(call: Call, *, keep_agents: bool = False) -> None:
    """Three times; a dispatch that no agent took is lost. Then the desk has rung long enough: the carrier has a way."""
    tried = calls.rescues(call) + 1
    if tried > TRIES or call.epoch > MOST_EPOCHS:
        log.error("call %s: no agent came", call.pk)
        _end(call)
        return
    if tried > 1:
        calls.tell(call, "unanswered", reason="no agent comes")
    else:
        calls.tell(call, "sent_again", reason="nobody held the call")
    if not keep_agents:  # one that is only slow may still win; a dead one is listed for 21 s
        call_control.remove_agents(call.room)
    call_control.dispatch(call.room, metadata="" if call.state == State.RINGING else AGAIN)
    log.warning("call %s: another job was sent (%s)", call.pk, tried)


def _tell_of_the_absence(call: Call) -> None:
    if not calls.rescues(call):
        calls.tell(call, "agent_lost", reason="she cannot come back by herself: a person has the call")


def _end(call: Call) -> None:
    """The row first: it is what people rely on. Then the room, of which only dead agents may be left."""
    if call.state == State.RINGING:
        calls.close_call(call, state=State.MISSED, because=Because.UNANSWERED)
    elif call.state == State.TRANSFERRING:
        calls.close_call(call, because=Because.TRANSFERRED)
    else:
        calls.close_call(call, state=State.LOST, because=Because.LINE)
    if call.room:
        call_control.hang_up(call.room)


def _claim(call: Call) -> bool:
    began_at = time.monotonic()
    with transaction.atomic():
        if time.monotonic() - began_at > PATIENCE:
            return False
        return calls.claim_rescue(call)


def _has_been_held(call: Call) -> bool:
    return bool(call.holder) or call.state != State.RINGING


def _is_due(call: Call, at: datetime) -> bool:
    """What needs no second look: nobody has had it for too long, it was left behind, or the job sent did not come."""
    if calls.rescues(call):
        return call.beat_at is None or call.beat_at <= at - GRACE
    if call.holder:
        return call.beat_at is None
    return call.beat_at is None and call.started_at <= at - UNANSWERED


def _is_stale(call: Call, at: datetime) -> bool:
    return bool(call.beat_at and call.beat_at <= at - STALE and not calls.rescues(call))


def is_caller(one: call_control.Participant) -> bool:
    return one.identity.startswith(CALLERS)
