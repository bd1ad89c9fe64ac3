"""What LiveKit tells of its rooms: faster than asking, never relied on, as what it tells may be lost."""

import re

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from supervision import call_control, calls, jobs, live
from supervision.models import Call, WebhookEvent

FORGED, REPLAYED, TAKEN = 401, 409, 204
Because = Call.EndedBecause


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """401 for what LiveKit has not signed, 409 for what was told before; a 500 is told again. Bodies are never kept."""
    event = _read(request)
    if event is None:
        return HttpResponse(status=FORGED)
    with transaction.atomic():  # one with what it moves: a notice that failed is told again, and then is new
        if not _is_new(event.id):
            return HttpResponse(status=REPLAYED)
        _act(event)
    return HttpResponse(status=TAKEN)


def _is_new(name: str) -> bool:
    try:
        with transaction.atomic():
            WebhookEvent.objects.create(id=name[:64])
    except IntegrityError:
        return False
    return True


def _read(request: HttpRequest):
    """The event, or None: changed, unsigned, expired, somebody's room token, or without an id."""
    from livekit import api

    if not settings.LIVEKIT_API_SECRET:
        return None
    verifier = api.TokenVerifier(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    try:
        body = request.body.decode("utf-8")
        event = api.WebhookReceiver(verifier).receive(body, request.headers.get("Authorization", ""))
    except Exception:  # whatever a stranger sends, and whatever the library makes of it
        return None
    return event if event.id else None


def _act(event) -> None:
    if not event.room.name.startswith(call_control.OURS):
        return
    if event.event == "participant_joined":
        _joined(event)
    elif event.event in ("participant_left", "participant_connection_aborted"):
        _left(event)
    elif event.event == "room_finished":
        _finished(event.room.name)


def _joined(event) -> None:
    """A caller on the telephone rings, also where no agent is there to see it; whoever else comes is looked at."""
    from livekit import api

    caller = event.participant
    if caller.identity.startswith(call_control.DESK):
        jobs.run_soon(jobs.PUT_OUT)
    if caller.kind == api.ParticipantInfo.Kind.SIP and _is_for_us(caller.attributes.get("sip.trunkPhoneNumber", "")):
        phone = caller.attributes.get("sip.phoneNumber", "")
        calls.ring(room=event.room.name, channel=Call.Channel.PHONE, phone=phone)


def _is_for_us(dialled: str) -> bool:
    """Another salon's, or a laptop's, calls may come through the same LiveKit project: they are not ours to rescue."""
    theirs, ours = (re.sub(r"\D", "", number) for number in (dialled, settings.PHONE_NUMBER))
    return not (theirs and ours) or theirs == ours


def _left(event) -> None:
    """Whoever follows the call looks again; the call itself is the agent's, or the sweep's."""
    call = Call.objects.open().filter(room=event.room.name).first()
    if call:
        live.emit(f"call:{call.pk}", "left", call=str(call.pk))


def _finished(room: str) -> None:
    """Without its room a call that no agent holds is over; a living agent says itself how it ended."""
    call = Call.objects.open().unheld(timezone.now()).filter(room=room).first()
    if call is None:
        return
    if call.state == Call.State.RINGING:
        calls.close_call(call, state=Call.State.MISSED, because=Because.UNANSWERED)
    else:
        calls.close_call(call, state=Call.State.LOST, because=Because.LINE)
