"""What a caller adds: the question, other words for it, and a number for the answer."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from knowledge.learning import key_of
from supervision import live, messages, numbers, promises, screening
from supervision.models import Call, Caller, HelpRequest, Message, Promise, Utterance
from supervision.references import free_reference

TRIES = 20  # for a free reference, while other processes take them too


class AlreadyClosed(Exception):
    """Somebody, or the clock, was faster; `help_request` is the row as it stands, with who and when."""

    def __init__(self, help_request: HelpRequest) -> None:
        super().__init__(f"{help_request.reference} is {help_request.get_status_display()}")
        self.help_request = help_request


class TooLate(Exception):
    """What was to be changed has been heard, sent or taken up in the meantime."""


def request_help(
    question: str,
    *,
    call: Call,
    utterance: Utterance | None = None,
    note: str = "",
    priority: str = HelpRequest.Priority.NORMAL,
    at: datetime | None = None,
) -> HelpRequest:
    """The pending request for this question; the one there is, if this caller has asked the same before.

    Once it returns and the transaction is committed, what the promise says may be said to the caller. Raises
    ValidationError with words for people.
    """
    at = at or timezone.now()
    question = screening.said(question)
    with transaction.atomic():
        call = Call.objects.select_related("caller").get(pk=call.pk)
        asked = _asked_before(question, call) or _create(question, call, at, utterance, note, priority)
        if asked.call_id != call.pk:
            asked.calls.add(call)
    return asked


def change_wording(
    help_request: HelpRequest, question: str, *, note: str = "", at: datetime | None = None
) -> HelpRequest:
    """The caller went on talking: other words for a request that nobody has taken up and whose promise is unheard.

    Raises TooLate when it has been; AlreadyClosed when it is closed; ValidationError.
    """
    at = at or timezone.now()
    question = screening.said(question)
    values = {"question": question, "question_key": key_of(question), "note": screening.clean(note)[:4000]}
    with transaction.atomic():
        unheard = Exists(Promise.objects.filter(help_request=OuterRef("pk"), state=Promise.State.MADE))
        free = HelpRequest.objects.pending().unclaimed(at).filter(unheard, pk=help_request.pk)
        try:
            with transaction.atomic():
                changed = free.update(**values)
        except IntegrityError:
            raise TooLate("The caller has asked this already.") from None
        help_request = HelpRequest.objects.get(pk=help_request.pk)
        if not changed and help_request.status != HelpRequest.Status.PENDING:
            raise AlreadyClosed(help_request)
        if not changed:
            raise TooLate("The promise has been heard, or somebody is answering.")
        tell(help_request, "wording_changed")
    return help_request


def give_number(
    help_request: HelpRequest, phone: str, *, words: str, call: Call, at: datetime | None = None
) -> HelpRequest:
    """A number for the answer, with the words of the yes to a text; it serves all that this call has asked.

    Raises ValidationError with words for people when the number cannot be texted.
    """
    at = at or timezone.now()
    phone = numbers.e164(phone)
    with transaction.atomic():
        caller, _ = Caller.objects.get_or_create(phone=phone, defaults={"created_at": at})
        if caller.opted_out_at:
            raise ValidationError("This number has asked us not to send it texts.", code="opted_out")
        caller.consents.create(call=call, words=screening.said(words)[:500], given_at=at)
        Call.objects.filter(pk=call.pk, caller=None).update(caller=caller)
        same_call = HelpRequest.objects.answerable().filter(call_id=call.pk, customer_phone="")
        others = same_call.exclude(pk=help_request.pk).values_list("pk", flat=True)
        given = [_give(pk, caller, at=at) for pk in sorted([help_request.pk, *others])]
        for request, told in given:
            messages.announce(told, at=at)
            tell(request, "number_given")
    return next(request for request, _ in given if request.pk == help_request.pk)


def opt_out(caller: Caller, *, at: datetime | None = None) -> None:
    """No more texts to this number, from now on and whatever is queued; answers may still be said in a call."""
    at = at or timezone.now()
    with transaction.atomic():
        Caller.objects.filter(pk=caller.pk, opted_out_at=None).update(opted_out_at=at)
        caller.consents.filter(withdrawn_at=None).update(withdrawn_at=at)
        stopped = messages.stop_texts(caller.phone, at=at) if caller.phone else []
        texts_promised = Promise.objects.open().filter(help_request__customer_phone=caller.phone)
        texts_promised.filter(kind=Promise.Kind.TEXT).update(kind=Promise.Kind.NONE)
        messages.announce(stopped, at=at)


def tell(help_request: HelpRequest, kind: str, *, reason: str = "", by: AbstractBaseUser | None = None) -> None:
    """The desk's event about a help request; last in its transaction."""
    live.emit(
        live.DESK,
        kind,
        reason=reason,
        help_request=str(help_request.pk),
        reference=help_request.reference,
        call=str(help_request.call_id),
        by=str(by.pk) if by else "",
        practice=help_request.practice,
        promised_by=help_request.promised_by.isoformat(),
    )


def _asked_before(question: str, call: Call) -> HelpRequest | None:
    same = HelpRequest.objects.pending().filter(question_key=key_of(question))
    return same.filter(caller=call.caller).first() if call.caller else same.filter(call=call, caller=None).first()


def _create(question: str, call: Call, at: datetime, utterance, note: str, priority: str) -> HelpRequest:
    """The database decides between two that ask at once: the loser finds the winner's row, or tries another name."""
    promised_by = promises.due_at(at, practice=call.is_practice)
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                help_request = HelpRequest.objects.create(
                    reference=free_reference(at),
                    call=call,
                    caller=call.caller,
                    utterance=utterance,
                    customer_phone=call.caller.phone if call.caller and call.caller.may_be_texted else "",
                    question=question,
                    question_key=key_of(question),
                    note=screening.clean(note)[:4000],
                    priority=priority,
                    practice=call.is_practice,
                    created_at=at,
                    promised_by=promised_by,
                    expires_at=promises.expires_at(at, promised_by),
                )
        except IntegrityError:
            if asked := _asked_before(question, call):
                return asked
        else:
            promises.make(help_request, at=at)
            tell(help_request, "asked")
            return help_request
    raise RuntimeError("no reference could be had")


def _give(pk, caller: Caller, *, at: datetime) -> tuple[HelpRequest, list[Message]]:
    help_request = HelpRequest.objects.select_for_update().get(pk=pk)
    HelpRequest.objects.filter(pk=pk).update(customer_phone=caller.phone)
    try:
        with transaction.atomic():
            HelpRequest.objects.filter(pk=pk, caller=None).update(caller=caller)
    except IntegrityError:
        pass  # he asked the same from that number before: both stay, both are answered
    help_request.refresh_from_db()
    help_request.promises.open().update(kind=Promise.Kind.TEXT)
    return help_request, messages.give_recipient(help_request, caller.phone, at=at)
