"""Callers who wait for the same answer: shown together, and answered together where a supervisor says so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from knowledge.search import SAME, alike, likeness
from supervision import lifecycle
from supervision.models import HelpRequest

User = AbstractBaseUser
MOST = 100  # pending requests among which one's like are looked for: as many as the desk shows
URGENT = HelpRequest.Priority.URGENT  # somebody in danger is nobody's second


@dataclass
class Answered:
    """What became of a group: the one that was answered, those closed with it, and those left out with the reason."""

    first: HelpRequest
    merged: list[HelpRequest] = field(default_factory=list)
    left_out: list[tuple[HelpRequest, str]] = field(default_factory=list)


@dataclass
class Undone:
    """What was taken back, and what had left before."""

    taken_back: list[HelpRequest] = field(default_factory=list)
    gone: list[HelpRequest] = field(default_factory=list)


def gather(rows: Sequence[HelpRequest]) -> list[HelpRequest]:
    """The first request of each group, in the order of the rows, with the others in its `together`."""
    followers: dict = {}
    for practice in (False, True):
        kind = [row for row in rows if row.practice == practice and row.priority != URGENT]
        for group in alike(tuple(row.question for row in kind)):
            followers[kind[group.first].pk] = [kind[place] for place in group.others]
    later = {one.pk for others in followers.values() for one in others}
    firsts = [row for row in rows if row.pk not in later]
    for row in firsts:
        row.together = followers.get(row.pk, [])
    return firsts


def beside(help_request: HelpRequest) -> list[HelpRequest]:
    """The pending requests that ask the same as this one; `is_same` where only filling words differ."""
    if help_request.priority == URGENT:
        return []
    rows = _waiting(help_request)[:MOST]
    found = [(row, likeness(help_request.question, row.question)) for row in rows]
    for row, how in found:
        row.is_same = how == SAME
    return [row for row, how in found if how]


def answer(
    help_request: HelpRequest, *, also: Collection[str], by: User, at: datetime | None = None, **how
) -> Answered:
    """Resolve it, then close with its answer those of `also` (primary keys) that wait and may share it.

    Each is a transaction of its own. Raises as `lifecycle.resolve` does, whose `how` this is.
    """
    at = at or timezone.now()  # of them all: who has asked twice gets one text
    chosen = HelpRequest.objects.filter(pk__in=also).exclude(pk=help_request.pk).by_promise()
    done = Answered(lifecycle.resolve(help_request, by=by, at=at, **how))
    for row in chosen:
        try:
            done.merged.append(lifecycle.merge(row, into=done.first, by=by, at=at))
        except lifecycle.AlreadyClosed as closed:
            done.left_out.append((closed.help_request, ""))
        except lifecycle.TooLate as late:
            done.left_out.append((row, str(late)))
        except ValidationError as error:
            done.left_out.append((row, " ".join(error.messages)))
    return done


def undo(help_request: HelpRequest, *, by: User, at: datetime | None = None) -> Undone:
    """Take the answer back from all who share it and whose text has not left; raises TooLate when all have.

    Each is a transaction of its own. Where nobody shares it, this is `lifecycle.undo`.
    """
    rows = members(help_request)
    if len(rows) == 1:
        return Undone([lifecycle.undo(help_request, by=by, at=at)])
    done = Undone()
    for row in rows:
        try:
            done.taken_back.append(lifecycle.undo(row, by=by, at=at))
        except (lifecycle.TooLate, lifecycle.AlreadyClosed, ValidationError):
            done.gone.append(row)
    if not done.taken_back:
        raise lifecycle.TooLate("The answer has left already.")
    return done


def members(help_request: HelpRequest) -> list[HelpRequest]:
    """All that were closed with the answer of this one, itself first."""
    sharing = HelpRequest.objects.none()
    if help_request.learned_answer_id:
        answered = HelpRequest.objects.filter(status=HelpRequest.Status.RESOLVED)
        sharing = answered.filter(learned_answer=help_request.learned_answer_id).exclude(pk=help_request.pk)
    return [help_request, *sharing.by_promise()]


def _waiting(help_request: HelpRequest) -> QuerySet[HelpRequest]:
    pending = HelpRequest.objects.pending().filter(practice=help_request.practice).exclude(pk=help_request.pk)
    return pending.exclude(priority=URGENT).select_related("call", "caller", "claimed_by", "handed_by").by_promise()
