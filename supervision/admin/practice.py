"""The practice call: a supervisor plays a caller, typing; the words themselves travel over the page's socket."""

from uuid import UUID

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from knowledge.search import Findings, find_answers
from supervision import call_control, calls, health
from supervision.admin.calls import script
from supervision.forms import PracticeForm
from supervision.models import Call, Message, Utterance

TEXTS = 20
NO_TEXT = (Message.State.HELD, Message.State.SPEAKING, Message.State.TOLD, Message.State.CANCELLED)


def start(request: HttpRequest) -> HttpResponse:
    """GET: on with the call that is open, else a page to begin one. POST: a new call."""
    check(request)
    if request.method == "POST":
        form = PracticeForm(request.POST)
        if form.is_valid():
            phone = form.cleaned_data["phone"]
            call = calls.open_call(channel=Call.Channel.PRACTICE, phone=phone, practised_by=request.user)
            return redirect("admin:supervision_practice_call", call_id=call.pk)
        return page(request, "supervision/practice_start.html", {"form": form}, status=422)
    open_call = _own(request).open().first()
    if open_call and "new" not in request.GET:
        return redirect("admin:supervision_practice_call", call_id=open_call.pk)
    return page(request, "supervision/practice_start.html", {"form": PracticeForm()})


def talk(request: HttpRequest, call_id: UUID) -> HttpResponse:
    check(request)
    call = get_object_or_404(_own(request).select_related("caller"), pk=call_id)
    phone = call.phone_to_text or (call.caller.phone if call.caller else "")
    context = {
        "call": call,
        "phone": phone,
        "form": PracticeForm(initial={"phone": phone}),
        "script": script(call.utterances.all()),
        "findings": last_findings(call) if request.salon else None,
        "texts": texts(phone) if phone else [],
    }
    return page(request, "supervision/practice.html", context)


def check(request: HttpRequest) -> None:
    if not request.user.has_perm("supervision.practise"):
        raise PermissionDenied("You may not make practice calls.")


def _own(request: HttpRequest):
    return Call.objects.filter(channel=Call.Channel.PRACTICE, practised_by=request.user)


def page(request: HttpRequest, template: str, context: dict, status: int = 200) -> HttpResponse:
    here = {"can_speak": call_control.is_configured(), "agent_is_down": not health.somebody_answers()}
    context = {**site.each_context(request), "title": "Practice call", **here, **context}
    return TemplateResponse(request, template, context, status=status)


def texts(phone: str) -> list[Message]:
    """What this caller's telephone shows, or soon will: the practice texts to it, oldest first."""
    sent = Message.objects.filter(recipient=phone, help_request__practice=True).exclude(state__in=NO_TEXT)
    return list(reversed(sent.order_by("-id")[:TEXTS]))


def last_findings(call: Call) -> Findings | None:
    """What she found for the newest thing that was long enough to be a question."""
    said = call.utterances.filter(speaker=Utterance.Speaker.CALLER).order_by("-id").values_list("text", flat=True)
    question = next((text for text in said[:5] if len(text.split()) > 2), None)
    return find_answers(question) if question else None
