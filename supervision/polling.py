"""Asks the provider for texts that came in and for what became of ours: instead of its webhooks, or as their net."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.utils import timezone

from supervision import inbound, jobs, reports
from supervision.delivery import Backend, get_backend
from supervision.models import HelpRequest, InboundText, Message, Poll

log = logging.getLogger(__name__)
State = Message.State
NAME = "texts"
SLOWER = 6  # times, while nothing is open
BESIDE_WEBHOOKS = timedelta(minutes=5)  # they are lost while this machine is away
LATELY = timedelta(minutes=10)
A_DAY = timedelta(days=1)  # after which a carrier that has said nothing will say nothing
LISTS_LAG = timedelta(minutes=10)  # what is listed late is older than what was seen
LONGEST_BACK = timedelta(days=7)
STATES_AT_ONCE = 20
STATES_AGAIN = timedelta(minutes=1)  # how often those that have been open for longer are asked for
AT_ONCE = 8  # questions on their way
MOST_FAILURES = 3  # then it is asked later
PATIENCE = 8.0  # seconds in one job
SHARE = 0.3  # seconds for texts, and for states, even while ours are due: one worker does both, neither may starve
LOOK_UP = 0.05  # seconds, for texts that fall due while answers are on their way


def poll(*, at: datetime | None = None) -> int:
    """Ask if it is time to; returns how many texts and states were new. A provider that fails is asked later."""
    at = at or timezone.now()
    backend = get_backend()
    if not backend.can_poll:
        Poll.objects.filter(name=NAME).delete()
        return 0
    row, _ = Poll.objects.get_or_create(name=NAME, defaults={"due_at": at, "seen_until": _beginning(at)})
    mine = Poll.objects.filter(name=NAME, due_at=row.due_at, due_at__lte=at)
    if not mine.update(due_at=at + pause(at)):
        return 0
    visit = _Visit()
    new = _texts(backend, row, visit) + _states(backend, row, visit, at=at)
    if visit.left_for_texts:
        jobs.run_soon(jobs.DELIVER)  # which has found the provider busy, and would wait for the ticker
    return new


def pause(at: datetime) -> timedelta:
    """Until it is asked again: soon where only asking tells, and somebody waits."""
    if settings.HTTPS:
        return BESIDE_WEBHOOKS
    return settings.TWILIO_POLL if _is_anything_open(at) else settings.TWILIO_POLL * SLOWER


def _is_anything_open(at: datetime) -> bool:
    underway = Message.objects.filter(state__in=(State.SENDING, State.UNKNOWN, State.SENT), created_at__gt=at - LATELY)
    talking = InboundText.objects.filter(received_at__gt=at - LATELY)
    return HelpRequest.objects.pending().exists() or underway.exists() or talking.exists()


def _beginning(at: datetime) -> datetime:
    """From when on texts are ours to read: the last that is known, or the first that somebody could reply to."""
    last = InboundText.objects.order_by("-received_at").values_list("received_at", flat=True).first()
    first = Message.objects.exclude(provider_id="").order_by("created_at").values_list("created_at", flat=True).first()
    return max(last or first or at, at - LONGEST_BACK)


class _Visit:
    """What one job asks the provider: in threads, so that it can leave while some answers are on their way."""

    def __init__(self) -> None:
        self.until = time.monotonic() + PATIENCE
        self.failures = 0
        self.left_for_texts = False

    def ask(self, questions: list[tuple[Any, Callable]]) -> Iterator[tuple[Any, Any]]:
        """What each is about, with its answer, as they come; questions touch no database. Those that fail are left."""
        asked = {_threads().submit(question): about for about, question in questions}
        share_ends = time.monotonic() + SHARE
        while asked and not self._has_to_go(share_ends):
            for future in wait(asked, timeout=LOOK_UP, return_when=FIRST_COMPLETED).done:
                about, error = asked.pop(future), future.exception()
                if error is None:
                    yield about, future.result()
                else:
                    log.warning("the provider of texts could not be asked for news (%s)", type(error).__name__)
                    self.failures += 1
        for future in asked:
            future.cancel()

    def _has_to_go(self, share_ends: float) -> bool:
        now = time.monotonic()
        if now > self.until or self.failures >= MOST_FAILURES:
            return True
        if now > share_ends and Message.objects.due(timezone.now()).exists():
            self.left_for_texts = True
        return self.left_for_texts and now > share_ends


@cache
def _threads() -> ThreadPoolExecutor:
    """They outlive a visit: what is still on its way ends by the backend's own time-out, and keeps nobody waiting."""
    return ThreadPoolExecutor(AT_ONCE, "poll")


def _texts(backend: Backend, row: Poll, visit: _Visit) -> int:
    since, taken = row.seen_until - LISTS_LAG, 0
    for _, found in visit.ask([(None, lambda: sorted(backend.received(since), key=attrgetter("at")))]):
        known = InboundText.objects.filter(provider_id__in=[text.provider_id for text in found])
        known = set(known.values_list("provider_id", flat=True))
        new = [text for text in found if text.provider_id not in known]
        taken = sum(inbound.take(*text) for text in new)
        if new:
            Poll.objects.filter(name=NAME).update(seen_until=max(row.seen_until, new[-1].at))
    return taken


def _states(backend: Backend, row: Poll, visit: _Visit, *, at: datetime) -> int:
    moved = 0
    for message, (status, code) in visit.ask([(one, _state(backend, one)) for one in _open(row, at)]):
        moved += reports.note(message.pk, provider_id=message.provider_id, status=status, error_code=code, at=at)
    return moved


def _state(backend: Backend, message: Message) -> Callable[[], tuple[str, str]]:
    return lambda: backend.status(message.provider_id)


def _open(row: Poll, at: datetime) -> list[Message]:
    """The newest, and each minute some of those that have been open for longer."""
    sent = Message.objects.filter(state=State.SENT, settled_at__gt=at - A_DAY).exclude(provider_id="")
    lately = sent.filter(settled_at__gt=at - LATELY)
    due = list(lately.order_by("-settled_at")[:STATES_AT_ONCE])
    if row.states_at is None or at >= row.states_at + STATES_AGAIN:
        Poll.objects.filter(name=NAME).update(states_at=at)
        due += sent.exclude(pk__in=[message.pk for message in due]).order_by("?")[:STATES_AT_ONCE]
    return due
