"""Which help requests a supervisor's text can be about: those that he was told of by text."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from supervision.models import HelpRequest, InboundText, Message, Supervisor
from supervision.references import in_use

S = Message.State
SEEN = (S.SENDING, S.SENT, S.DELIVERED, S.UNKNOWN, S.UNDECIDED)  # or may have been
REMEMBERED = timedelta(days=7)
LATELY = timedelta(hours=12)  # he may not have noticed that it is closed, or that nobody answered in time
JUST = timedelta(hours=1)  # his words may be meant for what a colleague has just closed
A_MOMENT = timedelta(minutes=2)  # what follows so soon on his own answer may be the rest of it


def named(reference: str, at: datetime) -> HelpRequest | None:
    """The one that is called so now; of those that are closed, the newest."""
    called = in_use(at).filter(reference=reference)
    return called.pending().first() or called.order_by("-responded_at").first()


def waiting(supervisor: Supervisor, text: InboundText) -> list[HelpRequest]:
    """Sent to this supervisor, and nobody has answered or put it away."""
    nobody_came = Q(status=HelpRequest.Status.UNRESOLVED, closed_because=HelpRequest.ClosedBecause.TIMED_OUT)
    open_still = Q(status=HelpRequest.Status.PENDING) | nobody_came & Q(responded_at__gt=text.received_at - LATELY)
    return list(_told(supervisor, text).filter(open_still).order_by("created_at"))


def just_closed(supervisor: Supervisor, text: InboundText) -> list[HelpRequest]:
    """What was closed so short a time ago that words without a name may be meant for it; the newest first."""
    by_others = ~Q(responded_by=supervisor.user) & Q(responded_at__gt=text.received_at - JUST)
    by_himself = Q(responded_by=supervisor.user, responded_at__gt=text.received_at - A_MOMENT)
    return list(_closed(supervisor, text).filter(by_others | by_himself))


def lately_closed(supervisor: Supervisor, text: InboundText) -> list[HelpRequest]:
    return list(_closed(supervisor, text).filter(responded_at__gt=text.received_at - LATELY)[:1])


def _closed(supervisor: Supervisor, text: InboundText) -> QuerySet[HelpRequest]:
    closed = _told(supervisor, text).exclude(status=HelpRequest.Status.PENDING)
    closed = closed.exclude(closed_because=HelpRequest.ClosedBecause.TIMED_OUT)
    return closed.select_related("responded_by").order_by("-responded_at")


def _told(supervisor: Supervisor, text: InboundText) -> QuerySet[HelpRequest]:
    """By any text about it, or that names it among others, that had left when his came."""
    since, until = text.received_at - REMEMBERED, text.received_at
    told = Message.objects.filter(supervisor=supervisor, state__in=SEEN, created_at__gt=since, created_at__lte=until)
    return HelpRequest.objects.filter(Q(pk__in=told.values("about")) | Q(pk__in=told.values("names")))
