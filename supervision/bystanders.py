"""Supervisors in callers' rooms: who may not be there any longer is put out, whatever his page says or does."""

from django.conf import settings
from django.contrib.auth import get_user_model

from supervision import call_control, handing_back
from supervision.call_control import DESK, Participant, Unreachable
from supervision.models import Call


def put_out(*, also: int | None = None) -> int:
    """Look into the rooms of all calls; returns how many had to leave. Queued whenever a right may have ended.

    `also` is a supervisor whose session has ended.
    """
    if not call_control.is_configured():
        return 0
    rooms = Call.objects.open().spoken().exclude(room=None).values_list("room", flat=True)
    return sum(_put_out_of(room, also) for room in list(rooms))


def _put_out_of(room: str, also: int | None) -> int:
    """First who is there, then what the row says: it is written before anybody may speak."""
    prefix = call_control.supervisor_prefix(also or "")
    try:
        there = list(filter(is_supervisor, call_control.participants(room)))
        call = Call.objects.select_related("taken_over_by").get(room=room)
        gone = [one for one in there if one.identity.startswith(prefix) or not _may_stay(one, call)]
        for one in gone:
            call_control.remove(room, one.identity)
    except Unreachable:  # looked at again in a minute
        return 0
    if any(one.may_speak and _has(call, one) for one in gone):
        handing_back.give_back(call, reason="the supervisor may not speak in this call any longer")
    return len(gone)


def is_supervisor(one: Participant) -> bool:
    return one.identity.startswith(f"{DESK}-")


def _has(call: Call, one: Participant) -> bool:
    holder = call.taken_over_by_id
    return holder is not None and one.identity.startswith(call_control.supervisor_prefix(holder))


def _may_stay(one: Participant, call: Call) -> bool:
    pk = one.identity.split("-")[1]
    user = get_user_model().objects.filter(pk=pk, is_active=True, is_staff=True).first() if pk.isdecimal() else None
    if user is None or not user.has_perm("supervision.view_call"):
        return False
    if one.may_speak:
        return call.taken_over_by == user and user.has_perm("supervision.take_over")
    may_listen = settings.ALLOW_LISTENING and user.has_perm("supervision.listen")
    return bool(may_listen and call.greeted_at and not call.off_the_record)
