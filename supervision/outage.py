"""Texts that the provider does not take at the moment: they wait and are tried again, and the desk says so."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Min

from supervision.models import Attempt, Message

MOMENT = timedelta(minutes=1)  # one try that failed is no news


class Outage(NamedTuple):
    since: datetime
    count: int  # of texts that wait
    reason: str  # the provider's, or the network's


def now(at: datetime) -> Outage | None:
    """None while texts leave, or have been failing for no longer than a moment."""
    in_vain = Attempt.objects.filter(message__state=Message.State.QUEUED, outcome=Attempt.Outcome.NOT_SENT)
    found = in_vain.aggregate(since=Min("started_at"), count=Count("message", distinct=True))
    if not found["count"] or at - found["since"] < MOMENT:
        return None
    return Outage(**found, reason=in_vain.order_by("-id").values_list("detail", flat=True)[0])
