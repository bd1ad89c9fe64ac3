"""Takes texts out of the queue to send them, and writes down what came of it: what is committed around an HTTP call."""

import logging
import random
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, CharField, Q, QuerySet, Value, When

from supervision import limits, messages, reports, riders
from supervision.delivery import Backend, NotDelivered
from supervision.models import Attempt, Message

log = logging.getLogger(__name__)
State = Message.State
Outcome = Attempt.Outcome
Ride = list[Message]  # texts to one recipient that are sent as one; nearly always a single one
LOOK_AHEAD = 16  # due texts that are looked at beyond those that can leave: some ride with others
LONGEST_WAIT = 300  # seconds between two tries


def claim(count: int, backend: Backend, *, busy: Collection[str] = (), at: datetime) -> list[Ride]:
    """Queued → sending with a lease, and an open attempt each, for at most `count` recipients who are not `busy`.

    Another process may have been faster, or is about to: its rows are passed over, not waited for. What has to wait
    longer keeps nothing else from leaving.
    """
    while True:
        found, leaving = _claim(count, backend, busy=busy, at=at)
        if leaving or not found:
            return leaving


def _claim(count: int, backend: Backend, *, busy: Collection[str], at: datetime) -> tuple[list[Ride], list[Ride]]:
    """What is due, and what of it leaves now."""
    due = Message.objects.due(at).exclude(recipient__in=busy).order_by("release_at", "id")
    if not due.exists():
        return [], []
    with transaction.atomic():
        rides = riders.together(_free(due, count))
        leaving = limits.admitted(rides, at=at)
        _leave(leaving, backend, at=at)
    return rides, leaving


def _free(due: QuerySet[Message], count: int) -> list[Message]:
    """What is due to the first `count` recipients; of what others have locked it waits for nothing.

    So it may lock messages before their requests, and whoever looks at the same time finds those that come next.
    """
    near = due.select_for_update(skip_locked=True).values_list("pk", "recipient")[: count + LOOK_AHEAD]
    of_recipient: dict[str, list[int]] = {}
    for pk, recipient in near:
        of_recipient.setdefault(recipient, []).append(pk)
    first = [pk for pks in list(of_recipient.values())[:count] for pk in pks]
    rows = Message.objects.filter(pk__in=first).order_by("release_at", "id")
    found = list(rows.select_related("help_request", "about", "inbound"))
    free = messages.lock(*found, passing_over=True) | {None}
    return [message for message in found if message.help_request_id in free]


def note(outcomes: list[tuple[Ride, str | NotDelivered]], backend: Backend, *, at: datetime) -> None:
    """Write what came of sending; nothing where the lease has run out and others deal with the text by now.

    A "sent" that comes too late still counts where nobody is sending it again.
    """
    try:
        with transaction.atomic():
            written = [(message, ride[0], outcome) for ride, outcome in outcomes for message in ride]
            messages.lock(*(message for message, _, _ in written))
            left = _write_sent([(ride[0], sent) for ride, sent in outcomes if _is_plain(ride, sent)], at=at)
            rest = [one for one in written if one[0] not in left]
            tell([one.pk for one, carrier, outcome in rest if _write(one, carrier, outcome, backend, at=at)], at=at)
            messages.announce(left, at=at)
    except IntegrityError:
        _note_apart(outcomes, backend, at=at)


def tell(changed: Collection, *, at: datetime) -> None:
    """Once these have been changed in the transaction: what it means for promises, and the desk's events."""
    rows = list(Message.objects.filter(pk__in=changed).select_related("help_request", "about").order_by("id"))
    for message in rows:
        if message.state == State.REFUSED:
            reports.failed(message, at=at)
    messages.announce(rows, at=at)


def values_when_sent(provider_id: str | Case, at: datetime) -> dict:
    values = {"state": State.SENT, "settled_at": at, "lease_until": None, "error": ""}
    return values | {"provider_id": provider_id, "not_found_at": None}


def _leave(rides: list[Ride], backend: Backend, *, at: datetime) -> None:
    everyone = [message for ride in rides for message in ride]
    leaving = {"state": State.SENDING, "lease_until": at + settings.MESSAGE_LEASE, "rides_with": None}
    Message.objects.filter(pk__in=[message.pk for message in everyone]).update(**leaving)
    for carrier, *others in rides:
        if others:
            Message.objects.filter(pk__in=[rider.pk for rider in others]).update(rides_with=carrier)
    Attempt.objects.bulk_create(Attempt(message=one, backend=backend.name, started_at=at) for one in everyone)
    for message in everyone:
        message.state, message.lease_until = leaving["state"], leaving["lease_until"]
    messages.announce(everyone, at=at)


def _note_apart(outcomes: list, backend: Backend, *, at: datetime) -> None:
    """An id that another row owns must not keep the others' from being written; the text itself has been accepted."""
    if len(outcomes) > 1:
        for outcome in outcomes:
            note([outcome], backend, at=at)
        return
    [(ride, outcome)] = outcomes
    if not outcome or isinstance(outcome, NotDelivered):
        raise RuntimeError(f"message {ride[0].pk}: what came of it cannot be written down")
    log.error("message %s: the provider gave an id that another message has", ride[0].pk)
    note([(ride, "")], backend, at=at)


def _is_plain(ride: Ride, outcome: str | NotDelivered) -> bool:
    return len(ride) == 1 and isinstance(outcome, str)


def _write_sent(sent: list[tuple[Message, str]], *, at: datetime) -> list[Message]:
    """The usual case for all that came back together: sent, alone, and the claim still ours. Returns those written."""
    if not sent:
        return []
    rows = Message.objects.filter(pk__in=[message.pk for message, _ in sent], state=State.SENDING).order_by("pk")
    leases = dict(rows.select_for_update().values_list("pk", "lease_until"))
    ids = {message.pk: given for message, given in sent if leases.get(message.pk) == message.lease_until}
    if ids:
        given = Case(*(When(pk=pk, then=Value(one)) for pk, one in ids.items()), output_field=CharField())
        Message.objects.filter(pk__in=ids).update(**values_when_sent(given, at))
        uncertain = Attempt.objects.filter(message__in=ids, outcome__in=(Outcome.OPEN, Outcome.UNKNOWN))
        uncertain.update(outcome=Outcome.SENT, detail="", finished_at=at)
    written = [message for message, _ in sent if message.pk in ids]
    for message in written:
        message.state, message.error = State.SENT, ""
    return written


def _write(message: Message, carrier: Message, outcome: str | NotDelivered, backend: Backend, *, at: datetime) -> bool:
    failed = isinstance(outcome, NotDelivered)
    rows = Q(state=State.SENDING, lease_until=message.lease_until)
    if not failed:
        rows |= Q(state__in=(State.UNKNOWN, State.UNDECIDED, State.QUEUED))
    values = _values(message, carrier, outcome, backend, at=at)
    if message is not carrier:
        stays = values["state"] in Message.RIDING
        values |= {"provider_id": "", "rides_with": carrier if stays else None}
    if not Message.objects.filter(rows, pk=message.pk).update(**values):
        return False
    message.attempts.filter(outcome__in=(Outcome.OPEN, Outcome.UNKNOWN)).update(
        outcome=Outcome(outcome.kind.value) if failed else Outcome.SENT,
        detail=outcome.detail[:200] if failed else "",
        finished_at=at,
    )
    return True


def _values(message: Message, carrier: Message, outcome: str | NotDelivered, backend: Backend, *, at: datetime) -> dict:
    if not isinstance(outcome, NotDelivered):
        return values_when_sent(outcome, at)
    error = {"error": outcome.detail[:200], "lease_until": None}
    match outcome.kind:
        case NotDelivered.REFUSED:
            return error | {"state": State.REFUSED, "settled_at": at, "error_code": outcome.code}
        case NotDelivered.NOT_SENT:
            return error | messages.back_in_the_queue(message, release_at=at + _back_off(carrier), at=at)
        case _:
            unknown = {"state": State.UNKNOWN, "not_found_at": None, "asked_in_vain": 0}
            return error | unknown | {"release_at": at + _wait_before_asking(backend)}


def _back_off(message: Message) -> timedelta:
    """Twice as long after each try, and never the same for two rides: they shall not come back all at once."""
    tries = message.attempts.count()
    longest = min(LONGEST_WAIT, 2 ** min(tries, 10))
    return timedelta(seconds=longest * random.Random(f"{message.pk}:{tries}").uniform(0.5, 1.5))


def _wait_before_asking(backend: Backend) -> timedelta:
    if not backend.can_find:
        return settings.MESSAGE_UNDECIDED_AFTER
    return timedelta() if backend.find_is_final else settings.MESSAGE_ASK_AFTER
