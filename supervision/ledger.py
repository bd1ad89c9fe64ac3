"""Looks after every promise that was heard, so that it is kept, or that its caller and the desk know in time."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from supervision import hours, lifecycle, messages, promises, reminding, steps
from supervision.asking import tell
from supervision.models import Caller, HelpRequest, Message, Promise, Supervisor
from supervision.steps import Step

log = logging.getLogger(__name__)
State = Promise.State
PENDING = HelpRequest.Status.PENDING


def look(*, at: datetime | None = None, limit: int = 500) -> int:
    """Do what is due about promises; returns about how many.

    Each step moves `look_at` on by a conditional update, so that no other process does it again. What has been missed
    while nothing ran is not made up for: only the latest step still has a sense.
    """
    at = at or timezone.now()
    due = Promise.objects.to_look_at().filter(look_at__lte=at).select_related("help_request")
    rows = list(due.order_by("look_at", "pk")[:limit])
    to_do = {step: [] for step in (None, *Step)}
    for promise in rows:
        to_do[_step(promise, at)].append(promise)
    for promise in to_do[None]:
        _rest(promise, at)
    _all_or_each(_remind, to_do[Step.REMIND], at)
    _all_or_each(_call_next, to_do[Step.NEXT_IN_LINE], at)
    fallen = [promise for promise in to_do[Step.DUE] if _all_or_each(_fall_due, [promise], at)]
    _all_or_each(_tell_of_extensions, [promise for promise in fallen if not promise.help_request.practice], at)
    return len(rows)


def called_back(help_request: HelpRequest, *, by: AbstractBaseUser, at: datetime | None = None) -> bool:
    """A supervisor has rung the caller: the call that was promised is kept. False where none is open any more."""
    with transaction.atomic():
        help_request = HelpRequest.objects.select_for_update().get(pk=help_request.pk)
        kept = promises.settle(help_request, State.KEPT, at=at or timezone.now(), kind=Promise.Kind.CALL_BACK)
        if kept:
            tell(help_request, "called_back", by=by)
    return kept


def _step(promise: Promise, at: datetime) -> Step | None:
    """What to do about it now; None: nothing, because it is answered, or nobody wants to be reminded."""
    if promise.help_request.status != PENDING:
        return None
    step = steps.latest(promise, at=at)
    return None if step != Step.DUE and _is_snoozed(promise, at) else step


def _is_snoozed(promise: Promise, at: datetime) -> bool:
    snoozed_until = promise.help_request.snoozed_until
    return snoozed_until is not None and snoozed_until > at


def _rest(promise: Promise, at: datetime) -> None:
    """Nothing to do now. An answer whose text has not arrived in time is said on the desk, once."""
    if promise.help_request.status == PENDING:
        after = steps.next_look(promise, after=at)
        if _is_snoozed(promise, at):
            after = min(promise.due_at, promise.help_request.snoozed_until)
        _win(promise, look_at=after if after and after > at else None)
    elif promise.due_at > at:
        _win(promise, look_at=promise.due_at)
    else:
        with transaction.atomic():
            if _win(promise, look_at=None) and promise.help_request.status == HelpRequest.Status.RESOLVED:
                tell(promise.help_request, "promise_late", reason="answered, but the text has not arrived yet")


def _win(promise: Promise, **values) -> bool:
    """The conditional update that decides between two processes."""
    mine = Promise.objects.to_look_at().filter(pk=promise.pk, look_at=promise.look_at)
    return bool(mine.update(**values))


def _all_or_each(do: Callable, these: list[Promise], at: datetime) -> bool:
    """All in one transaction, so that one text tells of all; where that fails, one by one: none stops the others."""
    try:
        return bool(these) and do(these, at)
    except Exception:
        log.exception("promises %s could not be looked after", ", ".join(str(one.pk) for one in these))
    return len(these) > 1 and sum(_all_or_each(do, [promise], at) for promise in these) > 0


@transaction.atomic
def _remind(these: list[Promise], at: datetime) -> bool:
    """Half of the time is over: those on duty."""
    won = _won(these, at, reminded_at=at)
    for supervisor in _textable(Supervisor.objects.on_duty()) if won else ():
        _text("reminder", supervisor, won, at=at)
    for promise in won:
        tell(promise.help_request, "promise_reminded")
    return bool(won)


@transaction.atomic
def _call_next(these: list[Promise], at: datetime) -> bool:
    """The end is near: the next in line, with all that is his to answer; where there is nobody, the desk rings."""
    won = _won(these, at, escalated_at=at)
    asked = _next_in_line(won)
    for supervisor in dict.fromkeys(filter(None, asked.values())):
        theirs = [promise for promise in won if asked[promise.pk] == supervisor]
        leaves = at if supervisor.on_duty else hours.after_quiet_hours(at)
        _text("next_in_line", supervisor, theirs, at=at, release_at=leaves)
    for promise in won:
        tell(promise.help_request, "promise_escalated" if asked[promise.pk] else "promise_ringing")
    return bool(won)


def _next_in_line(these: list[Promise]) -> dict[int, Supervisor | None]:
    """For each promise who has not heard of it: on duty if there is one, else anybody with a telephone."""
    if not these:
        return {}
    line = sorted(_textable(Supervisor.objects.with_a_phone()), key=lambda one: not one.on_duty)
    requests = [promise.help_request_id for promise in these]
    told = set(Message.objects.filter(about__in=requests).values_list("supervisor_id", "about_id"))
    told |= set(Message.objects.filter(names__in=requests).values_list("supervisor_id", "names"))
    return {
        promise.pk: next((one for one in line if (one.pk, promise.help_request_id) not in told), None)
        for promise in these
    }


def _textable(supervisors: Iterable[Supervisor]) -> Iterable[Supervisor]:
    stopped = Caller.objects.opted_out().filter(phone__isnull=False)
    return supervisors.exclude(phone__in=stopped.values("phone"))


def _won(these: list[Promise], at: datetime, **done: datetime) -> list[Promise]:
    """Of these, what nobody else has done and nobody has answered meanwhile. Rows of requests come first, in order."""
    keys = sorted(promise.help_request_id for promise in these)
    locked = HelpRequest.objects.select_for_update().filter(pk__in=keys, status=PENDING).order_by("pk")
    pending = {one.pk for one in locked}
    won = []
    for promise in sorted(these, key=lambda one: (one.due_at, one.pk)):
        for name, moment in done.items():
            setattr(promise, name, moment)
        state = State.REMINDED if promise.state == State.HEARD else promise.state
        values = {**done, "state": state, "look_at": steps.next_look(promise, after=at)}
        if promise.help_request_id in pending and _win(promise, **values):
            won.append(promise)
    return won


def _text(name: str, supervisor: Supervisor, these: list[Promise], *, at: datetime, **when: datetime) -> None:
    messages.queue_apart(
        subject=f"promise:{these[0].pk}:{name}",
        recipient=supervisor.phone,
        purpose=Message.Purpose.REMINDER,
        text=reminding.to_supervisor(name, supervisor, these, at=at),
        supervisor=supervisor,
        about=these[0].help_request if len(these) == 1 else None,
        names=[promise.help_request for promise in reminding.listed(these)],  # of several, an answer has to say which
        at=at,
        **when,
    )


def _fall_due(these: list[Promise], at: datetime) -> bool:
    """Past its time: once the caller is told of a later one, then it is broken. True where he was told."""
    [promise] = these
    if promise.kind == Promise.Kind.TEXT and not promise.extended_at:
        if lifecycle.extend(promise, at=at):
            return True
        _win(promise, look_at=None)  # closed, or about to be
        return False
    with transaction.atomic():
        waits = HelpRequest.objects.select_for_update().filter(pk=promise.help_request_id, status=PENDING)
        if waits.exists() and _win(promise, state=State.BROKEN, settled_at=at):
            tell(promise.help_request, "promise_broken", reason="nobody has answered in time")
    return False


@transaction.atomic
def _tell_of_extensions(these: list[Promise], at: datetime) -> bool:
    extended = Promise.objects.filter(pk__in=[promise.pk for promise in these]).select_related("help_request")
    told = list(extended.order_by("due_at", "pk"))
    for supervisor in _textable(Supervisor.objects.on_duty()):
        _text("extended", supervisor, told, at=at)
    return True
