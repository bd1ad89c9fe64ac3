"""What the answer page shows around the box: the talk, what she nearly knew, who else asks, what will happen."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.conf import settings
from django.contrib.admin import site
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from knowledge.models import LearnedAnswer
from knowledge.search import find_answers
from supervision import colleagues, drafts, grouping, lifecycle, promises, segments, texts, undelivered
from supervision.admin.calls import script
from supervision.forms import AnswerForm, ElsewhereForm, LeaveForm
from supervision.models import Caller, HelpRequest, Message, Promotion, Utterance

NEAREST = 3
BEFORE, AFTER = 12, 40  # lines of the conversation around the question
OTHERS = 8


def show(
    request: HttpRequest,
    help_request: HelpRequest,
    form: AnswerForm,
    *,
    lost: bool = False,
    correcting: bool = False,
    elsewhere: ElsewhereForm | None = None,
    conflicts: Sequence[LearnedAnswer] = (),
    status: int = 200,
) -> HttpResponse:
    """The page with this form; `lost`: a colleague was faster; `conflicts`: what she says to the same now."""
    may_change = request.user.has_perm("supervision.change_helprequest")
    reach = _to_be_texted(help_request)
    goes_to = "" if reach and reach.opted_out_at else help_request.customer_phone
    findings = find_answers(help_request.question) if getattr(request, "salon", None) else None
    context = {
        **site.each_context(request),
        "title": f"{help_request.reference} · {help_request.question[:60]}",
        "help_request": help_request,
        "call": help_request.call,
        "form": form,
        "leave_form": LeaveForm(),
        "lost": lost,
        "conflicts": conflicts,
        "may_answer": may_change and (help_request.is_answerable or (correcting and not lost)),
        "may_correct": may_change and not help_request.is_answerable,
        "correcting": correcting and not help_request.is_answerable,
        "findings": findings,
        "undo_seconds": round(settings.UNDO_WINDOW.total_seconds()),
        "nearest": findings.candidates[:NEAREST] if findings else [],
        "composed": drafts.compose(findings.candidates[:NEAREST]) if findings else "",
        "script": conversation(help_request),
        "text_tables": text_tables(help_request) if may_change and findings and goes_to else "",
        "beside": beside(help_request, form) if may_change and help_request.is_answerable else [],
        "others": list(others(help_request)),
        "reach": reach,
        "goes_to": goes_to,
        "caller_replies": list(help_request.replies.order_by("received_at")),
        "answer_message": help_request.messages.filter(purpose__in=Message.ANSWERS).order_by("-id").first(),
        "promotions": Promotion.objects.running(timezone.now()),
        "colleagues": cache(lambda: colleagues.of(request.user)),
        "previous": _neighbour(help_request, -1),
        "next": _neighbour(help_request, +1),
    }
    context["listens"] = help_request.call.is_listening(context["now"])
    context["failed"] = failed = undelivered.of(help_request)
    context["advice"] = undelivered.advice(failed) if failed else ""
    context["may_go_elsewhere"] = may_change and failed and undelivered.may_go_elsewhere(failed)
    context["elsewhere"] = elsewhere
    context["quiet_until"] = _quiet_until(help_request, context["now"])
    return TemplateResponse(request, "supervision/answer.html", context, status=status)


def _quiet_until(help_request: HelpRequest, now: datetime) -> datetime | None:
    """When a text written now may leave, if the caller's night delays it."""
    soonest = now + settings.UNDO_WINDOW
    leaves = promises.text_at(help_request, soonest)
    return leaves if leaves > soonest else None


def _to_be_texted(help_request: HelpRequest) -> Caller | None:
    """Whose telephone the answer goes to, or would."""
    owner = Caller.objects.filter(phone=help_request.customer_phone).first() if help_request.customer_phone else None
    return owner or help_request.caller


def beside(help_request: HelpRequest, form: AnswerForm) -> list[HelpRequest]:
    """Who else asks this; ticked by default where only filling words differ and nobody else is at it."""
    rows = grouping.beside(help_request)
    for row in rows:
        chosen = str(row.pk) in form.data.getlist("also") if form.is_bound else row.is_same
        row.ticked = chosen and (form.is_bound or not row.is_claimed(timezone.now()))
    return rows


def text_tables(help_request: HelpRequest) -> str:
    """What the page needs to write and count the caller's text itself, as JSON."""
    return json.dumps(
        {
            "frame": texts.frame(lifecycle.answer_purpose(help_request)),
            "marks": [texts.QUESTION, texts.ANSWER],
            "question": texts.quoted(help_request.question),
            "longest": texts.QUOTE_LENGTH,
            "least": texts.QUOTE_LEAST,
            "most": settings.MESSAGE_SEGMENTS,
            "named": texts.NAMED,
            "basic": segments.BASIC,
            "extension": segments.EXTENSION,
            "twins": segments.TWINS,
            "room": segments.ROOM,
        }
    )


def conversation(help_request: HelpRequest) -> list[Utterance]:
    """What was said around the question, in order."""
    said = help_request.call.utterances.all()
    if not help_request.utterance_id:
        return script(said)[-AFTER:]
    before = script(said.filter(id__lt=help_request.utterance_id))[-BEFORE:]
    return before + script(said.filter(id__gte=help_request.utterance_id))[:AFTER]


def others(help_request: HelpRequest) -> QuerySet[HelpRequest]:
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
