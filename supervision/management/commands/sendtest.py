"""Sends a text to a number of yours and follows what becomes of it: the whole way, but for the caller."""

import time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.loader import render_to_string
from django.utils import timezone

from knowledge.models import Salon
from supervision import messages, numbers, outbox, reports, segments
from supervision.delivery import get_backend
from supervision.models import Caller, Message

State = Message.State
UNDER_WAY = (State.QUEUED, State.SENDING, State.SENT, State.UNKNOWN)
GOOD = (State.SENT, State.DELIVERED)
FOLLOW = 15.0  # seconds
LOOK = 0.5  # seconds between two looks; the provider is asked every fourth time


class Command(BaseCommand):
    help = "Send a text to a number of yours, and say for some seconds what becomes of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="with a +, for example +13125550142")
        parser.add_argument("--seconds", type=float, default=FOLLOW, help="how long to follow it; default %(default)g")

    def handle(self, *, number: str, seconds: float, **options) -> None:
        try:
            recipient = numbers.e164(number)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if Caller.objects.opted_out().filter(phone=recipient).exists():
            raise CommandError("This number has opted out of texts: START, texted to ours, takes that back.")
        self.stdout.write(
            f"By {settings.MESSAGE_BACKEND.rpartition('.')[2]}, to {Caller(phone=recipient).masked_phone}"
        )
        message = send(recipient)
        last = self.follow(message, until=time.monotonic() + seconds)
        if last not in GOOD:
            raise CommandError("It has not arrived. What to do: manage.py doctor.")
        if last == State.SENT and get_backend().can_poll:
            self.stdout.write("The carrier has not said yet whether it arrived: look at your telephone.")

    def follow(self, message: Message, *, until: float) -> str:
        """Say each state that it comes to; returns the last one."""
        shown, looks = "", 0
        while True:
            message.refresh_from_db()
            if message.state != shown:
                shown = message.state
                self.stdout.write(f"  {' '.join(filter(None, [message.get_state_display(), message.error]))}")
            if shown not in UNDER_WAY or (shown == State.SENT and not get_backend().can_poll):
                return shown
            if time.monotonic() >= until:
                return shown
            looks += 1
            if looks % 4 == 0:
                ask(message)
            time.sleep(LOOK)


def send(recipient: str) -> Message:
    """Queued like every text, and delivered here where no worker runs, or faster than it."""
    subject = f"test:{timezone.now():%Y%m%d%H%M%S%f}"
    text = render_to_string("supervision/messages/test.txt", {"salon": Salon.objects.current()}).strip()
    message = messages.queue_apart(
        subject=subject, recipient=recipient, purpose=Message.Purpose.TEST, text=segments.plain(text)
    )
    outbox.deliver_due()
    return message


def ask(message: Message) -> None:
    """The provider's word for it, where it can be asked and has it."""
    backend = get_backend()
    if not (backend.can_poll and message.provider_id and message.state == State.SENT):
        return
    try:
        status, code = backend.status(message.provider_id)
    except Exception:  # a moment's trouble; the next look asks again
        return
    reports.note(message.pk, provider_id=message.provider_id, status=status, error_code=code)
