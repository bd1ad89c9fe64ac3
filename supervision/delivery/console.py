"""Prints texts instead of sending them."""

import sys

from supervision.delivery.base import Backend
from supervision.models import Caller, Message


class ConsoleBackend(Backend):
    """For a machine without an account.

    A terminal cannot be asked what it has shown: if the process is killed between printing and noting that it has,
    the message becomes undecided and a person decides. Printing it again could show a caller's text twice.
    """

    def send(self, message: Message) -> str:
        recipient = Caller(phone=message.recipient).masked_phone
        sys.stdout.write(f"[text to {recipient}] {' '.join(message.text.split())}\n")
        sys.stdout.flush()
        return ""
