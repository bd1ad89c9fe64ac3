"""What a caller was told would happen: made with the request, counted from when it was heard, kept or broken."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, F, QuerySet, Value, When

from supervision import hours, steps
from supervision.models import HelpRequest, Message, Promise

State = Promise.State
AS_IT_STOOD = Case(  # before it was settled
    When(extended_at__isnull=False, then=Value(State.EXTENDED)),
    When(heard_at__isnull=True, then=Value(State.MADE)),
    When(reminded_at__isnull=False, then=Value(State.REMINDED)),
    default=Value(State.HEARD),
)


def due_at(at: datetime, *, practice: bool) -> datetime:
    """By when an answer may be promised: in salon hours, or by the clock where a supervisor plays the caller."""
    if practice:
        return at + settings.ANSWER_PROMISE
    return hours.after_salon_time(at, settings.ANSWER_PROMISE)


def expires_at(at: datetime, promised_by: datetime) -> datetime:
    """When a request becomes unresolved: long enough after what was promised."""
    return max(at + settings.HELP_REQUEST_TIMEOUT, promised_by + settings.ANSWER_PROMISE / 2)


def text_at(help_request: HelpRequest, at: datetime) -> datetime:
    """When a text that is ready may leave: people are not woken; supervisors who practise do not wait."""
    return at if help_request.practice else hours.after_quiet_hours(at)


def make(help_request: HelpRequest, *, at: datetime) -> Promise:
    kind = Promise.Kind.TEXT if help_request.customer_phone else Promise.Kind.NONE
    return help_request.promises.create(
        round=help_request.round, kind=kind, due_at=help_request.promised_by, made_at=at
    )


def hear(promise: Promise, *, at: datetime) -> bool:
    """From here on it counts; False when it was heard before, or is over."""
    heard = Promise.objects.filter(pk=promise.pk, state=State.MADE).update(state=State.HEARD, heard_at=at)
    if heard:
        look_again(Promise.objects.filter(pk=promise.pk), at=at)
    return bool(heard)


def look_again(promises: QuerySet[Promise], *, at: datetime) -> None:
    """Note when the ledger must look at them next."""
    for promise in promises.select_related("help_request"):
        Promise.objects.filter(pk=promise.pk).update(look_at=steps.next_look(promise, after=at))


def extend(promise: Promise, due: datetime, *, at: datetime) -> bool:
    """Once, a later time takes the place of the one that could not be kept; False when it has, or when it is over."""
    first = Promise.objects.open().filter(pk=promise.pk, extended_at=None, heard_at__isnull=False)
    return bool(first.update(state=State.EXTENDED, extended_at=at, due_at=due, look_at=due))


def carry_over(help_request: HelpRequest, *, at: datetime) -> None:
    """Of a request just reopened: what the caller was told before, and is still waiting for, holds on."""
    help_request.promises.open().filter(round=help_request.round - 1).update(round=help_request.round)
    look_again(help_request.promises.open().filter(round=help_request.round), at=at)


def take_back(help_request: HelpRequest) -> None:
    """Of an answer that is undone: what it had kept, or broken because nobody could be texted, is open again."""
    settled = help_request.promises.filter(round=help_request.round, state__in=(State.KEPT, State.BROKEN))
    settled.filter(settled_at__gte=help_request.responded_at).update(state=AS_IT_STOOD, settled_at=None)


def go_on(help_request: HelpRequest, *, at: datetime) -> None:
    """Its text goes to another number: what the first one had broken is open again, until its time has come."""
    theirs = help_request.promises.filter(round=help_request.round, kind=Promise.Kind.TEXT)
    in_time = theirs.filter(state=State.BROKEN, due_at__gte=at, settled_at__gte=help_request.responded_at)
    in_time.update(state=AS_IT_STOOD, settled_at=None)
    look_again(theirs.open(), at=at)


def renew(help_request: HelpRequest, *, at: datetime) -> None:
    """Of an answer taken back after it was sent: its caller, who is told so by text, is promised the right one."""
    waiting = help_request.promises.open().filter(round=help_request.round)
    if not waiting.update(due_at=help_request.promised_by) and help_request.customer_phone:
        make(help_request, at=at)
    waiting.filter(state=State.MADE).update(state=State.HEARD, heard_at=at)
    look_again(waiting, at=at)


def keep(message: Message, *, at: datetime) -> None:
    _settle(message.help_request_id, message.round, State.KEPT, at)


def give_up(message: Message, state: str, *, at: datetime) -> None:
    """The message will not reach anybody: what it was to keep is broken, or withdrawn by opting out."""
    not_extended = message.purpose == Message.Purpose.STILL_CHECKING and state == State.BROKEN
    if message.purpose in Message.ANSWERS or not_extended:
        for kind in (Promise.Kind.TEXT, Promise.Kind.NONE):  # who was promised a call may still be rung
            _settle(message.help_request_id, message.round, state, at, kind)


def settle(help_request: HelpRequest, state: str, *, at: datetime, kind: str = "") -> bool:
    """End the promise of this round, if it is still open (and of this kind); False when it is not."""
    return _settle(help_request.pk, help_request.round, state, at, kind)


def keep_what_was_sent(at: datetime) -> int:
    """A text sent a while ago, and no bad news since: its promise is kept. Returns how many."""
    sent = Message.objects.filter(
        state=Message.State.SENT,
        settled_at__lte=at - settings.MESSAGE_KEPT_AFTER,
        settled_at__gt=at - settings.MESSAGE_KEPT_AFTER - timedelta(days=1),
        purpose__in=Message.ANSWERS,
        help_request__promises__state__in=Promise.OPEN,
        help_request__promises__round=F("round"),
    )
    messages = list(sent[:500])
    for message in messages:
        keep(message, at=at)
    return len(messages)


def _settle(help_request_id, round: int, state: str, at: datetime, kind: str = "") -> bool:
    promises = Promise.objects.open().filter(help_request_id=help_request_id, round=round)
    return bool((promises.filter(kind=kind) if kind else promises).update(state=state, settled_at=at))
