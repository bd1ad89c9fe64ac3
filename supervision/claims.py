"""Who is writing an answer: advice to the others, never a lock, and over by itself."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from supervision import alerts
from supervision.asking import AlreadyClosed, TooLate, tell
from supervision.models import HelpRequest

UNCLAIMED = {"claimed_by": None, "claimed_until": None, "handed_by": None}
WAITS = timedelta(minutes=5)  # for a colleague to take what he was handed, or half of what is left of the promise


def claim(help_request: HelpRequest, *, by: AbstractBaseUser, at: datetime | None = None) -> HelpRequest:
    """Tell the others that `by` is writing an answer. Advice, no lock: the row returned says who has it.

    Raises AlreadyClosed when it is resolved.
    """
    at = at or timezone.now()
    with transaction.atomic():
        mine = Q(claimed_by=by) | Q(handed_by=by) | Q(claimed_by=None) | Q(claimed_until__lte=at)
        free = HelpRequest.objects.answerable().filter(mine, pk=help_request.pk)
        is_new = free.exclude(claimed_by=by, claimed_until__gt=at, handed_by=None).exists()
        claimed = free.update(claimed_by=by, claimed_until=at + settings.CLAIM_EXPIRES, handed_by=None)
        help_request = HelpRequest.objects.get(pk=help_request.pk)
        if not help_request.is_answerable:
            raise AlreadyClosed(help_request)
        if claimed and is_new:
            tell(help_request, "claimed", by=by)
    return help_request


def release(help_request: HelpRequest, *, by: AbstractBaseUser, at: datetime | None = None) -> HelpRequest:
    """`by` is no longer writing; what he was handed goes back. Without effect on another's claim."""
    at = at or timezone.now()
    with transaction.atomic():
        his = HelpRequest.objects.filter(pk=help_request.pk, claimed_by=by)
        came_back = _give_back(his, at=at)
        released = not came_back and his.update(**UNCLAIMED)
        help_request = HelpRequest.objects.get(pk=help_request.pk)
        if came_back or released:
            tell(help_request, "hand_over_refused" if came_back else "released", by=by)
    return help_request


def hand_over(
    help_request: HelpRequest, *, by: AbstractBaseUser, to: AbstractBaseUser, at: datetime | None = None
) -> HelpRequest:
    """The claim is `to`'s, who is told; what he does not take in a while comes back to `by`.

    Raises AlreadyClosed when it is resolved, TooLate when another than `by` is answering it.
    """
    at = at or timezone.now()
    with transaction.atomic():
        mine = Q(claimed_by=by) | Q(handed_by=by) | Q(claimed_by=None) | Q(claimed_until__lte=at)
        free = HelpRequest.objects.answerable().filter(mine, pk=help_request.pk)
        left = (help_request.promised_by - at) / 2
        until = at + (min(WAITS, left) if left > timedelta() else WAITS)
        handed = free.update(claimed_by=to, claimed_until=until, handed_by=by)
        help_request = HelpRequest.objects.get(pk=help_request.pk)
        if not help_request.is_answerable:
            raise AlreadyClosed(help_request)
        if not handed:
            raise TooLate("A colleague is answering it.")
        alerts.hand_over(help_request, to=to, by=by, at=at)
        tell(help_request, "handed_over", by=by)
    return help_request


def bring_back(*, at: datetime | None = None) -> int:
    """What was handed to somebody who has not taken it is again with whom it came from; returns how many."""
    at = at or timezone.now()
    back = 0
    for help_request in HelpRequest.objects.handed_in_vain(at).select_related("handed_by"):
        with transaction.atomic():
            if _give_back(HelpRequest.objects.handed_in_vain(at).filter(pk=help_request.pk), at=at):
                back += 1
                tell(help_request, "hand_over_came_back", reason="nobody took it", by=help_request.handed_by)
    return back


def _give_back(rows: QuerySet[HelpRequest], *, at: datetime) -> int:
    """The conditional update that decides between a hand-over's end and who takes it at that moment."""
    handed = rows.filter(handed_by__isnull=False)
    return handed.update(claimed_by=F("handed_by"), claimed_until=at + settings.CLAIM_EXPIRES, handed_by=None)


def snooze(
    help_request: HelpRequest, *, by: AbstractBaseUser, length: timedelta, at: datetime | None = None
) -> HelpRequest:
    """Nobody is reminded of it for so long, or for half of what is left of the promise; `by` no longer writes.

    Raises AlreadyClosed when it is not pending.
    """
    at = at or timezone.now()
    with transaction.atomic():
        help_request = HelpRequest.objects.get(pk=help_request.pk)
        left = (help_request.promised_by - at) / 2
        until = at + (min(length, left) if left > timedelta() else length)
        snoozed = HelpRequest.objects.pending().filter(pk=help_request.pk).update(snoozed_until=until)
        help_request = release(help_request, by=by)
        if not snoozed:
            raise AlreadyClosed(help_request)
        tell(help_request, "snoozed", by=by)
    return help_request
