"""Brings every queued text to its recipient once, through any number of killed processes."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from supervision import jobs, promises, riders, sending, settling
from supervision.delivery import Backend, NotDelivered, get_backend
from supervision.messages import cancel, count_as_sent, give_back, let_go, queue, send_again, take, told
from supervision.models import Message
from supervision.sending import Ride

__all__ = [
    "cancel", "count_as_sent", "deliver_due", "give_back", "queue", "reconcile", "send_again", "take", "told",
]  # fmt: skip

log = logging.getLogger(__name__)
PATIENCE = 15.0  # seconds in one job, which django-q2 would end after 30: a slow provider must not be cut mid-send
A_MOMENT = 0.02  # seconds: answers that come together are written down together
ASK_AGAIN = 1.0  # seconds
LOOK_AGAIN = 0.05  # seconds, for what falls due while others are on their way


def deliver_due(limit: int = 1000, *, at: datetime | None = None) -> int:
    """Send what is due; also what was held for calls in which nobody beats any longer. Returns how many were tried.

    1. claim: queued → sending with a lease, and an open attempt, committed;
    2. hand it to the backend, outside any transaction;
    3. note the outcome, if the claim is still ours.

    A process killed after 1 leaves a lease that runs out: the provider is then asked what became of it. Several texts
    are on their way at a time where the backend can, never two of one recipient.
    """
    now = at or timezone.now()
    for message in Message.objects.left_on_the_line(now).order_by("release_at", "id")[:limit]:
        if not (message.call and message.call.is_listening(now)):
            let_go(message, at=now)
    visit = _Visit(get_backend(), at)
    visit.make(sends=limit, questions=limit)
    return visit.tried


def reconcile(limit: int = 50, *, at: datetime | None = None) -> int:
    """Find out about messages that were perhaps sent; also keep the promises of those sent long enough ago."""
    visit = _Visit(get_backend(), at)
    visit.make(sends=0, questions=limit)
    return visit.settled


class _Visit:
    """What one job does at the provider: it brings what is due, and has questions about what was perhaps brought."""

    def __init__(self, backend: Backend, at: datetime | None) -> None:
        self.backend, self.at = backend, at
        self.until = time.monotonic() + PATIENCE
        self.sent: dict[Future, Ride] = {}
        self.asked: dict[Future, Ride] = {}
        self.asked_at: dict[int, float] = {}  # the last time, for each message: an answer may leave it as it was
        self.tried = self.questions = self.settled = 0

    def make(self, *, sends: int, questions: int) -> None:
        settling.give_up_abandoned(self.backend, at=self.now)
        settling.follow_the_settled(at=self.now)
        promises.keep_what_was_sent(self.now)
        at_once = self.backend.at_once
        with ThreadPoolExecutor(at_once, "provider") if at_once > 1 else nullcontext() as self.threads:
            while self._begin_more(sends, questions) or self.under_way:
                self._come_back()
        if not self.has_time:
            jobs.run_soon("supervision.outbox.deliver_due")

    @property
    def now(self) -> datetime:
        return self.at or timezone.now()

    @property
    def has_time(self) -> bool:
        return time.monotonic() < self.until

    @property
    def under_way(self) -> dict[Future, Ride]:
        return self.sent | self.asked

    def _begin_more(self, sends: int, questions: int) -> bool:
        """True where this has changed anything."""
        if not self.has_time:
            return False
        before = self.tried + self.questions
        self._send(sends - self.tried)
        self._ask(questions - self.questions)
        return self.tried + self.questions > before

    def _send(self, most: int) -> None:
        count = min(self.backend.at_once - len(self.under_way), most)
        if count > 0:
            for ride in sending.claim(count, self.backend, busy=self._busy(), at=self.now):
                self.tried += 1
                self.sent[self._start(_hand_over, self.backend, ride, time.monotonic())] = ride

    def _ask(self, most: int) -> None:
        """Questions take half of the threads at most, so that texts that fall due find one that is free."""
        count = min((self.backend.at_once + 1) // 2 - len(self.under_way), most)
        if count <= 0:
            return
        just_asked = [pk for pk, at in self.asked_at.items() if at > time.monotonic() - ASK_AGAIN]
        for ride in settling.due(count, busy=self._busy(), but=just_asked, at=self.now):
            self.asked_at[ride[0].pk] = time.monotonic()
            self.questions += 1
            question = settling.question(ride, self.backend)
            if question:
                self.asked[self._start(question)] = ride
            else:
                self.settled += settling.leave_to_a_person(ride, at=self.now)

    def _busy(self) -> set[str]:
        return {ride[0].recipient for ride in self.under_way.values()}

    def _start(self, work: Callable, *args) -> Future:
        if self.threads:
            return self.threads.submit(work, *args)
        done = Future()
        done.set_result(work(*args))
        return done

    def _come_back(self) -> None:
        """Wait for answers, and write them down."""
        if self.threads and wait(self.under_way, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED).not_done:
            time.sleep(A_MOMENT)
        sent = [(self.sent.pop(future), future.result()) for future in list(self.sent) if future.done()]
        if sent:
            sending.note(sent, self.backend, at=self.now)
        for future in [future for future in self.asked if future.done()]:
            self.settled += settling.settle(self.asked.pop(future), future.result(), self.backend, at=self.now)


def _hand_over(backend: Backend, ride: Ride, claimed: float) -> str | NotDelivered:
    """What came of it. Never raises, and never begins what could not end within the lease: others take it then."""
    if time.monotonic() - claimed > settings.MESSAGE_LEASE.total_seconds() / 2:
        return NotDelivered("its process stood still", NotDelivered.NOT_SENT)
    try:
        return backend.send(riders.as_sent(ride))
    except NotDelivered as failure:
        return failure
    except Exception as error:  # a backend's bug must not stop the others, and says nothing about the text
        log.exception("message %s: the backend failed", ride[0].pk)
        return NotDelivered(f"unexpected {type(error).__name__}", NotDelivered.UNKNOWN)
