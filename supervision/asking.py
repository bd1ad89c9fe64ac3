"""What a caller asks: the question, other words for it, and cries for help."""

from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from knowledge.learning import key_of
from supervision import alerts, live, promises, screening
from supervision.models import Call, HelpRequest, Promise, Utterance
from supervision.references import free_reference

URGENT = HelpRequest.Priority.URGENT
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
    id: UUID | None = None,
) -> HelpRequest:
    """The pending request for this question; the one there is, if it was asked before in this call or by this caller.

    `id` makes it repeatable: who does not know whether an earlier try went through asks again with the same one.

    Who calls is known by the line alone, never by a number that is said. Once it returns and the transaction is
    committed, what the promise says may be said to the caller. Raises ValidationError with words for people, also
    (`too_many`) for what is more than a call may ask.
    """
    at = at or timezone.now()
    question = screening.said(question)
    with transaction.atomic():
        call = Call.objects.select_related("caller").get(pk=call.pk)
        theirs = _theirs(question, call)
        asked = next((one for one in theirs if one.pk == id), None) or _asked_before(question, call, theirs)
        if asked is None:
            _check_how_many(call, theirs)
            asked = _create(question, call, at, utterance, note, priority, id)
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
        alerts.word_anew(help_request, at=at)
        tell(help_request, "wording_changed")
    return help_request


def raise_alarm(
    words: str, *, call: Call, utterance: Utterance | None = None, at: datetime | None = None
) -> HelpRequest:
    """Somebody is in danger: one urgent request a call, and an event each time that sounds on the desk."""
    at = at or timezone.now()
    words = screening.said(words)
    with transaction.atomic():
        call = Call.objects.select_related("caller").get(pk=call.pk)
        raised = HelpRequest.objects.pending().filter(call=call, priority=URGENT).first()
        asked = (
            raised
            or _asked_before(words, call, _theirs(words, call))
            or _create(words, call, at, utterance, "", URGENT)
        )
        HelpRequest.objects.filter(pk=asked.pk).update(priority=URGENT)
        asked.priority = URGENT
        alerts.send(asked, at=at)
        promises.look_again(asked.promises.open(), at=at)
        tell(asked, "emergency", reason="emergency words")
    return asked


def ask_for_a_person(
    words: str, *, call: Call, utterance: Utterance | None = None, at: datetime | None = None
) -> HelpRequest:
    """The caller wants a human and waits on the line: a request that stays, and an event that rings on the desk."""
    with transaction.atomic():
        asked = request_help(words, call=call, utterance=utterance, at=at)
        tell(asked, "person_wanted", reason="asked for a person")
    return asked


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


def _theirs(question: str, call: Call) -> list[HelpRequest]:
    """All that this call has asked, and this question where its caller still waits for an answer from another call."""
    waiting = Q(caller=call.caller, status=HelpRequest.Status.PENDING, question_key=key_of(question))
    return list(HelpRequest.objects.filter(Q(call=call) | waiting if call.caller else Q(call=call)))


def _asked_before(question: str, call: Call, theirs: list[HelpRequest]) -> HelpRequest | None:
    key, pending = key_of(question), HelpRequest.Status.PENDING
    same = (one for one in theirs if one.question_key == key and one.caller_id == call.caller_id)
    return next((one for one in same if one.status == pending), None)


def _check_how_many(call: Call, theirs: list[HelpRequest]) -> None:
    """A bored caller may not fill the desk; what was asked stays asked."""
    if sum(one.call_id == call.pk for one in theirs) >= settings.HELP_REQUESTS_PER_CALL:
        raise ValidationError("That is all that can be asked in one call.", code="too_many")


def _create(question: str, call: Call, at: datetime, utterance, note: str, priority: str, id=None) -> HelpRequest:
    """The database decides between two that ask at once: the loser finds the winner's row, or tries another name."""
    promised_by = promises.due_at(at, practice=call.is_practice)
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                help_request = HelpRequest.objects.create(
                    id=id or uuid4(),
                    reference=free_reference(at),
                    call=call,
                    caller=call.caller,
                    utterance=utterance,
                    customer_phone=call.phone_to_text,
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
            if asked := _asked_before(question, call, _theirs(question, call)):
                return asked
        else:
            help_request.current_promise = promises.make(help_request, at=at)
            alerts.send(help_request, at=at)
            tell(help_request, "asked")
            return help_request
    raise RuntimeError("no reference could be had")
