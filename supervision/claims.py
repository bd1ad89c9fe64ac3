"""Who is writing an answer: advice to the others, never a lock, and over by itself."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supervision.asking import AlreadyClosed, tell
from supervision.models import HelpRequest

UNCLAIMED = {"claimed_by": None, "claimed_until": None}


def claim(help_request: HelpRequest, *, by: AbstractBaseUser, at: datetime | None = None) -> HelpRequest:
    """Tell the others that `by` is writing an answer. Advice, no lock: the row returned says who has it.

    Raises AlreadyClosed when it is resolved.
    """
    at = at or timezone.now()
    with transaction.atomic():
        mine = Q(claimed_by=by) | Q(claimed_by=None) | Q(claimed_until__lte=at)
        free = HelpRequest.objects.answerable().filter(mine, pk=help_request.pk)
        is_new = free.exclude(claimed_by=by, claimed_until__gt=at).exists()
        claimed = free.update(claimed_by=by, claimed_until=at + settings.CLAIM_EXPIRES)
        help_request = HelpRequest.objects.get(pk=help_request.pk)
        if not help_request.is_answerable:
            raise AlreadyClosed(help_request)
        if claimed and is_new:
            tell(help_request, "claimed", by=by)
    return help_request


def release(help_request: HelpRequest, *, by: AbstractBaseUser) -> HelpRequest:
    """`by` is no longer writing; without effect on another's claim."""
    with transaction.atomic():
        released = HelpRequest.objects.filter(pk=help_request.pk, claimed_by=by).update(**UNCLAIMED)
        help_request = HelpRequest.objects.get(pk=help_request.pk)
        if released:
            tell(help_request, "released", by=by)
    return help_request


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
