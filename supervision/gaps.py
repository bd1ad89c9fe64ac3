"""What callers ask and she cannot answer, most asked first: what to teach her next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, Max, OuterRef, Q

from knowledge.models import LearnedAnswer, Phrasing
from supervision.models import HelpRequest
from supervision.models.caller import ERASED

OVER = timedelta(days=30)
A_MINUTE = 60
Because = HelpRequest.ClosedBecause


@dataclass(frozen=True)
class Gap:
    """A question that callers have asked and that nobody has answered for everyone."""

    question: str
    times: int
    help_request: HelpRequest  # the newest that asks it


def most_asked_after(event: int, *, revision: int, at: datetime, limit: int, least: int) -> list[Gap]:
    """As `most_asked`, counted once in each process while no event follows and what she knows stays as it is."""
    key = f"gaps:{event}:{revision}:{limit}:{least}"
    found = cache.get(key)
    if found is None:
        found = most_asked(at=at, limit=limit, least=least)
        cache.set(key, found, A_MINUTE)
    return found


def most_asked(*, at: datetime, limit: int, least: int = 1) -> list[Gap]:
    """Questions of the last 30 days that are open or were left, asked at least so often; without practice.

    What is waiting at its first time of asking is no gap yet where `least` is 2: it stands among those who wait.
    """
    requests = HelpRequest.objects.filter(practice=False, created_at__gt=at - OVER).order_by()
    meant = requests.answerable().exclude(closed_because__in=(Because.WITHDRAWN, Because.NONSENSE))
    meant = meant.exclude(question=ERASED)
    # resolved, said so that SQLite looks for the question and not through all that were resolved
    open_or_left = (HelpRequest.Status.PENDING, HelpRequest.Status.UNRESOLVED)
    known = requests.filter(scope=HelpRequest.Scope.EVERYONE).exclude(status__in=open_or_left)
    followed = Phrasing.objects.approved().filter(learned_answer__in=LearnedAnswer.objects.valid(at))
    unknown = meant.exclude(Exists(known.filter(question_key=OuterRef("question_key"))))  # few, each looked up
    asked = unknown.exclude(question_key__in=followed.values("key")).values("question_key")
    counted = asked.annotate(times=Count("pk"), last=Max("created_at"), left=Count("pk", Q(status="unresolved")))
    often = list(counted.filter(Q(times__gte=least) | Q(left__gt=0)).order_by("-times", "-last")[:limit])
    newest = {}
    for one in meant.filter(question_key__in=[row["question_key"] for row in often]).order_by("created_at"):
        newest[one.question_key] = one
    rows = [(newest[row["question_key"]], row["times"]) for row in often if row["question_key"] in newest]
    return [Gap(question=one.question, times=times, help_request=one) for one, times in rows]
