"""The desk: who waits for an answer, who is on the line, how today went."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from supervision import grouping, health, undelivered
from supervision.admin import duty, texts
from supervision.admin.digest import unmailed
from supervision.admin.holding import holding
from supervision.models import Call, Citation, HelpRequest, Message, Utterance

ROWS = 100  # more help requests than this are a list, not a desk
LEFT_ROWS = 10


def show(request: HttpRequest, context: dict) -> HttpResponse:
    if not request.user.has_perm("supervision.view_helprequest"):
        raise PermissionDenied("You may not see help requests.")
    now = timezone.now()
    rows = list(waiting())
    context |= {
        "title": "Desk",
        "waiting": grouping.gather(rows),
        "shown_count": len(rows),
        "holding": holding(),
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
    if request.user.has_perm("supervision.view_call"):
        context["calls"] = list(on_the_line())
        context["calls_count"] = Call.objects.open().count() if len(context["calls"]) == ROWS else len(context["calls"])
    return TemplateResponse(request, "admin/index.html", context)


def counted(rows: list[HelpRequest], now: datetime) -> dict[str, int]:
    """How many wait and how many of them are late; the database is asked only where not all rows are here."""
    if len(rows) < ROWS:
        return {"waiting_count": len(rows), "late_count": sum(row.promised_by < now for row in rows)}
    pending = HelpRequest.objects.pending()
    return {"waiting_count": pending.count(), "late_count": pending.filter(promised_by__lt=now).count()}


def waiting() -> QuerySet[HelpRequest]:
    return (
        HelpRequest.objects.pending()
        .by_promise()
        .select_related("call", "caller", "claimed_by")
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


def figures(now: datetime) -> dict[str, int]:
    """Since midnight in the salon; practice does not count."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    requests = HelpRequest.objects.filter(practice=False)
    spoken = Citation.objects.filter(utterance__created_at__gte=midnight, utterance__message=None)
    return {
        "herself": spoken.exclude(utterance__call__channel__in=Call.PRACTICE_CHANNELS)
        .filter(utterance__call__practised_by=None)
        .values("utterance")
        .distinct()
        .count(),
        "asked": requests.filter(created_at__gte=midnight).count(),
        "resolved": requests.filter(status=HelpRequest.Status.RESOLVED, responded_at__gte=midnight).count(),
    }


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
