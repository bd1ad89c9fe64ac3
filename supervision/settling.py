"""Finds out what became of texts that were perhaps sent."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef

from supervision import messages, riders, sending
from supervision.delivery import Backend, NotDelivered
from supervision.models import Attempt, Message
from supervision.sending import Ride

log = logging.getLogger(__name__)
State = Message.State
OFTEN_ENOUGH = 12  # times in vain; ten minutes have room for twenty
CLOCKS_APART = timedelta(minutes=1)


def give_up_abandoned(backend: Backend, *, at: datetime) -> None:
    """A process that has not come back within its lease: perhaps it has sent the text."""
    lost = NotDelivered("its process ended while it was being sent", NotDelivered.UNKNOWN)
    for carrier in Message.objects.abandoned(at).order_by("lease_until")[:500]:
        sending.note([(riders.ride_of(carrier), lost)], backend, at=at)


def follow_the_settled(*, at: datetime) -> None:
    """The net under `messages.follow`: whoever moves a text without those that ride with it leaves none behind."""
    under_way = (State.SENDING, State.UNKNOWN)
    behind = Message.objects.filter(state__in=under_way, rides_with__isnull=False)
    behind = behind.exclude(rides_with__state__in=under_way).values("rides_with")
    for carrier in Message.objects.filter(pk__in=behind):
        with transaction.atomic():
            messages.lock(*riders.ride_of(carrier))
            sending.tell([rider.pk for rider in messages.follow(carrier, at=at)], at=at)


def due(count: int, *, busy: Collection[str], but: Collection, at: datetime) -> list[Ride]:
    """Those that it is time to ask about, one for each recipient.

    Not while another text to the same recipient is being sent: its id is in the provider's list before it is in ours,
    and could be taken for this one's.
    """
    unknown = Message.objects.unknown(at).exclude(recipient__in=busy).exclude(pk__in=but).filter(~_one_is_being_sent())
    rides: dict[str, Ride] = {}
    for carrier in unknown.order_by("release_at", "id")[: count * 4]:
        ride = riders.ride_of(carrier)
        if carrier.recipient not in rides and not _is_part_of_another(ride):
            rides[carrier.recipient] = ride
    return list(rides.values())[:count]


def question(ride: Ride, backend: Backend) -> Callable[[], str | NotDelivered | None] | None:
    """What to call, outside any transaction and without the database; None where nobody can be asked."""
    attempt = ride[0].attempts.filter(outcome=Attempt.Outcome.UNKNOWN).first()
    if attempt is None or not backend.can_find or attempt.backend != backend.name:
        return None
    others = Message.objects.filter(recipient=ride[0].recipient, settled_at__gte=attempt.started_at - CLOCKS_APART)
    owned = set(others.exclude(provider_id="").values_list("provider_id", flat=True))
    whole = riders.as_sent(ride)

    def ask() -> str | NotDelivered | None:
        try:
            return backend.find(whole, attempt.started_at, owned)
        except Exception as error:
            log.warning("message %s: the provider cannot tell whether it has it (%s)", whole.pk, type(error).__name__)
            return NotDelivered("the provider cannot tell", NotDelivered.UNKNOWN)

    return ask


def settle(ride: Ride, found: str | NotDelivered | None, backend: Backend, *, at: datetime) -> bool:
    """Write down the answer; True when nothing is left to ask."""
    carrier = ride[0]
    if isinstance(found, NotDelivered):
        return _ask_again(ride, at=at)
    if found is not None:
        return _move(ride, at=at, **sending.values_when_sent(found, at))
    missed_before = carrier.not_found_at and at >= carrier.not_found_at + settings.MESSAGE_ASK_AGAIN
    if backend.find_is_final or missed_before:
        return _move(ride, at=at, requeue=True)
    first = carrier.not_found_at or at
    again = {"release_at": first + settings.MESSAGE_ASK_AGAIN, "asked_in_vain": 0}
    return _move(ride, at=at, not_found_at=first, **again) and False


def leave_to_a_person(ride: Ride, *, at: datetime) -> bool:
    return _move(ride, at=at, state=State.UNDECIDED)


def _ask_again(ride: Ride, *, at: datetime) -> bool:
    """After ten minutes it is a person's, if the provider was asked often enough: we may have been away ourselves."""
    cut = ride[0].attempts.aggregate(cut=Max("finished_at"))["cut"]
    asked = ride[0].asked_in_vain + 1
    if asked >= OFTEN_ENOUGH and at >= cut + settings.MESSAGE_UNDECIDED_AFTER:
        return leave_to_a_person(ride, at=at)
    return _move(ride, at=at, release_at=at + settings.MESSAGE_ASK_AGAIN, asked_in_vain=asked) and False


def _move(ride: Ride, *, at: datetime, requeue: bool = False, **values) -> bool:
    """False where somebody else has moved it since it was asked about, or has the id that was found."""
    try:
        with transaction.atomic():
            return _move_unknown(ride, at=at, requeue=requeue, **values)
    except IntegrityError:
        log.warning("message %s: what the provider has belongs to another", ride[0].pk)
        return False


def _move_unknown(ride: Ride, *, at: datetime, requeue: bool, **values) -> bool:
    carrier = ride[0]
    messages.lock(*ride)
    if requeue:
        values = messages.back_in_the_queue(carrier, release_at=at, at=at)
    still = Message.objects.filter(pk=carrier.pk, state=State.UNKNOWN, release_at=carrier.release_at)
    if "provider_id" in values:
        if _is_part_of_another(ride):
            return False
        still = still.filter(~_one_is_being_sent())
    if not still.update(**values):
        return False
    followed = messages.follow(carrier, at=at)
    if "state" in values:
        sending.tell([carrier.pk, *(rider.pk for rider in followed)], at=at)
    return True


def _is_part_of_another(ride: Ride) -> bool:
    """Its words stand in a longer text that is unknown too: that one is asked about first, or it could lose its id."""
    others = Message.objects.filter(recipient=ride[0].recipient, state=State.UNKNOWN, rides_with=None)
    words = riders.as_sent(ride).text
    longer = (riders.as_sent(riders.ride_of(other)).text for other in others.exclude(pk=ride[0].pk))
    return any(words in text and words != text for text in longer)


def _one_is_being_sent() -> Exists:
    return Exists(Message.objects.filter(recipient=OuterRef("recipient"), state=State.SENDING))
