"""Which answers say something else to what somebody is about to teach."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from knowledge.alike import SAME, likeness
from knowledge.models import LearnedAnswer, Phrasing
from knowledge.search import find_answers
from knowledge.wording import key_of

MOST = 5


def conflicting(
    question: str, answer: str, *, phrasings: Iterable[str] = (), besides: LearnedAnswer | None = None
) -> list[LearnedAnswer]:
    """Active answers in other words that one of these wordings leads to for sure."""
    keys = {key_of(text) for text in (question, *phrasings)}
    led = Phrasing.objects.approved().filter(key__in=keys, learned_answer=OuterRef("pk"))
    rows = LearnedAnswer.objects.active().filter(Q(question_key__in=keys) | Exists(led)).exclude(answer=answer)
    return list(rows.exclude(pk=besides and besides.pk).select_related("taught_by").order_by("learned_at")[:MOST])


def asking_the_same(question: str, answer: str) -> list[LearnedAnswer]:
    """Active answers in other words whose question differs from this one by filling words only."""
    near = [one for one in find_answers(question).candidates if one.id.startswith("learned:") and one.answer != answer]
    same = [one.id.removeprefix("learned:") for one in near if likeness(one.question, question) == SAME]
    return list(LearnedAnswer.objects.active().filter(pk__in=same).select_related("taught_by"))
