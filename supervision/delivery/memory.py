"""Keeps texts in a list, and fails on request: for tests."""

from datetime import datetime

from supervision.delivery.base import Backend, NotDelivered
from supervision.models import Message


class MemoryBackend(Backend):
    can_find = True
    sent: list[Message] = []
    failures: list[NotDelivered] = []  # raised one after the other by the next sends
    accepts_despite_failure = False  # an answer lost on the way back: kept, though `send` raises

    def send(self, message: Message) -> str:
        failure = self.failures.pop(0) if self.failures else None
        if failure is None or self.accepts_despite_failure:
            self.sent.append(message)
        if failure:
            raise failure
        return f"memory-{message.pk}"

    def find(self, message: Message, since: datetime, owned=()) -> str | None:
        return next((f"memory-{one.pk}" for one in self.sent if one.key == message.key), None)

    @classmethod
    def forget(cls) -> None:
        cls.sent.clear()
        cls.failures.clear()
        cls.accepts_despite_failure = False
