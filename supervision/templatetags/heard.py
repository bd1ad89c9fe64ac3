"""Who heard a learned answer, how often and when last: for the pages of what she knows, which know no callers."""

from uuid import UUID

from django import template
from django.db.models import Count, Max, QuerySet

from knowledge.models import LearnedAnswer
from supervision.models import Call, Citation, Correction

register = template.Library()
SHOWN = 8


@register.simple_tag(takes_context=True)
def heard_counts(context, rows: list[LearnedAnswer]) -> dict[UUID, dict]:
    """For each answer its `times` and `last`; nothing for who may not see calls."""
    if not context["request"].user.has_perm("supervision.view_call"):
        return {}
    said = _heard().filter(learned_answer__in=[row.pk for row in rows]).order_by().values("learned_answer")
    counted = said.annotate(times=Count("id"), last=Max("utterance__heard_at"))
    return {one["learned_answer"]: one for one in counted}


@register.filter
def of(counts: dict[UUID, dict], row: LearnedAnswer) -> dict | None:
    return counts.get(row.pk)


@register.simple_tag(takes_context=True)
def heard_by(context, answer: LearnedAnswer) -> list[Citation]:
    """The latest; nothing for who may not see calls."""
    if not context["request"].user.has_perm("supervision.view_call"):
        return []
    rows = _heard().filter(learned_answer=answer).select_related("utterance__call__caller")
    return list(rows.order_by("-utterance__heard_at")[:SHOWN])


@register.simple_tag(takes_context=True)
def open_correction(context, answer: LearnedAnswer) -> Correction | None:
    """Whether those who heard other words are to be texted; for who may decide it."""
    if not context["request"].user.has_perm("supervision.change_helprequest"):
        return None
    return Correction.objects.open().filter(learned_answer=answer, texts__gt=0).first()


def _heard() -> QuerySet[Citation]:
    """By callers: neither in practice nor without having been played."""
    played = Citation.objects.filter(utterance__heard_at__isnull=False, utterance__call__practised_by=None)
    return played.exclude(utterance__call__channel__in=Call.PRACTICE_CHANNELS)
