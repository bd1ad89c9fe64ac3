"""Tells open pages what was committed: event rows are the truth, the doorbell only says that there are new ones."""

import asyncio
import logging
import os
import select
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection, connections, transaction

from supervision.models import Event

log = logging.getLogger(__name__)
DESK = "desk"
POLL_SECONDS = 1.0  # the net under the doorbell, and the only way between machines
LONGEST_PATH = 107  # bytes, of a unix socket's address on Linux
BATCH = 1000
EVENTS_LOCK = 0x53616C6F  # any constant


def emit(topic: str, kind: str, *, reason: str = "", **payload) -> Event:
    """Write an event in the caller's transaction and ring once that is committed.

    Call it last in a transaction: on PostgreSQL writers of events queue up from here to their commit, because ids are
    given before the commit and a reader of `id > last` would pass over one that commits late.
    """
    [event] = emit_all([Event(topic=topic, kind=kind, reason=reason[:300], payload=payload)])
    return event


def emit_all(events: list[Event]) -> list[Event]:
    """As `emit`, for several that are told at a time."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [EVENTS_LOCK])
        Event.objects.bulk_create(events)
        transaction.on_commit(ring, robust=True)
    return events


def newest() -> int:
    """The id of the newest event, 0 if there is none."""
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _bells() -> Path:
    return settings.VAR_DIR / "bell"


def ring() -> None:
    """Wake whoever waits at a doorbell on this machine. Never raises: a lost ring costs a second, not an event."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        for path in _bells().glob("*.sock"):
            try:
                bell.sendto(b"!", str(path))
            except BlockingIOError:
                pass  # it has rings enough waiting
            except OSError:
                _forget(path)


def _forget(path: Path) -> None:
    """Remove a bell that a dead process left; a living one's is about to be bound, or to be closed."""
    try:
        os.kill(int(path.stem.rpartition("-")[2]), 0)
    except ProcessLookupError:
        path.unlink(missing_ok=True)
    except (ValueError, OSError):
        log.debug("cannot ring %s", path.name)


class Doorbell:
    """Wakes this process when an event was committed; bind it after every fork. Where it cannot be bound, poll."""

    def __init__(self, name: str) -> None:
        self.path = _bells() / f"{name}-{os.getpid()}.sock"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.is_bound = self._bind()

    def _bind(self) -> bool:
        if len(os.fsencode(self.path)) > LONGEST_PATH:
            log.info("%s is too long for a doorbell: polling each second instead", self.path.parent)
            return False
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self.socket.bind(str(self.path))
        self.path.chmod(0o600)
        return True

    def fileno(self) -> int:
        """For an event loop's `add_reader`; call `drain()` there."""
        return self.socket.fileno()

    def drain(self) -> bool:
        """Take all rings that wait; True if there was one."""
        rung = False
        try:
            while self.socket.recv(64):
                rung = True
        except BlockingIOError:
            return rung

    def wait(self, timeout: float) -> bool:
        """Block this thread until it rings; False after `timeout` seconds, a second at most where it is not bound."""
        patience = timeout if self.is_bound else min(timeout, POLL_SECONDS)
        select.select([self.socket], [], [], max(0.0, patience))
        return self.drain()

    def close(self) -> None:
        self.socket.close()
        if self.is_bound:
            self.path.unlink(missing_ok=True)


class Subscriber(Protocol):
    """`offer` is called in the event loop, in order, and must neither block nor raise: bound your queue."""

    topics: set[str]

    def offer(self, event: Event) -> None: ...


class Hub:
    """One task per web process: reads what is new in the events and offers it to its subscribers."""

    def __init__(self) -> None:
        self.subscribers: set[Subscriber] = set()
        self.last: int | None = None  # the newest event that was offered; None until the first look
        self.task: asyncio.Task | None = None
        self._version: int | None = None

    def start(self) -> bool:
        """Run in the loop that is running now; False where it runs already."""
        loop = asyncio.get_running_loop()
        if self.task and not self.task.done() and self.task.get_loop() is loop:
            return False
        self.wake = asyncio.Event()
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="live")  # one thread: one connection that stays
        self.pool.submit(self._begin)
        self.task = loop.create_task(self._run(), name="live hub")
        return True

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
            await asyncio.to_thread(self.pool.shutdown)

    def subscribe(self, subscriber: Subscriber) -> None:
        """From here on it is offered every event of its topics; compare `newest()` with what it has, afterwards."""
        self.start()
        self.subscribers.add(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self.subscribers.discard(subscriber)

    async def read(self, query: Callable, *args):
        """Run a query in the hub's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, query, *args)

    async def _run(self) -> None:
        doorbell = Doorbell("web")
        loop = asyncio.get_running_loop()
        loop.add_reader(doorbell, lambda: doorbell.drain() and self.wake.set())
        try:
            while True:
                await self._turn()
        finally:
            loop.remove_reader(doorbell)
            doorbell.close()
            self.pool.submit(connections.close_all)
            self.pool.shutdown(wait=False)

    async def _turn(self) -> None:
        try:
            events = await self.read(self._news)
            for event in events:
                self._offer(event)
            if len(events) == BATCH:
                return
            async with asyncio.timeout(POLL_SECONDS):
                await self.wake.wait()
        except TimeoutError:
            pass
        except Exception:
            log.exception("the hub lost the database; it tries again")
            self._version = None
            await self.read(connections.close_all)
            await asyncio.sleep(POLL_SECONDS)
        self.wake.clear()

    def _offer(self, event: Event) -> None:
        self.last = event.pk
        for subscriber in list(self.subscribers):
            if event.topic in subscriber.topics:
                subscriber.offer(event)

    def _begin(self) -> None:
        """Before anything else is read: what is committed from now on is news."""
        self._version = None
        self.last = newest()

    def _news(self) -> list[Event]:
        """What was committed since the last look, in order."""
        if self.last is None:
            self._begin()
        if not self._changed():
            return []
        events = list(Event.objects.filter(id__gt=self.last).order_by("id")[:BATCH])
        if len(events) == BATCH:
            self._version = None
        return events

    def _changed(self) -> bool:
        """SQLite says for nothing whether others have written, but per connection: this one is never closed."""
        if connection.vendor != "sqlite":
            return True
        with connection.cursor() as cursor:
            seen, self._version = self._version, cursor.execute("PRAGMA data_version").fetchone()[0]
        return self._version != seen


hub = Hub()
