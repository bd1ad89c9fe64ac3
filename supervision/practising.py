"""What the page of a practice call does with it: goes on with it, says words once, confirms what it has shown."""

import time
from uuid import UUID

from django.db import IntegrityError, transaction

from supervision import calls, health
from supervision.models import Call, Utterance

AT_ONCE, A_SECOND = 20, 2.0  # turns: nobody types faster, a flood would keep her from everybody else


class Pace:
    """How fast one page may say things."""

    def __init__(self) -> None:
        self.turns_left = float(AT_ONCE)
        self.turned_at = 0.0

    def is_too_fast(self) -> bool:
        """Asked once for each turn."""
        now = time.monotonic()
        self.turns_left = min(AT_ONCE, self.turns_left + (now - self.turned_at) * A_SECOND)
        self.turned_at = now
        if self.turns_left < 1:
            return True
        self.turns_left -= 1
        return False


def resume(call_id: UUID) -> None:
    call = Call.objects.get(pk=call_id)
    if not call.is_open:
        calls.reopen_call(call)
    calls.see(call)


def see(call_id: UUID) -> bool:
    """The page's sign of life; True while somebody is there to answer."""
    calls.see(Call.objects.get(pk=call_id))
    return health.somebody_answers()


def say_once(call_id: UUID, text: str, *, client_id: UUID) -> Utterance:
    """Once for each id that the page gave it: a page sends again after a cut. Raises ValidationError."""
    said = Utterance.objects.filter(call_id=call_id, client_id=client_id)
    try:
        with transaction.atomic():
            return said.first() or _say(call_id, text, client_id=client_id)
    except IntegrityError:  # sent twice at once
        return said.get()


def _say(call_id: UUID, text: str, *, client_id: UUID) -> Utterance:
    call = Call.objects.get(pk=call_id)
    utterance = calls.record_utterance(call, speaker=Utterance.Speaker.CALLER, text=text)
    Utterance.objects.filter(pk=utterance.pk).update(client_id=client_id)
    return utterance


def confirm(call_id: UUID, utterance_id: int) -> None:
    """The page has shown what she said. Without effect on what is none of hers in this call."""
    shown = Utterance.objects.filter(call_id=call_id, speaker=Utterance.Speaker.RECEPTIONIST, heard_at=None)
    if utterance := shown.filter(pk=utterance_id).first():
        calls.record_confirmation(utterance)
