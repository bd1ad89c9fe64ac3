"""A conversation from its first moment to its end: who holds it, who listens, and when it is over."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from supervision import messages, missed
from supervision.lines import (
    RESCUED,
    TYPED,
    agree,
    answer,
    begin_transfer,
    claim_rescue,
    delete_old_recordings,
    go_off_the_record,
    greeted,
    hand_back,
    hold,
    let_go,
    note_recording,
    note_usage,
    rescues,
    resume,
    ring,
    take_over,
    tell,
    transfer_failed,
)
from supervision.models import Call, Caller, Message, Utterance
from supervision.models.call import FRESH, GONE, TEXTS_GONE
from supervision.numbers import e164
from supervision.utterances import (
    Replaced,
    begin_reply,
    extend,
    finish_reply,
    record_confirmation,
    record_utterance,
)

__all__ = [
    "Replaced", "answer", "beat", "begin_reply", "begin_transfer", "claim_rescue", "close_call",
    "delete_old_recordings", "e164", "extend", "finish_reply", "go_off_the_record", "greeted", "hand_back", "hold",
    "is_mine", "let_go", "news", "note_recording", "note_usage", "open_by_text", "open_call", "record_confirmation",
    "record_utterance", "reopen_call", "rescues", "resume", "ring", "see", "sweep", "take", "take_over",
    "transfer_failed", "unanswered",
]  # fmt: skip

GIVEN_BY = {Call.Channel.PRACTICE: TYPED, Call.Channel.CONSOLE: "given by --phone"}


def open_call(
    *, channel: str, phone: str = "", practised_by: AbstractBaseUser | None = None, at: datetime | None = None
) -> Call:
    """A call that has just been answered. A number typed for practice or on the command line is a yes to texts.

    Raises ValidationError with words for people when the number cannot be texted.
    """
    at = at or timezone.now()
    phone = e164(phone) if phone.strip() else ""
    with transaction.atomic():
        caller = Caller.objects.get_or_create(phone=phone, defaults={"created_at": at})[0] if phone else None
        seen_at = at if channel == Call.Channel.PRACTICE else None
        call = Call.objects.create(
            channel=channel, caller=caller, practised_by=practised_by, started_at=at, seen_at=seen_at
        )
        if caller and channel in GIVEN_BY:
            agree(caller, call, words=GIVEN_BY[channel], at=at)
        tell(call, "call_opened")
    return call


def open_by_text(caller: Caller, *, at: datetime | None = None) -> Call:
    """The conversation by text with this caller that is open, or a new one."""
    at = at or timezone.now()
    theirs = Call.objects.open().by_text().filter(caller=caller)
    try:
        with transaction.atomic():
            if call := theirs.first():
                return call
            call = Call.objects.create(channel=Call.Channel.TEXT, caller=caller, started_at=at, seen_at=at)
            tell(call, "call_opened")
    except IntegrityError:  # another worker was faster
        return theirs.get()
    return call


def reopen_call(call: Call, *, at: datetime | None = None) -> Call:
    """The page of a practice call is there again: it goes on. Without effect on one that is open."""
    at = at or timezone.now()
    with transaction.atomic():
        closed = Call.objects.filter(pk=call.pk, channel=Call.Channel.PRACTICE).exclude(state__in=Call.OPEN)
        reopened = closed.update(state=Call.State.ANSWERED, ended_at=None, seen_at=at)
        call = Call.objects.get(pk=call.pk)
        if reopened:
            tell(call, "call_opened", reason="its page is open again")
    return call


def take(call: Call, *, holder: str, at: datetime | None = None) -> int | None:
    """Hold this call from now on: the new epoch, or None while another holder's beat is fresh, or when it has ended.

    Of two jobs in one spoken call the second gets None, also where one process has both.
    """
    at = at or timezone.now()
    with transaction.atomic():
        waits = (
            Q(holder=holder) & ~Q(channel__in=Call.SPOKEN_CHANNELS)
            | Q(holder__startswith=RESCUED)
            | Q(beat_at=None)
            | Q(beat_at__lte=at - FRESH)
        )
        free = Call.objects.open().filter(waits, pk=call.pk)
        if not free.update(holder=holder, epoch=F("epoch") + 1, beat_at=at):
            return None
        return Call.objects.values_list("epoch", flat=True).get(pk=call.pk)


def is_mine(call: Call) -> bool:
    """Whether no other job has taken this call since it was read by the one that holds it; also once it has ended."""
    return Call.objects.filter(pk=call.pk, epoch=call.epoch).exists()


def beat(held: dict[UUID, int], *, holder: str, at: datetime | None = None) -> set[UUID]:
    """A sign of life for each call held (id: epoch); returns those that are lost: another's, or ended.

    What is held for a caller who can hear her now stays on the line for another three seconds.
    """
    with transaction.atomic():
        at = at or timezone.now()  # once it is its turn to write: after a wait the sign is as fresh as the process
        mine = Call.objects.open().filter(holder=holder)
        lost = {pk for pk, epoch in held.items() if not mine.filter(pk=pk, epoch=epoch).update(beat_at=at)}
        listening = Call.objects.listening(at).filter(pk__in=held.keys() - lost)
        on_the_line = Message.objects.on_the_line().filter(call__in=list(listening.values_list("pk", flat=True)))
        on_the_line.update(release_at=at + messages.HELD_FOR)
    return lost


def see(call: Call, *, at: datetime | None = None) -> bool:
    """The page on which this call is typed is there; False when the call has ended."""
    return bool(Call.objects.open().filter(pk=call.pk).update(seen_at=at or timezone.now()))


def unanswered(*, holder: str, at: datetime | None = None) -> list[Utterance]:
    """Typed turns that wait for her, oldest first, in calls that `holder` has or may take."""
    at = at or timezone.now()
    calls = Call.objects.open().typed()
    free_or_mine = calls.filter(holder=holder) | calls.unheld(at)
    waiting = Utterance.objects.filter(speaker=Utterance.Speaker.CALLER, answered_at=None, call__in=free_or_mine)
    return list(waiting.select_related("call").order_by("id"))


def news(call: Call) -> list[Message]:
    """What is held for this call, oldest first."""
    held = Message.objects.filter(call=call, state=Message.State.HELD)
    return list(held.select_related("help_request").order_by("id"))


def close_call(call: Call, *, state: str = Call.State.ENDED, because: str = "", at: datetime | None = None) -> bool:
    """The call is over: what was held for it goes out as texts. False when it was over already."""
    return _close(Call.objects.open(), call, state, because=because, at=at or timezone.now())


def sweep(at: datetime | None = None) -> int:
    """End the practice calls whose page, and the console calls whose process, is gone for a while; returns how many.

    Also the conversations by text in which nothing comes any more.
    """
    at = at or timezone.now()
    open_calls = Call.objects.open()
    over = (open_calls.gone(at - GONE), open_calls.faded(at - TEXTS_GONE))
    return sum(_close(rows, call, Call.State.ENDED, at=at) for rows in over for call in list(rows))


def _close(rows, call: Call, state: str, *, because: str = "", at: datetime) -> bool:
    with transaction.atomic():
        if not rows.filter(pk=call.pk).update(state=state, ended_because=because, ended_at=at):
            return False
        call = Call.objects.select_related("caller").get(pk=call.pk)
        messages.announce(messages.let_all_go(call, at=at), at=at)
        if missed.is_to_be_followed(call) and (reason := missed.text_after(call, at=at)):
            tell(call, "not_texted", reason=reason)
        tell(call, "call_closed", reason=because)
    return True
