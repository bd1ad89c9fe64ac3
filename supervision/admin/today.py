"""How today went: since midnight in the salon, without practice."""

from datetime import datetime
from statistics import median

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from supervision.models import Call, Citation, HelpRequest, Promise, Utterance


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
    # excluded, not asked for as None: else SQLite reads all that ever had none, and not the day
    cited = Exists(Citation.objects.filter(utterance=OuterRef("pk")))
    spoken = Utterance.objects.filter(cited, created_at__gte=since).exclude(message__isnull=False)
    return spoken.exclude(call__channel__in=Call.PRACTICE_CHANNELS).exclude(call__practised_by__isnull=False).count()


def _promises(since: datetime) -> dict[str, int]:
    settled = Promise.objects.filter(help_request__practice=False, settled_at__gte=since)
    kept, broken = Q(state=Promise.State.KEPT), Q(state=Promise.State.BROKEN)
    return settled.aggregate(kept=Count("pk", kept), broken=Count("pk", broken), settled=Count("pk", kept | broken))
