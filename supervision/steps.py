"""When something must be done about a promise: at half time, near its end, and when it is due."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from supervision import hours
from supervision.models import HelpRequest, Promise

URGENT_SOONER = 5  # times


class Step(StrEnum):
    REMIND = "remind"
    NEXT_IN_LINE = "next_in_line"
    DUE = "due"


ORDER = list(Step)


def next_look(promise: Promise, *, after: datetime) -> datetime | None:
    """When the ledger must look at it; None: never again. What has been missed is missed, but not that it is due."""
    moments = [moment for moment, step in schedule(promise) if moment > after or step == Step.DUE]
    return min(moments, default=None)


def latest(promise: Promise, *, at: datetime) -> Step | None:
    """The last of the steps whose moment has come: after a long sleep those before it have lost their sense."""
    passed = [step for moment, step in schedule(promise) if moment <= at]
    return max(passed, key=ORDER.index, default=None)


def schedule(promise: Promise) -> list[tuple[datetime, Step]]:
    """What is still to be done about it, and when.

    Where a supervisor practises nobody is reminded; where the caller was not told by when, nothing falls due.
    """
    steps = []
    if not (promise.help_request.practice or promise.extended_at or promise.escalated_at):
        reminder, next_in_line = _part_way(promise, settings.REMIND_AT_PERCENT, settings.NEXT_IN_LINE_AT_PERCENT)
        steps = [(next_in_line, Step.NEXT_IN_LINE)]
        if not promise.reminded_at:
            steps.append((reminder, Step.REMIND))
    if promise.heard_at and promise.kind != Promise.Kind.NONE:
        steps.append((promise.due_at, Step.DUE))
    return steps


def _part_way(promise: Promise, *percents: int) -> list[datetime]:
    """In salon hours, as the promise itself; by the clock, and sooner, where somebody may be in danger."""
    begun = promise.heard_at or promise.made_at
    if promise.help_request.priority == HelpRequest.Priority.URGENT:
        whole = min(promise.due_at - begun, settings.ANSWER_PROMISE)
        return [begun + max(whole, timedelta()) * percent / 100 / URGENT_SOONER for percent in percents]
    return hours.part_way(begun, promise.due_at, *(percent / 100 for percent in percents))
