"""What the pages of learned answers show: the list beside, and all about one of them."""

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone

from knowledge import answer_list
from knowledge.models import Change, LearnedAnswer, Phrasing

PAGE = 50
TO_DECIDE = 8
SHOWN_CHANGES = 50
KINDS = (
    ("", "All"),
    ("expiring", "Ending soon"),
    ("proposed", "To decide"),
    ("disagreeing", "Disagreeing"),
    ("retired", "Retired"),
)


def listed(request: HttpRequest) -> dict:
    """The list as it is looked for: `q`, `show` and `page` of the address."""
    at = timezone.now()
    text, show = request.GET.get("q", "")[: answer_list.LONGEST].strip(), request.GET.get("show", "")
    show = show if show in answer_list.KINDS else ""
    found = answer_list.find(text, show=show, at=at).prefetch_related("phrasings")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    for row in rows:
        row.found_in = answer_list.found_in(row, text)
    query = request.GET.copy()
    for name in set(query) - {"q", "show"}:
        del query[name]
    return {
        "looked_for": text, "show": show, "rows": rows, "total": page.paginator.count, "query": query.urlencode(),
        "in_all": LearnedAnswer.objects.active().count(),
        "more": _next(query, page.next_page_number()) if page.has_next() else "",
        "left": min(PAGE, page.paginator.count - page.end_index()),
        "may_add": request.user.has_perm("knowledge.add_learnedanswer"),
    }  # fmt: skip


def counted() -> dict:
    """The kinds of answers that can be chosen, and how many need a look."""
    return {"kinds": KINDS, "counted": answer_list.count(timezone.now())}


def to_decide() -> dict:
    """Wordings that callers' yes has proposed, the newest first."""
    proposed = Phrasing.objects.proposed().of_active_answers().select_related("learned_answer").order_by("-id")
    return {
        "to_decide": list(proposed[:TO_DECIDE]),
        "wordings": Phrasing.objects.of_active_answers().exclude(state=Phrasing.State.NEGATIVE).count(),
    }


def about(answer: LearnedAnswer) -> dict:
    """Its wordings, what says something else, whether somebody called it wrong, and how it came about."""
    at = timezone.now()
    phrasings = list(answer.phrasings.all())
    struck = sum(one.state == Phrasing.State.NEGATIVE for one in phrasings)
    history = _history(answer)
    return {
        "rows_of_one": [answer],
        "phrasings": phrasings,
        "struck": struck,
        "followed": sum(one.state == Phrasing.State.APPROVED for one in phrasings),
        "disagreeing": list(answer_list.disagreeing_with(answer)) if answer.active else [],
        "ends_soon": bool(answer.valid_until and answer.valid_until <= at + answer_list.SOON),
        "history": history,
        "doubt": _doubt(answer, history),
    }


def _history(answer: LearnedAnswer) -> list[Change]:
    """The newest first; each knows whether it has been taken back, and that not been taken back again."""
    changes = list(answer.changes.select_related("by")[:SHOWN_CHANGES])
    taken_back = set()
    for change in changes:
        change.is_undone = change.decision in taken_back
        if change.undoes and not change.is_undone:
            taken_back.add(change.undoes)
    return changes


def _doubt(answer: LearnedAnswer, history: list[Change]) -> Change | None:
    """That it was called wrong, unless its words have changed since."""
    for change in history:
        if change.verb == Change.Verb.DOUBTED:
            return change if answer.active else None
        if "answer" in change.fields or "active" in change.fields:
            return None
    return None


def _next(query, number: int) -> str:
    query = query.copy()
    query["page"] = number
    return query.urlencode()
