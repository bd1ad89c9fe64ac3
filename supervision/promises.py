"""What a caller was told would happen: made with the request, counted from when it was heard, kept or broken."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from supervision import hours
from supervision.models import HelpRequest, Message, Promise

State = Promise.State


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
    return bool(heard)


def carry_over(help_request: HelpRequest) -> None:
    """Of a request just reopened: what the caller was told before, and is still waiting for, holds on."""
    help_request.promises.open().filter(round=help_request.round - 1).update(round=help_request.round)


def keep(message: Message, *, at: datetime) -> None:
    _settle(message.help_request_id, message.round, State.KEPT, at)


def give_up(message: Message, state: str, *, at: datetime) -> None:
    """The message will not reach anybody: what it was to keep is broken, or withdrawn by opting out."""
    if message.purpose in Message.ANSWERS:
        _settle(message.help_request_id, message.round, state, at)


def settle(help_request: HelpRequest, state: str, *, at: datetime, kind: str = "") -> None:
    """End the promise of this round, if it is still open (and of this kind)."""
    _settle(help_request.pk, help_request.round, state, at, kind)


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


def _settle(help_request_id, round: int, state: str, at: datetime, kind: str = "") -> None:
    promises = Promise.objects.open().filter(help_request_id=help_request_id, round=round)
    (promises.filter(kind=kind) if kind else promises).update(state=state, settled_at=at)
