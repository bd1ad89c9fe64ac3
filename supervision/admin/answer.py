"""What a supervisor decides about a help request: answer, claim, leave, undo."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from knowledge import learning
from knowledge.models import LearnedAnswer
from supervision import colleagues, grouping, lifecycle, promotions, texts
from supervision.admin import answer_page
from supervision.chair import SNOOZE
from supervision.forms import AnswerForm, LeaveForm
from supervision.models import HelpRequest, Message, Promotion
from supervision.templatetags.desk import person, plainly


def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: the page; with `?correct` the box again after it was answered. POST: what was written is sent."""
    help_request = _get(request, pk)
    if request.method == "POST":
        return _send(request, help_request)
    # what was undone, is asked again or is to be corrected comes with the text that it had
    draft = {"answer": help_request.supervisor_response, "learned_question": help_request.question}
    return answer_page.show(request, help_request, AnswerForm(initial=draft), correcting="correct" in request.GET)


def _get(request: HttpRequest, pk: UUID) -> HelpRequest:
    """Raises PermissionDenied for who may not see it (may not change it, where something is sent), Http404."""
    needed = "view" if request.method in ("GET", "HEAD") else "change"
    if not request.user.has_perm(f"supervision.{needed}_helprequest"):
        raise PermissionDenied(f"You may not {'see' if needed == 'view' else 'answer'} help requests.")
    persons = ("caller", "claimed_by", "handed_by", "responded_by")
    return get_object_or_404(HelpRequest.objects.select_related("call__caller", *persons, "learned_answer"), pk=pk)


def _send(request: HttpRequest, help_request: HelpRequest) -> HttpResponse:
    form = AnswerForm(request.POST)
    correcting = request.POST.get("correct")
    if not form.is_valid():
        return answer_page.show(request, help_request, form, correcting=correcting, status=422)
    if correcting and correcting != str(help_request.round):  # another tab, or a colleague, has corrected it since
        return _too_late(request, help_request, form)
    if not correcting and _was_asked_again(request, help_request):
        form.add_error(None, _("It was answered and asked again since you wrote this. Read it once more, then send."))
        return answer_page.show(request, help_request, form, status=409)
    conflicts = _conflicts(help_request, form) if help_request.is_answerable or correcting else []
    if conflicts and not _is_decided(request, form, conflicts):
        return answer_page.show(request, help_request, form, correcting=correcting, conflicts=conflicts, status=422)
    try:
        with transaction.atomic():
            promotion = _promotion(request, form)
            resolved = _resolve(request, help_request, form, promotion, correcting=bool(correcting))
            _replace(request, resolved, conflicts)
    except lifecycle.AlreadyClosed:
        return _too_late(request, _get(request, help_request.pk), form)
    except ValidationError as error:
        form.add_error("answer" if error.code in texts.ABOUT_THE_ANSWER else None, error)
        return answer_page.show(request, help_request, form, correcting=correcting, status=422)
    return _to_desk(request, resolved)


def _was_asked_again(request: HttpRequest, help_request: HelpRequest) -> bool:
    """It waits for another answer than the one that this page, or this device, was to send."""
    written_for = request.POST.get("round", str(help_request.round))
    return help_request.is_answerable and written_for != str(help_request.round)


def _conflicts(help_request: HelpRequest, form: AnswerForm) -> list[LearnedAnswer]:
    """What she says to the same now in other words, where everyone is to hear this."""
    if not form.teaches:
        return []
    question = form.cleaned_data["learned_question"] or help_request.question
    own, answer = help_request.learned_answer, form.cleaned_data["answer"]
    return learning.conflicting(question, answer, phrasings=[help_request.question], besides=own)


def _is_decided(request: HttpRequest, form: AnswerForm, conflicts: list[LearnedAnswer]) -> bool:
    """Both are kept only under different questions: else the new one replaces the other."""
    decision = request.POST.get("conflict")
    if decision != "both":
        return decision == "replace"
    taken = LearnedAnswer.objects.filter(pk__in=[one.pk for one in conflicts])
    if form.cleaned_data["learned_question"] and not taken.asking(form.cleaned_data["learned_question"]).exists():
        return True
    form.add_error(None, "Say under “She learns it as” for whom or when your answer holds, so that she can ask.")
    return False


def _replace(request: HttpRequest, resolved: HelpRequest, conflicts: list[LearnedAnswer]) -> None:
    if request.POST.get("conflict") == "replace" and resolved.learned_answer:
        for one in conflicts:
            learning.give_way(one, to=resolved.learned_answer, by=request.user, reason="replaced")


def _promotion(request: HttpRequest, form: AnswerForm) -> Promotion | None:
    """While which it holds."""
    if not (form.teaches and form.cleaned_data["promotion"]):
        return None
    return promotions.named(form.cleaned_data["promotion"], ends_at=form.valid_until, by=request.user)


def _resolve(
    request: HttpRequest,
    help_request: HelpRequest,
    form: AnswerForm,
    promotion: Promotion | None,
    *,
    correcting: bool,
) -> HelpRequest:
    """Answered, with those ticked beside it; what she learns ends with the promotion, if it has one."""
    decision = _decision(request, form)
    if promotion:
        decision["valid_until"] = promotion.ends_at
    resolved = _answered(request, help_request, form, decision, correcting=correcting)
    if promotion and resolved.learned_answer:
        promotions.hold(promotion, resolved.learned_answer)
    return resolved


def _answered(
    request: HttpRequest, help_request: HelpRequest, form: AnswerForm, decision: dict, *, correcting: bool
) -> HelpRequest:
    """With what everyone may hear, those ticked beside it are answered too."""
    if correcting:
        return lifecycle.correct(help_request, by=request.user, **decision)
    if not form.teaches or decision["because"] != HelpRequest.ClosedBecause.ANSWERED:
        return lifecycle.resolve(help_request, by=request.user, **decision)
    answered = grouping.answer(help_request, also=form.cleaned_data["also"], by=request.user, **decision)
    for one, reason in answered.left_out:
        messages.warning(request, f"{one.reference} was left out: {reason or _closed(one)}")
    return answered.first


def _closed(help_request: HelpRequest) -> str:
    by = help_request.responded_by
    return f"it was closed{f' by {person(by)}' if by else ''} meanwhile."


def _too_late(request: HttpRequest, help_request: HelpRequest, form: AnswerForm) -> HttpResponse:
    """Somebody was faster; the text is kept. Pressed twice, it has been sent once and all is well."""
    if help_request.responded_by == request.user and help_request.supervisor_response == form.cleaned_data["answer"]:
        return _to_desk(request, help_request)
    if help_request.is_answerable:
        form.add_error(
            None, _("A colleague has opened it again meanwhile: nothing was corrected, send your answer now.")
        )
    return answer_page.show(request, help_request, form, lost=not help_request.is_answerable, status=409)


def _decision(request: HttpRequest, form: AnswerForm) -> dict:
    because = HelpRequest.ClosedBecause
    return {
        "answer": form.cleaned_data["answer"],
        "teach": form.teaches,
        "learned_question": form.cleaned_data["learned_question"],
        "valid_until": form.valid_until,
        "because": because.TOLD_BY_PHONE if "told" in request.POST else because.ANSWERED,
    }


def _to_desk(request: HttpRequest, help_request: HelpRequest) -> HttpResponse:
    """Back to the desk, where a toast tells what becomes of the answer."""
    if help_request.closed_because == HelpRequest.ClosedBecause.TOLD_BY_PHONE:
        messages.success(
            request, _("%(reference)s is marked as told by phone.") % {"reference": help_request.reference}
        )
        return redirect("admin:index")
    answer = help_request.messages.filter(purpose__in=Message.ANSWERS).order_by("-id").first()
    return HttpResponseRedirect(reverse("admin:index") + (f"?sent={answer.pk}" if answer else ""))


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
def hand(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A colleague is to answer it; he is told, and what he does not take comes back."""
    help_request = _get(request, pk)
    to = next((one for one in colleagues.of(request.user) if str(one.pk) == request.POST.get("to")), None)
    if to is None:
        messages.error(request, _("Choose a colleague who may answer."))
        return redirect("admin:supervision_helprequest_answer", pk=pk)
    try:
        handed = lifecycle.hand_over(help_request, by=request.user, to=to)
    except (lifecycle.AlreadyClosed, lifecycle.TooLate):  # the page it leads to says who was faster
        return redirect("admin:supervision_helprequest_answer", pk=pk)
    told = {"reference": handed.reference, "who": person(to), "until": plainly(handed.claimed_until)}
    messages.success(
        request, _("%(reference)s is handed to %(who)s. Not taken by %(until)s, it is yours again.") % told
    )
    return redirect("admin:index")


@require_POST
def later(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Nobody is reminded of it for half an hour; it keeps its place and its promise."""
    help_request = _get(request, pk)
    with suppress(lifecycle.AlreadyClosed):  # the page it leads to says so
        snoozed = lifecycle.snooze(help_request, by=request.user, length=SNOOZE)
        if request.headers.get("X-Requested-With") != "keys":  # by a key on the desk, where the row says so
            told = {"reference": snoozed.reference, "until": plainly(snoozed.snoozed_until)}
            messages.info(request, _("%(reference)s: nobody is reminded until %(until)s.") % told)
    return redirect("admin:index")


@require_POST
def leave(request: HttpRequest, pk: UUID) -> HttpResponse:
    help_request = _get(request, pk)
    form = LeaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose why it stays without an answer."))
        return redirect("admin:supervision_helprequest_answer", pk=pk)
    try:
        lifecycle.leave_unresolved(help_request, because=form.cleaned_data["because"], by=request.user)
    except lifecycle.AlreadyClosed as closed:
        by = closed.help_request.responded_by
        messages.warning(request, f"{help_request.reference} was closed{f' by {person(by)}' if by else ''} before.")
    else:
        messages.success(request, _("%(reference)s is left unresolved.") % {"reference": help_request.reference})
    return redirect("admin:index")


@require_POST
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    help_request = _get(request, pk)
    try:
        undone = grouping.undo(help_request, by=request.user)
    except (lifecycle.TooLate, lifecycle.AlreadyClosed):
        messages.warning(
            request, _("%(reference)s: too late, the answer has already left.") % {"reference": help_request.reference}
        )
        return redirect("admin:index")
    except ValidationError as error:
        messages.warning(request, f"{help_request.reference}: {' '.join(error.messages)}")
        return redirect("admin:index")
    if undone.gone:
        gone = ", ".join(one.reference for one in undone.gone)
        messages.warning(
            request,
            _("%(references)s: too late, the answer has already left. Correct it there.") % {"references": gone},
        )
    references = ", ".join(one.reference for one in undone.taken_back)
    messages.success(
        request, _("%(references)s: undone, nothing was sent. Your text is below.") % {"references": references}
    )
    return redirect("admin:supervision_helprequest_answer", pk=undone.taken_back[0].pk)
