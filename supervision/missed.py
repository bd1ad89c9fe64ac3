"""Calls that nobody could take: who has agreed to texts gets one, once a day; the desk shows them all."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError

from knowledge.models import Salon
from supervision import by_text, hours, messages, numbers
from supervision.models import Call, Message

State, Because = Call.State, Call.EndedBecause
PURPOSE = Message.Purpose.UNANSWERED_CALL
NOBODY_TOOK_IT = (Because.UNANSWERED, Because.BUSY)
DAY = timedelta(days=1)
SHOWN = 5  # on the desk


def text_after(call: Call, *, at: datetime) -> str:
    """One text to who has called in vain, or why there is none: see `why_not`.

    Call it in the transaction in which the call was closed. A number has one text a day: its key is that of the day,
    so that of two calls at once only one has it.
    """
    if reason := why_not(call, at=at):
        return reason
    today = at.astimezone(Salon.objects.current().zone)
    messages.queue_apart(
        subject=f"missed:{today:%Y%m%d}",
        recipient=call.caller.phone,
        purpose=PURPOSE,
        text=by_text.render("missed"),
        call=call,
        release_at=hours.after_quiet_hours(at),
        at=at,
    )
    return ""


def why_not(call: Call, *, at: datetime) -> str:
    """Why a missed call is followed by no text: "withheld", "opted_out", "unreachable", "not_agreed" or "today"."""
    caller = call.caller
    if caller is None or not caller.phone:
        return "withheld"
    if caller.opted_out_at:
        return "opted_out"
    if caller.unreachable_since or not _is_mobile(caller.phone):
        return "unreachable"
    if not caller.may_be_texted:
        return "not_agreed"
    before = Message.objects.filter(recipient=caller.phone, purpose=PURPOSE, created_at__gt=at - DAY)
    return "today" if before.exclude(call=call).exists() else ""


def is_to_be_followed(call: Call) -> bool:
    """Somebody has called by telephone, and nobody could take it; who practises calls nobody."""
    in_vain = call.state == State.MISSED and call.ended_because in NOBODY_TOOK_IT
    return in_vain and call.channel == Call.Channel.PHONE and not call.is_practice


def take_back(call: Call, *, at: datetime) -> None:
    """He has got through: what still waits to say that we could not answer is true no longer."""
    if call.caller and call.caller.phone:
        for message in Message.objects.waiting().filter(recipient=call.caller.phone, purpose=PURPOSE):
            messages.cancel(message, Message.CancelledBecause.SUPERSEDED, at=at)


def recent(at: datetime) -> list[Call]:
    """The last ones of a day, each with its `text` or with `why_not`."""
    rows = Call.objects.filter(state=State.MISSED, ended_because__in=NOBODY_TOOK_IT, started_at__gt=at - DAY)
    # practised_by=None would make SQLite read all calls that nobody practised, and not the day
    rows = rows.filter(channel=Call.Channel.PHONE).exclude(practised_by__isnull=False).select_related("caller")
    missed = list(rows.order_by("-started_at")[:SHOWN])
    texts = {text.call_id: text for text in Message.objects.filter(call__in=missed, purpose=PURPOSE)} if missed else {}
    for call in missed:
        call.text = texts.get(call.pk)
        call.why_not = "" if call.text else why_not(call, at=call.ended_at)
    return missed


def _is_mobile(phone: str) -> bool:
    try:
        return numbers.e164(phone) == phone
    except ValidationError:
        return False
