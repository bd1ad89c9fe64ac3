"""A call with a room on LiveKit: rings, is answered, holds, is taken over and handed back, each only once."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from supervision import jobs, live, missed, push
from supervision.models import Call, Caller
from supervision.numbers import e164

State = Call.State
RESCUED = "rescue-"  # and how often: the holder of a call that waits for a job
WITH_HER = (State.ANSWERED, State.HOLDING)
TYPED = "number typed into the practice page"


def ring(*, room: str, channel: str, phone: str = "", practised_by: AbstractBaseUser | None = None, at=None) -> Call:
    """The call of this room: the one there is, or a new one that nobody has answered yet.

    Webhook, poll and job may all be first; a number that makes no sense is a withheld one.
    """
    at = at or timezone.now()
    with transaction.atomic():
        call, is_new = Call.objects.get_or_create(
            room=room,
            defaults={
                "channel": channel,
                "caller": _caller(phone, at),
                "practised_by": practised_by,
                "state": State.RINGING,
                "started_at": at,
            },
        )
        if is_new:
            if practised_by and call.caller:
                agree(call.caller, call, words=TYPED, at=at)
            tell(call, "call_ringing")
    return call


def agree(caller: Caller, call: Call, *, words: str, at: datetime) -> None:
    """A number that a supervisor gives for practice is a yes to texts."""
    if not caller.consents.filter(withdrawn_at=None).exists():
        caller.consents.create(call=call, words=words, given_at=at)


def answer(call: Call, *, at: datetime | None = None) -> bool:
    """Ringing → answered; False when it was answered before, or is over."""
    at = at or timezone.now()
    with transaction.atomic():
        if Call.objects.filter(pk=call.pk, state=State.RINGING).exists():
            missed.take_back(call, at=at)
        return _move(call, (State.RINGING,), "call_opened", state=State.ANSWERED, started_at=at)


def hold(call: Call) -> bool:
    """The caller has agreed to wait on the line."""
    with transaction.atomic():
        holds = _move(call, (State.ANSWERED,), "call_holding", state=State.HOLDING)
        if holds:
            push.hold(call, at=timezone.now())
    return holds


def resume(call: Call) -> bool:
    """Nothing is waited for on the line any longer."""
    return _move(call, (State.HOLDING,), "call_resumed", state=State.ANSWERED)


def greeted(call: Call, *, at: datetime | None = None) -> bool:
    """The greeting was played whole: the caller knows that an AI listens, and who may listen too."""
    return bool(Call.objects.filter(pk=call.pk, greeted_at=None).update(greeted_at=at or timezone.now()))


def go_off_the_record(call: Call) -> bool:
    """ "No" to being transcribed: what is said from now on is not stored, and who listens has to leave."""
    with transaction.atomic():
        if not Call.objects.filter(pk=call.pk, off_the_record=False).update(off_the_record=True):
            return False
        jobs.run_soon(jobs.PUT_OUT)
        tell(Call.objects.get(pk=call.pk), "call_off_the_record")
    return True


def take_over(call: Call, *, by: AbstractBaseUser) -> bool:
    """A person speaks from now on; False when somebody else does, or the call is over."""
    return _move(call, WITH_HER, "call_taken_over", by=by, state=State.TAKEN_OVER, taken_over_by=by)


def hand_back(call: Call, *, by: AbstractBaseUser | None = None, reason: str = "") -> bool:
    """She speaks again: given back by the person, or the person has vanished."""
    values = {"state": State.ANSWERED, "taken_over_by": None}
    with transaction.atomic():
        jobs.run_soon(jobs.PUT_OUT)  # his microphone is open still
        return _move(call, (State.TAKEN_OVER,), "call_handed_back", reason=reason, by=by, **values)


def begin_transfer(call: Call) -> bool:
    return _move(call, WITH_HER, "call_transferring", state=State.TRANSFERRING)


def transfer_failed(call: Call, *, reason: str) -> bool:
    """She is back with the caller."""
    return _move(call, (State.TRANSFERRING,), "call_resumed", reason=reason, state=State.ANSWERED)


def claim_rescue(call: Call, *, at: datetime | None = None) -> bool:
    """Send another job into this call, whose own has gone: for one of all who see it, since the row decides.

    From now on whoever takes the call first has it, and the old job's beat finds no row. False when the call has
    changed since `call` was read.
    """
    tried = rescues(call) + 1
    as_seen = Call.objects.open().filter(pk=call.pk, holder=call.holder, epoch=call.epoch, beat_at=call.beat_at)
    at = at or timezone.now()
    return bool(as_seen.update(holder=f"{RESCUED}{tried}", epoch=F("epoch") + 1, beat_at=at))


def rescues(call: Call) -> int:
    """How often it has been sent a job since one held it last."""
    return int(call.holder.removeprefix(RESCUED)) if call.holder.startswith(RESCUED) else 0


def let_go(*, holder: str) -> int:
    """A process that ends by plan leaves its calls for others to take at once; returns how many."""
    with transaction.atomic():
        left = Call.objects.open().filter(holder=holder).update(beat_at=None)
        if left:
            transaction.on_commit(live.ring, robust=True)
    return left


def note_usage(call: Call, usage: dict) -> None:
    """What it took of each vendor so far, as `Call.usage` has it."""
    Call.objects.filter(pk=call.pk).update(usage=usage)


def note_recording(call: Call, name: str) -> None:
    """The name of its recording in RECORDINGS_DIR; "" once that is deleted."""
    Call.objects.filter(pk=call.pk).update(recording=name)


def delete_old_recordings(*, at: datetime | None = None) -> int:
    """Of calls that ended longer ago than recordings are kept, and what no call knows of; returns how many."""
    before = (at or timezone.now()) - settings.RECORDINGS_KEPT
    old = Call.objects.exclude(recording="").filter(started_at__lt=before)
    for call in old:
        (settings.RECORDINGS_DIR / call.recording).unlink(missing_ok=True)
        note_recording(call, "")
    return len(old) + _delete_strays(before)


def _delete_strays(before: datetime) -> int:
    """A process that was killed has left a file whose name no row holds."""
    files = settings.RECORDINGS_DIR.glob("*.ogg") if settings.RECORDINGS_DIR.exists() else ()
    strays = [file for file in files if file.stat().st_mtime < before.timestamp()]
    for file in strays:
        file.unlink(missing_ok=True)
    return len(strays)


def tell(call: Call, kind: str, *, reason: str = "", by: AbstractBaseUser | None = None) -> None:
    """The desk's event about a call, and that of whoever follows the call; last in its transaction."""
    about = {"call": str(call.pk), "practice": call.is_practice, "by": str(by.pk) if by else ""}
    live.emit(live.DESK, kind, reason=reason, **about)
    live.emit(f"call:{call.pk}", "state", call=str(call.pk), state=call.state)


def _move(call: Call, old: tuple, kind: str, *, reason: str = "", by: AbstractBaseUser | None = None, **values) -> bool:
    with transaction.atomic():
        if not Call.objects.filter(pk=call.pk, state__in=old).update(**values):
            return False
        tell(Call.objects.get(pk=call.pk), kind, reason=reason, by=by)
    return True


def _caller(phone: str, at: datetime) -> Caller | None:
    try:
        phone = e164(phone) if phone.strip() else ""
    except ValidationError:
        return None
    return Caller.objects.get_or_create(phone=phone, defaults={"created_at": at})[0] if phone else None
