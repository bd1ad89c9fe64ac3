"""Another number for an answer whose text did not arrive: said to a supervisor, who types it and notes by whom."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from supervision import messages, numbers, promises, recipients, screening, undelivered
from supervision.asking import tell
from supervision.models import Consent, HelpRequest, Message
from supervision.templatetags.desk import person

LONGEST = 200  # characters of who gave it
TRIED = "The text has been sent to that number before. Type another one."
WANTS_NONE = "They have said that they want no texts. Ring instead."


def send_to(message: Message, phone: str, *, said: str, by: AbstractBaseUser, at: datetime | None = None) -> bool:
    """The same text once more, to this number; `said` is who gave it and how, which is kept as the consent.

    The text that did not arrive stays as it is; the promise that only it had broken is open again, if its time has not
    come yet. False where that text is not, or no longer, what the caller lacks. Raises ValidationError with words for
    people where the number cannot be texted.
    """
    at = at or timezone.now()
    phone, said = numbers.e164(phone), screening.said(said)
    with transaction.atomic():
        help_request = HelpRequest.objects.select_for_update(of=("self",)).get(pk=message.help_request_id)
        failed = undelivered.of(help_request)
        if failed is None or failed.pk != message.pk or not undelivered.may_go_elsewhere(failed):
            return False
        _check(help_request, phone)
        recipients.note_number(phone, help_request.call, words=f"{person(by)} noted: “{said[:LONGEST]}”", at=at)
        HelpRequest.objects.filter(pk=help_request.pk).update(customer_phone=phone)
        promises.go_on(help_request, at=at)
        _queue_again(failed, help_request, phone, at=at)
        tell(help_request, "another_number", by=by)
    return True


def forget(help_request: HelpRequest, taken_back: list[Message], *, at: datetime) -> None:
    """Its text was undone before it left: what follows goes to the number of before, for it may have been a slip."""
    for message in taken_back:
        tried = _answers(help_request, message.round).filter(state__in=undelivered.CAME_TO_NOTHING)
        before = tried.exclude(recipient=message.recipient).order_by("-id").first()
        if message.purpose in Message.ANSWERS and before and message.recipient == help_request.customer_phone:
            HelpRequest.objects.filter(pk=help_request.pk).update(customer_phone=before.recipient)
            help_request.customer_phone = before.recipient
            given = Consent.objects.filter(call=help_request.call_id, caller__phone=message.recipient)
            given.filter(withdrawn_at=None).update(withdrawn_at=at)


def _check(help_request: HelpRequest, phone: str) -> None:
    if _answers(help_request, help_request.round).filter(recipient=phone).exists():
        raise ValidationError(TRIED, code="tried")
    if help_request.caller and help_request.caller.opted_out_at:
        raise ValidationError(WANTS_NONE, code="opted_out")


def _queue_again(failed: Message, help_request: HelpRequest, phone: str, *, at: datetime) -> None:
    messages.queue(
        help_request=help_request,
        purpose=failed.purpose,
        text=failed.text,
        recipient=phone,
        tells=failed.tells,
        release_at=promises.text_at(help_request, at),
        at=at,
    )


def _answers(help_request: HelpRequest, round: int):
    return help_request.messages.filter(round=round, purpose__in=Message.ANSWERS)
