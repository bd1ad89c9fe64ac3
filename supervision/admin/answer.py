"""The answer page: the question, the talk around it, what she nearly knew, and what a supervisor writes."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from knowledge.search import find_answers
from supervision import lifecycle, promises
from supervision.admin.calls import script
from supervision.forms import AnswerForm, LeaveForm
from supervision.models import HelpRequest, Message
from supervision.templatetags.desk import person

NEAREST = 3
BEFORE, AFTER = 12, 40  # lines of the conversation around the question
OTHERS = 8


def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: the page. POST: the answer is sent, or told by phone."""
    help_request = _get(request, pk)
    if request.method == "POST":
        return _send(request, help_request)
    # what was undone or is asked again comes with the text that it had
    draft = {"answer": help_request.supervisor_response, "learned_question": help_request.question}
    return _page(request, help_request, AnswerForm(initial=draft))


def _get(request: HttpRequest, pk: UUID) -> HelpRequest:
    """Raises PermissionDenied for who may not see it (may not change it, where something is sent), Http404."""
    needed = "view" if request.method in ("GET", "HEAD") else "change"
    if not request.user.has_perm(f"supervision.{needed}_helprequest"):
        raise PermissionDenied(f"You may not {'see' if needed == 'view' else 'answer'} help requests.")
    rows = HelpRequest.objects.select_related("call__caller", "caller", "claimed_by", "responded_by", "learned_answer")
    return get_object_or_404(rows, pk=pk)


def _send(request: HttpRequest, help_request: HelpRequest) -> HttpResponse:
    form = AnswerForm(request.POST)
    because = HelpRequest.ClosedBecause
    told = "told" in request.POST
    if not form.is_valid():
        return _page(request, help_request, form, status=422)
    try:
        resolved = lifecycle.resolve(
            help_request,
            answer=form.cleaned_data["answer"],
            by=request.user,
            teach=form.teaches,
            learned_question=form.cleaned_data["learned_question"],
            valid_until=form.valid_until,
            because=because.TOLD_BY_PHONE if told else because.ANSWERED,
        )
    except lifecycle.AlreadyClosed:
        return _page(request, _get(request, help_request.pk), form, lost=True, status=409)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, help_request, form, status=422)
    return _to_desk(request, resolved)


def _to_desk(request: HttpRequest, help_request: HelpRequest) -> HttpResponse:
    """Back to the desk, where a toast tells what becomes of the answer."""
    if help_request.closed_because == HelpRequest.ClosedBecause.TOLD_BY_PHONE:
        messages.success(request, f"{help_request.reference} is marked as told by phone.")
        return redirect("admin:index")
    answer = help_request.messages.filter(purpose__in=Message.ANSWERS).order_by("-id").first()
    return HttpResponseRedirect(reverse("admin:index") + (f"?sent={answer.pk}" if answer else ""))


def _page(
    request: HttpRequest, help_request: HelpRequest, form: AnswerForm, *, lost: bool = False, status: int = 200
) -> HttpResponse:
    from django.contrib.admin import site

    findings = find_answers(help_request.question) if getattr(request, "salon", None) else None
    context = {
        **site.each_context(request),
        "title": f"{help_request.reference} · {help_request.question[:60]}",
        "help_request": help_request,
        "call": help_request.call,
        "form": form,
        "leave_form": LeaveForm(),
        "lost": lost,
        "may_answer": help_request.is_answerable and request.user.has_perm("supervision.change_helprequest"),
        "findings": findings,
        "undo_seconds": round(settings.UNDO_WINDOW.total_seconds()),
        "nearest": findings.candidates[:NEAREST] if findings else [],
        "script": conversation(help_request),
        "others": list(others(help_request)),
        "answer_message": help_request.messages.filter(purpose__in=Message.ANSWERS).order_by("-id").first(),
        "previous": _neighbour(help_request, -1),
        "next": _neighbour(help_request, +1),
    }
    context["listens"] = help_request.call.is_listening(context["now"])
    context["quiet_until"] = _quiet_until(help_request, context["now"])
    return TemplateResponse(request, "supervision/answer.html", context, status=status)


def _quiet_until(help_request: HelpRequest, now: datetime) -> datetime | None:
    """When a text written now may leave, if the caller's night delays it."""
    soonest = now + settings.UNDO_WINDOW
    leaves = promises.text_at(help_request, soonest)
    return leaves if leaves > soonest else None


def conversation(help_request: HelpRequest) -> list:
    """What was said around the question, in order."""
    said = help_request.call.utterances.all()
    if not help_request.utterance_id:
        return script(said)[-AFTER:]
    before = script(said.filter(id__lt=help_request.utterance_id))[-BEFORE:]
    return before + script(said.filter(id__gte=help_request.utterance_id))[:AFTER]


def others(help_request: HelpRequest):
    """The caller's other questions, newest first."""
    same = Q(call=help_request.call)
    if help_request.caller_id:
        same |= Q(caller=help_request.caller_id)
    return HelpRequest.objects.filter(same).exclude(pk=help_request.pk).select_related("responded_by")[:OTHERS]


def _neighbour(help_request: HelpRequest, step: int) -> HelpRequest | None:
    """The pending request before (-1) or after (+1) it, by promise."""
    pending = HelpRequest.objects.pending().exclude(pk=help_request.pk)
    if step > 0:
        return pending.filter(promised_by__gte=help_request.promised_by).by_promise().first()
    return pending.filter(promised_by__lt=help_request.promised_by).by_promise().last()


@require_POST
def claim(request: HttpRequest, pk: UUID) -> HttpResponse:
    help_request = _get(request, pk)
    with suppress(lifecycle.AlreadyClosed):  # the page it leads to says so
        lifecycle.claim(help_request, by=request.user)
    return redirect("admin:supervision_helprequest_answer", pk=pk)


@require_POST
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    lifecycle.release(_get(request, pk), by=request.user)
    return redirect("admin:supervision_helprequest_answer", pk=pk)


@require_POST
def leave(request: HttpRequest, pk: UUID) -> HttpResponse:
    help_request = _get(request, pk)
    form = LeaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose why it stays without an answer.")
        return redirect("admin:supervision_helprequest_answer", pk=pk)
    try:
        lifecycle.leave_unresolved(help_request, because=form.cleaned_data["because"], by=request.user)
    except lifecycle.AlreadyClosed as closed:
        by = closed.help_request.responded_by
        messages.warning(request, f"{help_request.reference} was closed{f' by {person(by)}' if by else ''} before.")
    else:
        messages.success(request, f"{help_request.reference} is left unresolved.")
    return redirect("admin:index")


@require_POST
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    help_request = _get(request, pk)
    try:
        lifecycle.undo(help_request, by=request.user)
    except (lifecycle.TooLate, lifecycle.AlreadyClosed):
        messages.warning(request, f"{help_request.reference}: too late, the answer has already left.")
        return redirect("admin:index")
    except ValidationError as error:
        messages.warning(request, f"{help_request.reference}: {' '.join(error.messages)}")
        return redirect("admin:index")
    messages.success(request, f"{help_request.reference}: undone, nothing was sent. Your text is below.")
    return redirect("admin:supervision_helprequest_answer", pk=pk)
