"""Callers whose webhook and whose job were both lost: they are in a room, and no row says so."""

import logging
import re

from django.conf import settings

from supervision import call_control, calls
from supervision.models import Call

log = logging.getLogger(__name__)


def ring_for_unnoticed() -> int:
    """Write the row of each caller who dialled this salon's number and has none; returns how many. Raises Unreachable.

    From then on the sweep sees him. Other salons of the same LiveKit project have other numbers.
    """
    if not settings.PHONE_NUMBER or not call_control.is_configured():
        return 0
    rooms = [room for room in call_control.rooms() if room.startswith(call_control.OURS)]
    noticed = set(Call.objects.filter(room__in=rooms).values_list("room", flat=True))
    return sum(_ring(room) for room in rooms if room not in noticed)


def _ring(room: str) -> bool:
    for one in call_control.participants(room):
        if one.dialled and _digits(one.dialled) == _digits(settings.PHONE_NUMBER):
            call = calls.ring(room=room, channel=Call.Channel.PHONE, phone=one.phone)
            log.warning("call %s had not been noticed", call.pk)
            return True
    return False


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
