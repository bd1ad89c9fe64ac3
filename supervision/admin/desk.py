"""The desk: who waits for an answer, who is on the line, how today went."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from supervision import grouping, health, missed, undelivered
from supervision.admin import duty, first_day, texts
from supervision.admin.digest import unmailed
from supervision.admin.holding import Holding, holding
from supervision.admin.today import figures
from supervision.gaps import Gap, most_asked_after
from supervision.models import Call, HelpRequest, Message, Utterance

ROWS = 100  # more help requests than this are a list, not a desk
LEFT_ROWS = 10
GAPS = 5


def show(request: HttpRequest, context: dict) -> HttpResponse:
    if not request.user.has_perm("supervision.view_helprequest"):
        raise PermissionDenied("You may not see help requests.")
    now = timezone.now()
    rows, on_hold, steps = list(waiting()), holding(), first_day.steps(request)
    context |= {
        "title": "Desk",
        "waiting": in_line(rows, on_hold),
        "shown_count": len(rows),
        "holding": on_hold,
        "handed": [row for row in rows if row.is_handed_to(request.user, now)],
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
        "steps_left": first_day.left(steps),
        "next_step": first_day.next_of(steps),
        "gaps": gaps(request, now),
        "left_unanswered": list(left_unanswered()),
        "today": figures(now),
        "sent": sent(request),
        "unmailed": unmailed(),
        "stand_ins": [*health.stand_ins(), *filter(None, [undelivered.outage(now)])],
        "not_arrived": undelivered.recent(now),
        "duty": duty.on_desk(request),
        "texts": texts.on_desk(),
        "last_resolved": None if rows else last_resolved(),
        **counted(rows, now),
    }
    context["more_wait"] = context["waiting_count"] - sum(1 for one in on_hold if one.help_request)
    if request.user.has_perm("supervision.view_call"):
        context["missed"] = missed.recent(now)
        context["calls"] = list(on_the_line())
        context["calls_count"] = Call.objects.open().count() if len(context["calls"]) == ROWS else len(context["calls"])
    return TemplateResponse(request, "admin/index.html", context)


def counted(rows: list[HelpRequest], now: datetime) -> dict[str, int]:
    """How many wait and how many of them are late; the database is asked only where not all rows are here."""
    if len(rows) < ROWS:
        return {"waiting_count": len(rows), "late_count": sum(row.promised_by < now for row in rows)}
    pending = HelpRequest.objects.pending()
    return {"waiting_count": pending.count(), "late_count": pending.filter(promised_by__lt=now).count()}


def in_line(rows: list[HelpRequest], on_hold: list[Holding]) -> list[HelpRequest]:
    """Who waits, each group once; without those who hold, of whom each knows who asks the same."""
    held = {one.help_request.pk: one.help_request for one in on_hold if one.help_request}
    for first in grouping.gather(rows) if held else []:
        group = [first, *first.together]
        for row in group:
            if row.pk in held:
                held[row.pk].together = [other for other in group if other is not row]
    return grouping.gather([row for row in rows if row.pk not in held])


def gaps(request: HttpRequest, now: datetime) -> list[Gap]:
    revision = request.salon.revision if request.salon else 0
    return most_asked_after(request.live_after, revision=revision, at=now, limit=GAPS, least=2)


def waiting() -> QuerySet[HelpRequest]:
    return (
        HelpRequest.objects.pending()
        .by_promise()
        .select_related("call", "caller", "claimed_by", "handed_by")
        .prefetch_related("promises")[:ROWS]
    )


def on_the_line() -> QuerySet[Call]:
    newest = Utterance.objects.filter(call=OuterRef("pk")).order_by("-id")
    return (
        Call.objects.open()
        .select_related("caller", "practised_by", "taken_over_by")
        .annotate(
            last_words=Subquery(newest.exclude(text="").values("text")[:1]),
            last_speaker=Subquery(newest.values("speaker")[:1]),
            last_finished=Subquery(newest.values("finished_at")[:1]),
        )[:ROWS]
    )


def last_resolved() -> HelpRequest | None:
    resolved = HelpRequest.objects.filter(status=HelpRequest.Status.RESOLVED)
    return resolved.select_related("responded_by").order_by("-responded_at").first()


def left_unanswered() -> QuerySet[HelpRequest]:
    """What nobody answered in time, or what was left: a supervisor may still answer it."""
    because = HelpRequest.ClosedBecause
    return (
        HelpRequest.objects.filter(
            status=HelpRequest.Status.UNRESOLVED, closed_because__in=(because.LEFT, because.TIMED_OUT)
        )
        .select_related("call", "caller")
        .order_by("-responded_at")[:LEFT_ROWS]
    )


def sent(request: HttpRequest) -> Message | None:
    """The answer that this supervisor has just sent, while it can still be undone or is being told."""
    reference = request.GET.get("sent", "")
    if not (reference.isascii() and reference.isdigit()):
        return None
    sent = Message.objects.filter(pk=reference, help_request__responded_by=request.user)
    message = sent.select_related("help_request__caller").first()
    if message:
        message.shared = len(grouping.members(message.help_request)) - 1
    return message
