"""What a supervisor does about an answer whose text has not arrived."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from supervision import another_number, outbox, undelivered
from supervision.admin import answer_page
from supervision.forms import AnswerForm, ElsewhereForm
from supervision.models import HelpRequest, Message

LATE = "this has changed meanwhile; look again."


@require_POST
def told_by_phone(request: HttpRequest, pk: UUID) -> HttpResponse:
    help_request = _get(request, pk)
    done = undelivered.told_by_phone(help_request, by=request.user)
    return _back(request, help_request, done, "is marked as told by phone.")


@require_POST
def send_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Nobody could say whether it had left: rather twice than never."""
    return _decide(request, pk, outbox.send_again, "the text is sent again.")


@require_POST
def was_sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _decide(request, pk, outbox.count_as_sent, "the text counts as sent.")


@require_POST
def elsewhere(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same text to another number, with who gave it."""
    help_request = _get(request, pk)
    form, failed = ElsewhereForm(request.POST), undelivered.of(help_request)
    if failed is None or str(failed.pk) != request.POST.get("message"):
        return _back(request, help_request, False, "")
    if form.is_valid():
        try:
            done = another_number.send_to(failed, **form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error("phone", error)
        else:
            return _back(request, help_request, done, "the text goes to the other number.")
    return answer_page.show(request, help_request, AnswerForm(), elsewhere=form, status=422)


def _decide(request: HttpRequest, pk: UUID, verb: Callable[[Message], bool], words: str) -> HttpResponse:
    help_request = _get(request, pk)
    message = undelivered.of(help_request)
    return _back(request, help_request, message is not None and verb(message), words)


def _get(request: HttpRequest, pk: UUID) -> HelpRequest:
    if not request.user.has_perm("supervision.change_helprequest"):
        raise PermissionDenied("You may not answer help requests.")
    return get_object_or_404(HelpRequest, pk=pk)


def _back(request: HttpRequest, help_request: HelpRequest, done: bool, words: str) -> HttpResponse:
    say = messages.success if done else messages.warning
    say(request, f"{help_request.reference}: {words if done else LATE}".replace(": is", " is"))
    return redirect("admin:supervision_helprequest_answer", pk=help_request.pk)
