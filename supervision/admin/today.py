"""How today went: since midnight in the salon, without practice."""

from datetime import datetime
from statistics import median

from django.db.models import Count, Q
from django.utils import timezone

from supervision.models import Call, Citation, HelpRequest, Promise


def figures(now: datetime) -> dict:
    """Counts; `median` is how many seconds half of the callers had to wait for a person's answer, None without any."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    requests = HelpRequest.objects.filter(practice=False)
    herself, asked = _by_herself(midnight), requests.filter(created_at__gte=midnight).count()
    resolved = requests.filter(status=HelpRequest.Status.RESOLVED, responded_at__gte=midnight)
    waits = [(to - since).total_seconds() for since, to in resolved.values_list("created_at", "responded_at")]
    return {
        "herself": herself,
        "asked": asked,
        "questions": herself + asked,
        "resolved": len(waits),
        "median": median(waits) if waits else None,
        **_promises(midnight),
    }


def _by_herself(since: datetime) -> int:
    """How many of her utterances spoke a stored answer that nobody had to give her in that call."""
    spoken = Citation.objects.filter(utterance__created_at__gte=since, utterance__message=None)
    real = spoken.exclude(utterance__call__channel__in=Call.PRACTICE_CHANNELS)
    return real.filter(utterance__call__practised_by=None).values("utterance").distinct().count()


def _promises(since: datetime) -> dict[str, int]:
    settled = Promise.objects.filter(help_request__practice=False, settled_at__gte=since)
    kept, broken = Q(state=Promise.State.KEPT), Q(state=Promise.State.BROKEN)
    return settled.aggregate(kept=Count("pk", kept), broken=Count("pk", broken), settled=Count("pk", kept | broken))
