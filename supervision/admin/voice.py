"""The practice call by voice: a supervisor plays a caller, speaking, in a room on LiveKit."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from supervision import call_control, calls
from supervision.admin import practice
from supervision.admin.calls import script
from supervision.call_pages import MISSING, leave, refusal, way_in
from supervision.forms import PracticeForm
from supervision.models import Call


@require_POST
def ring(request: HttpRequest) -> HttpResponse:
    """The microphone is there: a call that rings, and the caller's way into its room."""
    practice.check(request)
    form = PracticeForm(request.POST)
    if not form.is_valid():
        return refusal(form.errors["phone"][0], 422)
    if not call_control.is_configured():
        return refusal(MISSING, 503)
    phone = form.cleaned_data["phone"]
    channel = Call.Channel.BROWSER
    call = calls.ring(room=call_control.new_room(), channel=channel, phone=phone, practised_by=request.user)
    return way_in(
        call,
        page=reverse("admin:supervision_practice_voice", args=[call.pk]),
        leave=reverse("admin:supervision_practice_leave", args=[call.pk]),
        socket=f"/ws/call/{call.pk}",
    )


def talk(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """The page of a call while it lasts, as it fetches itself; and what remains of it after a reload."""
    practice.check(request)
    call = _own(request, call_id)
    phone = call.phone_to_text or (call.caller.phone if call.caller else "")
    context = {"call": call, "phone": phone, "form": PracticeForm(initial={"phone": phone})}
    context |= {"script": script(call.utterances.all()), "texts": practice.texts(phone) if phone else []}
    context["findings"] = practice.last_findings(call) if request.salon else None
    return practice.page(request, "supervision/practice_start.html", context)


@require_POST
def gone(request: HttpRequest, call_id: UUID) -> HttpResponse:
    practice.check(request)
    leave(_own(request, call_id))
    return HttpResponse(status=204)


def _own(request: HttpRequest, call_id: UUID) -> Call:
    spoken = Call.objects.spoken().filter(practised_by=request.user).select_related("caller")
    return get_object_or_404(spoken, pk=call_id)
