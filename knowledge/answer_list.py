"""Learned answers as people look for them: by words, those that end soon on top."""

import datetime as dt

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from knowledge.models import LearnedAnswer, Phrasing
from knowledge.wording import clean

SOON = dt.timedelta(days=30)
JUST_ENDED = dt.timedelta(days=7)
MOST_WORDS = 8
LONGEST = 200


def find(text: str, *, show: str = "", at: dt.datetime) -> QuerySet[LearnedAnswer]:
    """Those with every one of these words in question, answer or wordings; `show` as in `KINDS`, else all active."""
    rows = KINDS.get(show, _active)(at)
    for word in words(text):
        asked = Phrasing.objects.filter(_contains("text", word)).order_by().values("learned_answer")
        rows = rows.filter(_contains("question", word) | _contains("answer", word) | Q(pk__in=asked))
    ends_soon = Q(valid_until__gt=at - JUST_ENDED, valid_until__lte=at + SOON)
    on_top = Case(When(ends_soon, then=Value(0)), default=Value(1))
    return rows.annotate(on_top=on_top).order_by("on_top", "-learned_at", "pk").select_related("taught_by")


def words(text: str) -> list[str]:
    """What is looked for; more or longer ones than a person types are left out."""
    return clean(text)[:LONGEST].split()[:MOST_WORDS]


def count(at: dt.datetime) -> dict[str, int]:
    return {show: KINDS[show](at).count() for show in ("expiring", "proposed", "disagreeing")}


def found_in(row: LearnedAnswer, text: str) -> str:
    """The wording in which a word was found that neither the question nor the answer has; or ""."""
    said = f"{row.question}\n{row.answer}".casefold()
    for word in words(text):
        if word.casefold() not in said:
            return next((one.text for one in row.phrasings.all() if word.casefold() in one.text.casefold()), "")
    return ""


def disagreeing_with(answer: LearnedAnswer) -> QuerySet[LearnedAnswer]:
    """Other active answers that an approved wording of this one leads to, too, and that say something else."""
    shared = answer.phrasings.approved().values("key")
    same = Phrasing.objects.approved().filter(key__in=shared, learned_answer=OuterRef("pk"))
    return LearnedAnswer.objects.active().filter(Exists(same)).exclude(Q(pk=answer.pk) | Q(answer=answer.answer))


def _contains(field: str, word: str) -> Q:
    """In any case, of which SQLite knows only that of ASCII."""
    found = Q(**{f"{field}__icontains": word})
    if not word.isascii():
        for other in (word.lower(), word.upper(), word.capitalize()):
            found |= Q(**{f"{field}__contains": other})
    return found


def _active(at: dt.datetime) -> QuerySet[LearnedAnswer]:
    return LearnedAnswer.objects.active()


def _expiring(at: dt.datetime) -> QuerySet[LearnedAnswer]:
    return _active(at).filter(valid_until__lte=at + SOON)


def _proposed(at: dt.datetime) -> QuerySet[LearnedAnswer]:
    return _active(at).filter(pk__in=Phrasing.objects.proposed().order_by().values("learned_answer"))


def _disagreeing(at: dt.datetime) -> QuerySet[LearnedAnswer]:
    led = Phrasing.objects.approved().of_active_answers().order_by().values("key")
    several = led.annotate(answers=Count("learned_answer")).filter(answers__gt=1).values("key")
    return _active(at).filter(pk__in=Phrasing.objects.approved().filter(key__in=several).values("learned_answer"))


def _retired(at: dt.datetime) -> QuerySet[LearnedAnswer]:
    return LearnedAnswer.objects.filter(active=False)


KINDS = {
    "": _active,
    "expiring": _expiring,
    "proposed": _proposed,
    "disagreeing": _disagreeing,
    "retired": _retired,
}
