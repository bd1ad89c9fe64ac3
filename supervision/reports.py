"""What the provider tells of a text that it has taken: moves the message forward, never back."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from supervision import messages, promises, recipients, riders
from supervision.delivery import reasons
from supervision.models import Attempt, Caller, Message, Promise

log = logging.getLogger(__name__)
State = Message.State
TAKEN = ("accepted", "scheduled", "queued", "sending", "sent")
ARRIVED = ("delivered", "read", "partially_delivered")
FAILED = ("undelivered", "failed", "canceled")
BECOMES = {
    **dict.fromkeys(TAKEN, State.SENT),
    **dict.fromkeys(ARRIVED, State.DELIVERED),
    **dict.fromkeys(FAILED, State.UNDELIVERED),
}
NOT_KNOWN_TO_BE_SENT = (State.QUEUED, State.SENDING, State.UNKNOWN, State.UNDECIDED)
BEFORE = {
    State.SENT: NOT_KNOWN_TO_BE_SENT,
    State.DELIVERED: (*NOT_KNOWN_TO_BE_SENT, State.SENT),
    State.UNDELIVERED: (*NOT_KNOWN_TO_BE_SENT, State.SENT),
}
LONGEST_CODE = 10  # characters


def note(pk: int, *, provider_id: str, status: str, error_code: str = "", at: datetime | None = None) -> bool:
    """Believe what the provider says of the message that it calls `provider_id`; False where that changes nothing.

    A word that comes late, twice or of another text changes nothing. What was unknown is settled by it.
    """
    at = at or timezone.now()
    state = BECOMES.get(status)
    if not state or not provider_id:
        return False
    try:
        with transaction.atomic():
            return _move(pk, state, provider_id, error_code[:LONGEST_CODE], at=at)
    except IntegrityError:  # another row has taken this id meanwhile
        log.warning("message %s was told of with another message's id", pk)
        return False


def failed(message: Message, *, at: datetime) -> None:
    """It will not arrive: its promise is over, and what the reason says of the number is remembered.

    Call it in the transaction in which it was refused, or came back.
    """
    opted_out = message.error_code == reasons.NO_TEXTS
    promises.give_up(message, Promise.State.WITHDRAWN if opted_out else Promise.State.BROKEN, at=at)
    owner = Caller.objects.filter(phone=message.recipient).first()
    if owner is None:
        return
    if opted_out:
        recipients.block(owner, at=at)
    elif message.error_code in reasons.NOT_TO_THIS_NUMBER:
        unreachable = {"unreachable_since": at, "unreachable_because": message.error}
        Caller.objects.filter(pk=owner.pk, unreachable_since=None).update(**unreachable)


def reached(phone: str) -> None:
    """A text has arrived there, or has come from there: it is a number like any other again."""
    unreachable = Caller.objects.filter(phone=phone, unreachable_since__isnull=False)
    unreachable.update(unreachable_since=None, unreachable_because="")


def _move(pk: int, state: str, provider_id: str, error_code: str, *, at: datetime) -> bool:
    message = Message.objects.filter(pk=pk).first()
    if message is None or message.state not in BEFORE[state]:
        return False  # most of what is told: without a lock
    messages.lock(*riders.ride_of(message))
    if not _rows(state, provider_id).filter(pk=pk).update(**_values(state, provider_id, error_code, at)):
        return False
    message.refresh_from_db()
    ride = [message, *messages.follow(message, at=at)]
    for one in ride:
        _settle_attempts(one, at=at)
        if state == State.DELIVERED:
            _arrived(one, at=at)
        elif state == State.UNDELIVERED:
            failed(one, at=at)
    messages.announce(ride, at=at)
    return True


def _rows(state: str, provider_id: str):
    """Those that may become so: not there yet, tried at least once, and not known to the provider by another id."""
    before = Q(state__in=NOT_KNOWN_TO_BE_SENT, attempts__isnull=False)
    if state != State.SENT:
        before |= Q(state=State.SENT)
    rows = Message.objects.filter(before, provider_id__in=("", provider_id))
    return Message.objects.filter(pk__in=rows.values("pk"))


def _values(state: str, provider_id: str, error_code: str, at: datetime) -> dict:
    values = {"state": state, "provider_id": provider_id, "lease_until": None, "not_found_at": None, "error": ""}
    values["settled_at"] = at
    if state == State.DELIVERED:
        values["delivered_at"] = at
    if state == State.UNDELIVERED:
        values |= {"error_code": error_code, "error": reasons.words(error_code, "it did not arrive")}
    return values


def _settle_attempts(message: Message, *, at: datetime) -> None:
    """The provider has it, whatever the attempt itself came to know."""
    uncertain = message.attempts.filter(outcome__in=(Attempt.Outcome.OPEN, Attempt.Outcome.UNKNOWN))
    uncertain.update(outcome=Attempt.Outcome.SENT, finished_at=at, detail="")


def _arrived(message: Message, *, at: datetime) -> None:
    if message.purpose in Message.ANSWERS:
        promises.keep(message, at=at)
    reached(message.recipient)
