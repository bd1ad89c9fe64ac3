"""Texts that come in: kept once, however often the provider tells of them, and read in order."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from supervision import jobs, live, screening
from supervision.models import InboundText, Supervisor

log = logging.getLogger(__name__)
READ = "supervision.inbound.read_new"
FROM_THE_CHAIR, FROM_CALLERS = "supervision.chair.read", "supervision.replies.read"
LONGEST_ID, LONGEST_NUMBER, LONGEST_TEXT = 64, 20, 4000  # characters; what is longer is cut, an id is refused
TRIES = 5
PAUSE = 2  # seconds before the second try; three times as long before each further one


def take(provider_id: str, sender: str, recipient: str, text: str, at: datetime | None = None) -> bool:
    """Keep it, and have it read soon; False when it was told before, or comes from nobody or from ourselves."""
    provider_id, sender = screening.clean(provider_id), screening.clean(sender)[:LONGEST_NUMBER]
    if not provider_id or len(provider_id) > LONGEST_ID or not sender or sender in _ours():
        return False
    at = at or timezone.now()
    values = {"sender": sender, "recipient": screening.clean(recipient)[:LONGEST_NUMBER], "text": _kept(sender, text)}
    with transaction.atomic():
        _, is_new = InboundText.objects.get_or_create(
            provider_id=provider_id, defaults=values | {"received_at": at, "try_at": at}
        )
        if is_new:
            jobs.run_soon(READ)
    return is_new


def read_new(limit: int = 50, *, at: datetime | None = None) -> int:
    """Read what has not been read, the oldest first, each in a transaction of its own; returns how many were read."""
    now = at or timezone.now()
    unread = InboundText.objects.filter(read_at=None, try_at__lte=now).order_by("received_at", "id")
    return sum(_read(pk, at=now) for pk in list(unread.values_list("pk", flat=True)[:limit]))


def _read(pk: int, *, at: datetime) -> bool:
    try:
        with transaction.atomic():
            text = InboundText.objects.select_for_update().filter(pk=pk, read_at=None).first()
            if text is None:
                return False  # another worker was faster
            _reader(text)(text)
            InboundText.objects.filter(pk=pk, read_at=None).update(read_at=at)
    except Exception as error:  # one that cannot be read stops none of the others
        log.exception("inbound text %s could not be read", pk)
        _failed(pk, type(error).__name__, at=at)
        return False
    return True


def _reader(text: InboundText) -> Callable[[InboundText], object]:
    is_supervisors = Supervisor.objects.filter(phone=text.sender).exists()
    return import_string(FROM_THE_CHAIR if is_supervisors else FROM_CALLERS)


@transaction.atomic
def _failed(pk: int, why: str, *, at: datetime) -> None:
    """Later again; after some tries a person must look at it."""
    text = InboundText.objects.select_for_update().filter(pk=pk, read_at=None).first()
    if text is None:
        return
    text.tries += 1
    if text.tries < TRIES:
        text.try_at = at + timedelta(seconds=PAUSE * 3 ** (text.tries - 1))
    else:
        text.read_at, text.meaning = at, InboundText.Meaning.IGNORED
    text.save(update_fields=["tries", "try_at", "read_at", "meaning"])
    if text.read_at:
        live.emit(live.DESK, "text_unread", reason=f"could not be read: {why}", text=str(pk))


def _kept(sender: str, text: str) -> str:
    """Callers' card and identity numbers are nobody's business; what a supervisor writes is an answer to be sent."""
    text = screening.clean(text)
    if not Supervisor.objects.filter(phone=sender).exists():
        text = screening.mask_numbers(text)
    return text[:LONGEST_TEXT]


def _ours() -> tuple[str, ...]:
    """A text of our own that came back must not be answered for ever."""
    return settings.TWILIO_SENDER, settings.PHONE_NUMBER
