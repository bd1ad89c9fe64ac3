"""What a supervisor does to a call that is spoken: listen in, take over, hand back, hang up."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from supervision import call_control, calls, live
from supervision.call_control import Unreachable
from supervision.call_pages import answer, refusal
from supervision.models import Call

NOT_GREETED = "Nobody may listen yet: the caller has not heard that somebody may."
OFF_THE_RECORD = "The caller does not want to be listened to."
NOT_ALLOWED = "Listening in is switched off. An owner can allow it with ALLOW_LISTENING."
NOT_YOURS = "You may not do this in a call, or no longer."
TAKEN, OVER = "Somebody else has taken this call over.", "This call is over."


def controls(permission: str) -> Callable:
    """A POST about an open spoken call by somebody with this permission; what LiveKit cannot do is a sentence."""

    def guard(view: Callable) -> Callable:
        @wraps(view)
        def guarded(request: HttpRequest, call_id: UUID) -> HttpResponse:
            if not request.user.has_perms((permission, "supervision.view_call")):
                return refusal(NOT_YOURS, 403)
            call = get_object_or_404(Call.objects.spoken().select_related("taken_over_by"), pk=call_id)
            if not call.is_open:
                return refusal(OVER, 409)
            try:
                return view(request, call)
            except Unreachable as error:
                return refusal(str(error), 503)

        return require_POST(guarded)

    return guard


@controls("supervision.listen")
def listen(request: HttpRequest, call: Call) -> HttpResponse:
    """A place in the room for an ear that nobody sees, written down before it is given."""
    if not settings.ALLOW_LISTENING:
        return refusal(NOT_ALLOWED, 403)
    if call.off_the_record:
        return refusal(OFF_THE_RECORD, 409)
    if call.greeted_at is None:
        return refusal(NOT_GREETED, 409)
    with transaction.atomic():
        note(call, request.user, "Listened in.")
        live.emit(live.DESK, "call_listened", call=str(call.pk), by=str(request.user.pk), practice=call.is_practice)
    return answer({"url": settings.LIVEKIT_PUBLIC_URL, "token": call_control.listener_token(call, request.user)})


@controls("supervision.take_over")
def take_over(request: HttpRequest, call: Call) -> HttpResponse:
    """The row first, which silences her; then the voice. Who has the call already comes back into it."""
    with transaction.atomic():
        is_new = calls.take_over(call, by=request.user)
        if is_new:
            note(call, request.user, "Took the call over.")
    if not is_new and call.taken_over_by != request.user:
        return refusal(TAKEN, 409)
    try:
        way = _voice(request, call)
    except Unreachable:
        if is_new:
            calls.hand_back(call, reason="the supervisor could not be let in")
        raise
    _nudge(call)
    return answer(way)


@controls("supervision.take_over")
def hand_back(request: HttpRequest, call: Call) -> HttpResponse:
    if call.taken_over_by == request.user:
        with transaction.atomic():
            if calls.hand_back(call, by=request.user):
                note(call, request.user, "Handed the call back.")
        _nudge(call)
    return HttpResponse(status=204)


@controls("supervision.take_over")
def hang_up(request: HttpRequest, call: Call) -> HttpResponse:
    """The row first: she sees it by herself, also where LiveKit does not answer us."""
    if calls.close_call(call, because=Call.EndedBecause.DESK):
        note(call, request.user, "Ended the call.")
    try:
        call_control.hang_up(call.room)
    except Unreachable as error:
        messages.warning(request, str(error))
    return redirect("admin:supervision_call_change", call.pk)


def _voice(request: HttpRequest, call: Call) -> dict[str, str]:
    """Nothing more for a page that listens already; else a way in."""
    if request.POST.get("listening"):
        call_control.allow_speaking(call, request.user)
        return {}
    return {"url": settings.LIVEKIT_PUBLIC_URL, "token": call_control.speaker_token(call, request.user)}


def _nudge(call: Call) -> None:
    """She looks at the row each second by herself."""
    with suppress(Unreachable):
        call_control.nudge(call)


def note(call: Call, by: AbstractBaseUser, what: str) -> None:
    """In the history that is never pruned."""
    LogEntry.objects.log_actions(by.pk, [call], CHANGE, change_message=what, single_object=True)
