"""What can happen to a help request; the only writer of its status."""

import hashlib
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from knowledge import learning
from knowledge.models import Salon
from supervision import alerts, another_number, messages, promises, reminding, screening, texts
from supervision.asking import AlreadyClosed, TooLate, ask_for_a_person, change_wording, raise_alarm, request_help, tell
from supervision.claims import UNCLAIMED, claim, hand_over, release, snooze
from supervision.models import Call, Caller, HelpRequest, Message, Promise
from supervision.recipients import give_number, opt_out, opt_out_of, promise_call_back
from supervision.references import free_reference, in_use

__all__ = [
    "AlreadyClosed", "TooLate", "ask_for_a_person", "change_wording", "claim", "correct", "expire_overdue", "extend",
    "give_number", "hand_over", "leave_unresolved", "merge", "opt_out", "opt_out_of", "promise_call_back",
    "raise_alarm", "release", "reopen", "request_help", "resolve", "snooze", "take_back", "undo",
]  # fmt: skip

log = logging.getLogger(__name__)
User = AbstractBaseUser
Status = HelpRequest.Status
Because = HelpRequest.ClosedBecause
Scope = HelpRequest.Scope
Purpose = Message.Purpose
ANSWER_LIMIT = 1000  # characters
URGENT = HelpRequest.Priority.URGENT
GETS_ANSWER = (Because.ANSWERED, Because.MERGED)
GETS_CLOSING_TEXT = (Because.LEFT, Because.TIMED_OUT)


def resolve(
    help_request: HelpRequest,
    *,
    answer: str,
    by: User | None,
    teach: bool = True,
    learned_question: str = "",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    because: str = Because.ANSWERED,
    at: datetime | None = None,
) -> HelpRequest:
    """Answer it: for everyone who asks, or for this caller only. The first answer wins.

    One transaction: status, what she learns, the answer's message, the promise, the event. Raises AlreadyClosed with
    the row as it stands when somebody was faster, ValidationError when the answer is empty, too long (also for the
    text that quotes the question) or holds somebody else's link.
    """
    at = at or timezone.now()
    answer = _clean_answer(answer)
    if because == Because.ANSWERED and _recipient(help_request):
        texts.check(help_request, answer, answer_purpose(help_request))
    with transaction.atomic():
        help_request = _close(
            HelpRequest.objects.answerable(),
            help_request,
            status=Status.RESOLVED,
            closed_because=Because(because),
            supervisor_response=answer,
            scope=Scope.EVERYONE if teach else Scope.CALLER,
            responded_by=by,
            responded_at=at,
        )
        if teach:
            _learn(help_request, learned_question, valid_from, valid_until)
        _hand_over(help_request, at=at)
    return help_request


def merge(help_request: HelpRequest, *, into: HelpRequest, by: User | None, at: datetime | None = None) -> HelpRequest:
    """Close it with the answer that another has just got: its caller gets a text of his own, its words are learned.

    Raises AlreadyClosed when somebody was faster, TooLate when that answer has been taken back, ValidationError where
    the two may not share one, or where the text would be too long.
    """
    at = at or timezone.now()
    with transaction.atomic():
        into = HelpRequest.objects.select_for_update().get(pk=into.pk)
        if into.status != Status.RESOLVED:
            raise TooLate("The answer has been taken back.")
        _check_sharing(help_request, into)
        help_request = _close(
            HelpRequest.objects.pending(),
            help_request,
            status=Status.RESOLVED,
            closed_because=Because.MERGED,
            supervisor_response=into.supervisor_response,
            scope=Scope.EVERYONE,
            learned_answer=into.learned_answer,
            responded_by=by,
            responded_at=at,
        )
        if not learning.add_phrasing(into.learned_answer_id, help_request.question, source="supervisor"):
            raise TooLate("The answer has been taken back.")
        _hand_over(help_request, at=at)
    return help_request


def leave_unresolved(
    help_request: HelpRequest, *, because: str, by: User | None = None, at: datetime | None = None
) -> HelpRequest:
    """Close it without an answer; the caller is told honestly, where it is we who failed. Raises AlreadyClosed."""
    undo = settings.UNDO_WINDOW if by else timedelta()
    return _leave(HelpRequest.objects.pending(), help_request, because, by, at=at or timezone.now(), undo=undo)


def expire_overdue(*, at: datetime | None = None, limit: int = 500) -> int:
    """Close what is past its `expires_at`; returns how many. One that fails does not stop the others."""
    at = at or timezone.now()
    closed = 0
    for help_request in HelpRequest.objects.overdue(at).order_by("expires_at")[:limit]:
        try:
            _leave(HelpRequest.objects.overdue(at), help_request, Because.TIMED_OUT, None, at=at, undo=timedelta())
            closed += 1
        except AlreadyClosed:
            log.debug("help request %s was closed just in time", help_request.pk)
        except Exception:
            log.exception("help request %s could not be closed", help_request.pk)
    return closed


def extend(promise: Promise, *, at: datetime) -> bool:
    """Tell the caller, once, that we are still checking, and by when he hears from us now; False: no sense any more."""
    with transaction.atomic():
        help_request = HelpRequest.objects.select_for_update().get(pk=promise.help_request_id)
        if help_request.status != Status.PENDING or help_request.expires_at <= at:
            return False
        due = promises.due_at(promises.text_at(help_request, at), practice=help_request.practice)
        if not promises.extend(promise, due, at=at):
            return False
        help_request.promised_by = due
        help_request.expires_at = max(help_request.expires_at, promises.expires_at(help_request.created_at, due))
        help_request.save(update_fields=["promised_by", "expires_at"])
        text = reminding.still_checking(help_request, at=at)
        _write(help_request, Purpose.STILL_CHECKING, at=at, undo=timedelta(), text=text)
        tell(help_request, "promise_extended", reason="nobody has answered in time")
    return True


def reopen(help_request: HelpRequest, *, by: User | None, reason: str = "", at: datetime | None = None) -> HelpRequest:
    """Ask again: what it taught is retired, what waits to be sent is cancelled, the deadlines are new.

    `by` nobody, where the caller himself says that this was not what he had asked.

    Its `supervisor_response` stays as a draft. Raises AlreadyClosed when it is pending already, ValidationError when
    the caller has asked the same again.
    """
    at = at or timezone.now()
    promised_by = promises.due_at(at, practice=help_request.practice)
    deadlines = {"promised_by": promised_by, "expires_at": promises.expires_at(at, promised_by)}
    with transaction.atomic():
        opened = _reopen(help_request, by, reason, deadlines, at=at)
        if by is None:  # no supervisor knows of it yet
            alerts.send(opened, at=at)
    return opened


def undo(help_request: HelpRequest, *, by: User, at: datetime | None = None) -> HelpRequest:
    """Take an answer back before its text has left: as if it had not been given, deadlines and promise included.

    Raises TooLate when the caller has it, or may have it, and when there is no answer any more.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = HelpRequest.objects.select_for_update().get(pk=help_request.pk)
        if locked.status != Status.RESOLVED or not _is_undoable(locked, at):
            raise TooLate("The answer has left already.")
        promises.take_back(locked)
        time_to_answer = max(locked.expires_at, at + settings.ANSWER_PROMISE / 2)  # not to be closed a moment later
        return _reopen(locked, by, "undone", {"expires_at": time_to_answer}, at=at)


def take_back(help_request: HelpRequest, *, by: User, at: datetime | None = None) -> HelpRequest:
    """As `undo` where the text has left: reopened, and the caller is told to disregard it. Raises as `reopen`."""
    at = at or timezone.now()
    with transaction.atomic():
        opened = reopen(help_request, by=by, reason="taken back", at=at)
        promises.renew(opened, at=at)
        _write(opened, Purpose.DISREGARD, at=at, undo=timedelta())
    return opened


def correct(help_request: HelpRequest, *, answer: str, by: User, at: datetime | None = None, **how) -> HelpRequest:
    """Another answer in place of one that has been sent; `how` as in `resolve`. Raises as `reopen` and `resolve` do."""
    at = at or timezone.now()
    _clean_answer(answer)
    with transaction.atomic():
        Salon.objects.select_for_update().get()  # `resolve` needs it after `reopen` has written events: no deadlock
        wordings = _wordings_of_others(help_request)
        help_request = reopen(help_request, by=by, reason="corrected", at=at)
        help_request = resolve(help_request, answer=answer, by=by, at=at, **how)
        for wording in wordings if help_request.learned_answer_id else ():
            learning.add_phrasing(help_request.learned_answer_id, wording, source="supervisor")
    return help_request


def _close(rows, help_request: HelpRequest, **values) -> HelpRequest:
    """The conditional update that decides every race."""
    closed = rows.filter(pk=help_request.pk).update(**values, **UNCLAIMED)
    help_request = HelpRequest.objects.get(pk=help_request.pk)
    if not closed:
        raise AlreadyClosed(help_request)
    return help_request


def _hand_over(help_request: HelpRequest, *, at: datetime) -> None:
    """The answer is there: what was to be said before it ends, its own message begins, the desk hears of it."""
    outdated = (Purpose.STILL_CHECKING, Purpose.CLOSING, Purpose.DISREGARD)
    cancelled = messages.cancel_waiting(help_request, Message.CancelledBecause.SUPERSEDED, at=at, purposes=outdated)
    cancelled += messages.cancel_alerts(help_request, at=at)
    _settle_what_needs_no_text(help_request, at=at)
    if help_request.closed_because in GETS_ANSWER:
        _write(help_request, answer_purpose(help_request), at=at, undo=settings.UNDO_WINDOW)
    messages.announce(cancelled, at=at)
    tell(help_request, "resolved", by=help_request.responded_by)


def _check_sharing(help_request: HelpRequest, into: HelpRequest) -> None:
    """Raises ValidationError where one answer may not serve both, or not in a text to this caller."""
    is_for_all = into.scope == Scope.EVERYONE and into.learned_answer_id
    if not is_for_all or help_request.practice != into.practice or URGENT in (help_request.priority, into.priority):
        raise ValidationError("It cannot share that answer.", code="not_shared")
    if _recipient(help_request):
        texts.check(help_request, into.supervisor_response, answer_purpose(help_request))


def _leave(rows, help_request: HelpRequest, because: str, by, *, at: datetime, undo: timedelta) -> HelpRequest:
    values = {"status": Status.UNRESOLVED, "closed_because": Because(because), "responded_by": by, "responded_at": at}
    is_ours_to_regret = because in GETS_CLOSING_TEXT
    with transaction.atomic():
        help_request = _close(rows, help_request, **values)
        outdated = (Purpose.STILL_CHECKING, Purpose.DISREGARD)
        cancelled = messages.cancel_waiting(help_request, Message.CancelledBecause.SUPERSEDED, at=at, purposes=outdated)
        cancelled += messages.cancel_alerts(help_request, at=at)
        state = Promise.State.BROKEN if is_ours_to_regret else Promise.State.WITHDRAWN
        promises.settle(help_request, state, at=at)
        if is_ours_to_regret:
            _write(help_request, Purpose.CLOSING, at=at, undo=undo)
        messages.announce(cancelled, at=at)
        tell(help_request, "timed_out" if because == Because.TIMED_OUT else "left_unresolved", by=by)
    return help_request


def _reopen(help_request: HelpRequest, by, reason: str, deadlines: dict, *, at: datetime) -> HelpRequest:
    values = {"status": Status.PENDING, "closed_because": "", "responded_at": None, "responded_by": None, "scope": ""}
    old = HelpRequest.objects.select_for_update().get(pk=help_request.pk)
    if in_use(at).filter(reference=old.reference).exclude(pk=old.pk).exists():
        deadlines = deadlines | {"reference": free_reference(at)}
    closed = HelpRequest.objects.exclude(status=Status.PENDING)
    try:
        with transaction.atomic():
            opened = _close(closed, old, round=F("round") + 1, learned_answer=None, **values, **deadlines)
    except IntegrityError:
        raise ValidationError("The caller has asked the same again: answer that one.", code="asked_again") from None
    if old.learned_answer and old.learned_answer.active:
        _unlearn(old, by=by)
    cancelled = messages.cancel_waiting(opened, Message.CancelledBecause.UNDONE, at=at, purposes=Purpose.values)
    another_number.forget(opened, cancelled, at=at)
    promises.carry_over(opened, at=at)
    messages.announce(cancelled, at=at)
    tell(opened, "reopened", reason=screening.clean(reason), by=by)
    return opened


def _is_undoable(help_request: HelpRequest, at: datetime) -> bool:
    answers = help_request.messages.filter(round=help_request.round, purpose__in=Message.ANSWERS)
    if answers.waiting().exists():
        return True
    went_nowhere = not answers.exclude(state=Message.State.CANCELLED).exists()
    return went_nowhere and at < help_request.responded_at + settings.UNDO_WINDOW


def _learn(
    help_request: HelpRequest, learned_question: str, valid_from: datetime | None, valid_until: datetime | None
) -> None:
    learned = learning.learn(
        question=learned_question or help_request.question,
        answer=help_request.supervisor_response,
        taught_by=help_request.responded_by,
        valid_from=valid_from,
        valid_until=valid_until,
        phrasings=[help_request.question],
    )
    HelpRequest.objects.filter(pk=help_request.pk).update(learned_answer=learned)
    help_request.learned_answer = learned


def _wordings_of_others(help_request: HelpRequest) -> list[str]:
    """In which those asked it who got its answer with it: they lead to what stands in its place, too."""
    learned = HelpRequest.objects.values_list("learned_answer", flat=True).get(pk=help_request.pk)
    sharing = HelpRequest.objects.filter(learned_answer=learned, closed_because=Because.MERGED)
    if learned is None or sharing.filter(pk=help_request.pk).exists():
        return []
    return list(sharing.values_list("question", flat=True))


def _unlearn(help_request: HelpRequest, *, by: User | None) -> None:
    """What it taught is retired; where it shares another's answer, only its wording leads there no more."""
    learned = help_request.learned_answer
    if help_request.closed_because != Because.MERGED:
        learning.retire(learned, by=by)
        return
    key = help_request.question_key
    sharing = HelpRequest.objects.filter(learned_answer=learned, question_key=key).exclude(pk=help_request.pk)
    if key != learned.question_key and not sharing.exists():
        for phrasing in learned.phrasings.filter(key=key):
            learning.drop_phrasing(phrasing, by=by)


def _write(help_request: HelpRequest, purpose: str, *, at: datetime, undo: timedelta, text: str = "") -> Message:
    """The message to the caller: held while he listens, else queued for when it may leave."""
    return messages.queue(
        help_request=help_request,
        purpose=purpose,
        text=text or texts.for_caller(help_request, purpose),
        recipient=_recipient(help_request) if _may_go_there(help_request, purpose) else "",
        tells=_tells(help_request, purpose),
        call=_listening_call(help_request, at),
        release_at=promises.text_at(help_request, at + undo),
        at=at,
    )


def _recipient(help_request: HelpRequest) -> str:
    """The number to text; "" where there is none, or its owner has opted out since."""
    phone = help_request.customer_phone
    stopped = phone and Caller.objects.opted_out().filter(phone=phone).exists()
    return "" if stopped else phone


def _tells(help_request: HelpRequest, purpose: str) -> str:
    """Whose questions were answered as one, with these words; "" for what is his alone."""
    if purpose not in Message.ANSWERS or not help_request.learned_answer_id:
        return ""
    told = f"{purpose}:{help_request.learned_answer_id}:{help_request.supervisor_response}"
    return hashlib.sha256(told.encode()).hexdigest()


def _may_go_there(help_request: HelpRequest, purpose: str) -> bool:
    """To a number that is not the caller's own goes only what a supervisor wrote: it may be anybody's."""
    is_own = help_request.caller and help_request.caller.phone == help_request.customer_phone
    return bool(purpose in (*Message.ANSWERS, Purpose.DISREGARD) or is_own or help_request.practice)


def _listening_call(help_request: HelpRequest, at: datetime) -> Call | None:
    """The call that asked, or, for everyone's answers, one attached later, if its caller can hear her now."""
    listening = Call.objects.listening(at)
    asking = listening.filter(pk=help_request.call_id).first()
    if asking or help_request.scope == Scope.CALLER:
        return asking
    return listening.filter(attached_help_requests=help_request).first()


def _settle_what_needs_no_text(help_request: HelpRequest, *, at: datetime) -> None:
    """Told by phone; or "please call again, I shall know it then", which is true as soon as she has learned it."""
    if help_request.closed_because == Because.TOLD_BY_PHONE:
        promises.settle(help_request, Promise.State.KEPT, at=at)
    elif help_request.scope == Scope.EVERYONE:
        promises.settle(help_request, Promise.State.KEPT, at=at, kind=Promise.Kind.NONE)


def answer_purpose(help_request: HelpRequest) -> str:
    """An answer, or the correction of one that the caller has."""
    has_one = help_request.messages.gone().filter(purpose__in=Message.ANSWERS).exists()
    return Purpose.CORRECTION if has_one else Purpose.ANSWER


def _clean_answer(text: str) -> str:
    text = screening.clean(text)
    if screening.is_invisible(text):
        raise ValidationError("Write the answer first.", code="empty")
    if len(text) > ANSWER_LIMIT:
        raise ValidationError(f"An answer may have {ANSWER_LIMIT:,} characters; this one has {len(text):,}.")
    texts.check_links(text)
    return text
