"""Several texts that are due to one caller leave as one.

They are joined when they leave, not when they are queued: until then each keeps its own words, its own undo window and
its own way to be cancelled, and nothing has to be cut out of a text again. The first one carries the others: they are
in its state while it is on its way, and whatever becomes of it becomes of them. A ride that was surely not sent ends,
and each of its texts waits for itself again. The provider's id is the carrier's alone.
"""

from collections.abc import Iterable
from copy import copy

from django.conf import settings

from supervision import segments
from supervision.models import Message

BETWEEN = "\n\n"


def together(due: Iterable[Message]) -> list[list[Message]]:
    """What leaves now, one ride for each recipient, the oldest first and carrying; what finds no room waits."""
    rides: dict[str, list[Message]] = {}
    for message in due:
        ride = rides.setdefault(message.recipient, [message])
        if ride[0] is not message and _may_ride(ride, message):
            ride.append(message)
    return [sorted(ride, key=lambda message: message.pk) for ride in rides.values()]


def ride_of(carrier: Message) -> list[Message]:
    """The carrier and its riders, as they were joined."""
    return [carrier, *Message.objects.filter(rides_with=carrier).order_by("id")]


def as_sent(ride: list[Message]) -> Message:
    """What a backend is given, and asked for: the carrier with the words of all; the same answer is told once."""
    if len(ride) == 1:
        return ride[0]
    whole, told = copy(ride[0]), {}
    for message in sorted(ride, key=lambda message: message.pk):
        told.setdefault(message.tells or message.pk, message.text)
    whole.text = BETWEEN.join(told.values())
    return whole


def _may_ride(ride: list[Message], message: Message) -> bool:
    """Only follow-ups to the same caller; those of supervisors who practise do not mix with those of callers."""
    asked = [one.help_request for one in (ride[0], message)]
    if not all(asked) or asked[0].practice != asked[1].practice:
        return False
    return segments.measure(as_sent([*ride, message]).text).segments <= settings.MESSAGE_SEGMENTS
