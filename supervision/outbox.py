"""Brings every queued text to its recipient once, through any number of killed processes."""

import logging
import random
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supervision import jobs, promises, reports
from supervision.delivery import Backend, NotDelivered, get_backend
from supervision.messages import (
    announce,
    back_in_the_queue,
    cancel,
    count_as_sent,
    give_back,
    let_go,
    lock,
    queue,
    send_again,
    take,
    told,
)
from supervision.models import Attempt, Message

__all__ = [
    "cancel", "count_as_sent", "deliver_due", "give_back", "queue", "reconcile", "send_again", "take", "told",
]  # fmt: skip

log = logging.getLogger(__name__)
State = Message.State
Outcome = Attempt.Outcome
PATIENCE = 15.0  # seconds in one job, which django-q2 would end after 30: a slow provider must not be cut mid-send
CLOCKS_APART = timedelta(minutes=1)
LONGEST_WAIT = 300  # seconds between two tries


def deliver_due(limit: int = 50, *, at: datetime | None = None) -> int:
    """Send what is due; also what was held for calls in which nobody beats any longer. Returns how many were tried.

    1. claim: queued → sending with a lease, and an open attempt, committed;
    2. hand it to the backend, outside any transaction;
    3. note the outcome, if the claim is still ours.

    A process killed after 1 leaves a lease that runs out: `reconcile` then asks what became of it.
    """
    now = at or timezone.now()
    for message in Message.objects.left_on_the_line(now).order_by("release_at", "id")[:limit]:
        if not (message.call and message.call.is_listening(now)):
            let_go(message, at=now)
    reconcile(limit, at=at)
    backend = get_backend()
    begun = time.monotonic()
    tried = 0
    for message in Message.objects.due(at or timezone.now()).order_by("release_at", "id")[:limit]:
        if time.monotonic() - begun > PATIENCE:
            jobs.run_soon("supervision.outbox.deliver_due")
            break
        tried += _deliver(message, backend, at=at)
    return tried


def reconcile(limit: int = 50, *, at: datetime | None = None) -> int:
    """Find out about messages that were perhaps sent; also keep the promises of those sent long enough ago."""
    now = at or timezone.now()
    backend = get_backend()
    for message in Message.objects.abandoned(now).order_by("lease_until")[:limit]:
        lost = NotDelivered("its process ended while it was being sent", NotDelivered.UNKNOWN)
        _note(message, lost, backend, at=now)
    promises.keep_what_was_sent(now)
    unknown = list(Message.objects.unknown(at or timezone.now()).order_by("release_at")[:limit])
    return sum(_ask(message, backend, at=at or timezone.now()) for message in unknown)


def _deliver(message: Message, backend: Backend, *, at: datetime | None) -> bool:
    if not _claim(message, backend, at=at or timezone.now()):
        return False
    try:
        outcome = backend.send(message)
    except NotDelivered as failure:
        outcome = failure
    except Exception as error:  # a backend's bug must not stop the others, and says nothing about the text
        log.exception("message %s: the backend failed", message.pk)
        outcome = NotDelivered(f"unexpected {type(error).__name__}", NotDelivered.UNKNOWN)
    _note(message, outcome, backend, at=at or timezone.now())
    return True


@transaction.atomic
def _claim(message: Message, backend: Backend, *, at: datetime) -> bool:
    """Another process may have been faster; the lease is what tells the two apart afterwards."""
    lock(message)
    lease = at + settings.MESSAGE_LEASE
    if not Message.objects.due(at).filter(pk=message.pk).update(state=State.SENDING, lease_until=lease):
        return False
    message.refresh_from_db()
    message.attempts.create(backend=backend.name, started_at=at)
    announce([message], at=at)
    return True


@transaction.atomic
def _note(message: Message, outcome: str | NotDelivered, backend: Backend, *, at: datetime) -> bool:
    """Write what came of sending; False when the lease has run out and others deal with the message by now.

    A "sent" that comes too late still counts where nobody is sending it again.
    """
    lock(message)
    failed = isinstance(outcome, NotDelivered)
    rows = Q(state=State.SENDING, lease_until=message.lease_until)
    if not failed:
        rows |= Q(state__in=(State.UNKNOWN, State.UNDECIDED, State.QUEUED))
    if not Message.objects.filter(rows, pk=message.pk).update(**_values(message, outcome, backend, at=at)):
        return False
    message.attempts.filter(outcome__in=(Outcome.OPEN, Outcome.UNKNOWN)).update(
        outcome=Outcome(outcome.kind.value) if failed else Outcome.SENT,
        detail=outcome.detail[:200] if failed else "",
        finished_at=at,
    )
    _tell(message, at=at)
    return True


def _values(message: Message, outcome: str | NotDelivered, backend: Backend, *, at: datetime) -> dict:
    if not isinstance(outcome, NotDelivered):
        return _sent(outcome, at)
    error = {"error": outcome.detail[:200], "lease_until": None}
    match outcome.kind:
        case NotDelivered.REFUSED:
            return error | {"state": State.REFUSED, "settled_at": at, "error_code": outcome.code}
        case NotDelivered.NOT_SENT:
            return error | back_in_the_queue(message, release_at=at + _back_off(message), at=at)
        case _:
            return error | {"state": State.UNKNOWN, "release_at": at + _wait_before_asking(backend)}


def _ask(message: Message, backend: Backend, *, at: datetime) -> bool:
    """Settle one unknown message, or wait on; True when it is settled. Asks the provider outside any transaction."""
    attempt = message.attempts.filter(outcome=Outcome.UNKNOWN).first()
    if not backend.can_find or attempt.backend != backend.name:
        return _move_unknown(message, at=at, state=State.UNDECIDED)
    others = Message.objects.filter(recipient=message.recipient).exclude(provider_id="")
    owned = set(others.filter(settled_at__gte=attempt.started_at - CLOCKS_APART).values_list("provider_id", flat=True))
    try:
        found = backend.find(message, attempt.started_at, owned)
    except Exception as error:
        log.warning("message %s: the provider cannot say whether it has it (%s)", message.pk, type(error).__name__)
        return _ask_again(message, at=at)
    if found is not None:
        return _move_unknown(message, at=at, **_sent(found, at))
    missed_before = message.not_found_at and at >= message.not_found_at + settings.MESSAGE_ASK_AGAIN
    if backend.find_is_final or missed_before:
        return _move_unknown(message, at=at, requeue=True)
    first = message.not_found_at or at
    return _move_unknown(message, at=at, not_found_at=first, release_at=first + settings.MESSAGE_ASK_AGAIN) and False


def _ask_again(message: Message, *, at: datetime) -> bool:
    cut = message.attempts.filter(outcome=Outcome.UNKNOWN).last().finished_at
    if at >= cut + settings.MESSAGE_UNDECIDED_AFTER:
        return _move_unknown(message, at=at, state=State.UNDECIDED)
    return _move_unknown(message, at=at, release_at=at + settings.MESSAGE_ASK_AGAIN) and False


@transaction.atomic
def _move_unknown(message: Message, *, at: datetime, requeue: bool = False, **values) -> bool:
    lock(message)
    if requeue:
        values = back_in_the_queue(message, release_at=at, at=at)
    still = Message.objects.filter(pk=message.pk, state=State.UNKNOWN, release_at=message.release_at)
    if not still.update(**values):
        return False
    if "state" in values:
        _tell(message, at=at)
    return True


def _tell(message: Message, *, at: datetime) -> None:
    message.refresh_from_db()
    if message.state == State.REFUSED:
        reports.failed(message, at=at)
    announce([message], at=at)


def _sent(provider_id: str, at: datetime) -> dict:
    values = {"state": State.SENT, "settled_at": at, "lease_until": None, "error": ""}
    return values | {"provider_id": provider_id, "not_found_at": None}


def _back_off(message: Message) -> timedelta:
    """Twice as long after each try, and never the same for two messages: they shall not come back all at once."""
    longest = min(LONGEST_WAIT, 2 ** min(message.attempts.count(), 10))
    return timedelta(seconds=longest * random.uniform(0.5, 1.5))


def _wait_before_asking(backend: Backend) -> timedelta:
    if not backend.can_find:
        return settings.MESSAGE_UNDECIDED_AFTER
    return timedelta() if backend.find_is_final else settings.MESSAGE_ASK_AFTER
