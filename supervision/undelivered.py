"""Answers whose text has not reached anybody: why, what can be done instead, and what a person has done."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef
from django.utils import timezone

from supervision.asking import tell
from supervision.delivery import reasons
from supervision.health import StandIn
from supervision.models import Attempt, HelpRequest, Message, Promise

State = Message.State
Outcome = Attempt.Outcome
Because = HelpRequest.ClosedBecause
CAME_TO_NOTHING = (State.UNDELIVERED, State.REFUSED)
NOBODY_KNOWS = (State.UNKNOWN, State.UNDECIDED)
ON_THE_DESK_FOR = timedelta(days=3)
A_MOMENT = timedelta(minutes=1)  # a single failure is no outage
NOBODY_TO_TEXT = (Message.CancelledBecause.OPTED_OUT, Message.CancelledBecause.UNREACHABLE)


def of(help_request: HelpRequest) -> Message | None:
    """The answer's text, where the caller has not got it, or may not have; None where all is well or nothing is due."""
    if help_request.closed_because not in (Because.ANSWERED, Because.MERGED):
        return None
    answers = help_request.messages.filter(purpose__in=Message.ANSWERS, round=help_request.round)
    message = answers.order_by("-id").first()
    if message is None:
        return None
    nobody = message.state == State.CANCELLED and message.cancelled_because in NOBODY_TO_TEXT
    return message if nobody or message.state in CAME_TO_NOTHING + NOBODY_KNOWS else None


def advice(message: Message) -> str:
    """Which words help: "opted_out", "number", "ours", "unknown", "undecided", "nobody" or "other"."""
    if message.state in NOBODY_KNOWS:
        return message.state
    if message.error_code == reasons.NO_TEXTS or message.cancelled_because == Message.CancelledBecause.OPTED_OUT:
        return "opted_out"
    if message.state == State.CANCELLED:
        return "nobody"
    if message.error_code in reasons.NOT_TO_THIS_NUMBER:
        return "number"
    return "ours" if message.error_code in reasons.OUR_SENDER else "other"


def may_go_elsewhere(message: Message) -> bool:
    """It has surely not arrived, and not because its recipient wants no texts: another number may get it."""
    return message.state in CAME_TO_NOTHING and advice(message) != "opted_out"


def told_by_phone(help_request: HelpRequest, *, by: AbstractBaseUser, at: datetime | None = None) -> bool:
    """A person has rung the caller instead; False where the text arrived after all, or was answered anew.

    A promise that only the text had broken is kept, if the caller has not had to wait longer than was said.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = HelpRequest.objects.select_for_update().get(pk=help_request.pk)
        if of(locked) is None:
            return False
        HelpRequest.objects.filter(pk=locked.pk).update(closed_because=Because.TOLD_BY_PHONE)
        theirs = locked.promises.filter(round=locked.round)
        in_time = theirs.filter(state=Promise.State.BROKEN, due_at__gte=at)
        (theirs.open() | in_time).update(state=Promise.State.KEPT, settled_at=at)
        locked.refresh_from_db()
        tell(locked, "told_by_phone", by=by)
    return True


def recent(at: datetime) -> list[Message]:
    """Answers of the last days that nobody got, and of which nobody has said yet that he has seen to it."""
    rows = Message.objects.filter(
        state__in=(*CAME_TO_NOTHING, State.UNDECIDED),
        purpose__in=Message.ANSWERS,
        created_at__gt=at - ON_THE_DESK_FOR,
        round=F("help_request__round"),
        help_request__closed_because__in=(Because.ANSWERED, Because.MERGED),
        help_request__practice=False,
    )
    same = {name: OuterRef(name) for name in ("help_request", "round")}
    later = Message.objects.filter(**same, purpose__in=Message.ANSWERS, id__gt=OuterRef("id"))
    return list(rows.filter(~Exists(later)).select_related("help_request").order_by("created_at"))


def outage(at: datetime) -> StandIn | None:
    """The provider takes no texts at present: how many wait, since when and why; None where it does."""
    tried = Attempt.objects.filter(
        message__state__in=(State.QUEUED, State.UNKNOWN), outcome__in=(Outcome.NOT_SENT, Outcome.UNKNOWN)
    )
    found = tried.aggregate(waiting=Count("message", distinct=True), since=Min("started_at"))
    if not found["waiting"] or found["since"] > at - A_MOMENT:
        return None
    reason = tried.order_by("-id").values_list("detail", flat=True).first()
    return StandIn(part="texts", using=f"{found['waiting']} wait", since=found["since"], reason=reason or "")
