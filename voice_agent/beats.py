"""Signs of life for every call that this process holds, from one thread that asks each call's loop whether it runs."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django.db import close_old_connections, connections

from supervision import calls, health

log = logging.getLogger(__name__)
EVERY = 1.0  # seconds between two beats
ASKED_EVERY = 0.25  # seconds between two questions to a loop
STUCK = 1.5  # seconds without an answer: what such a loop holds gets no beat, and somebody else gets the call
GONE = (
    2.4  # seconds without an answer: such a loop is not waited for any longer, so that its caller hears another in 4 s
)
SLOW = 0.5  # seconds: a beat that takes longer has waited for a lock that others wait for too
Lost = Callable[[UUID], None]


class Pulse:
    """Whether an event loop still runs what it is given."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self.loop = loop
        self.asked_at: float | None = None  # a question that has not been answered

    def ask(self) -> None:
        if self.loop is None or self.asked_at is not None:
            return
        self.asked_at = time.monotonic()
        _run_in(self.loop, self._answer)

    def _answer(self) -> None:
        self.asked_at = None

    @property
    def has_ended(self) -> bool:
        return self.loop is not None and not self.loop.is_running()

    @property
    def is_stuck(self) -> bool:
        return self.has_ended or self._silent_for() > STUCK

    @property
    def is_gone(self) -> bool:
        return self.has_ended or self._silent_for() > GONE

    def _silent_for(self) -> float:
        asked_at = self.asked_at
        return 0.0 if asked_at is None else time.monotonic() - asked_at


class Beats:
    """As a context: beats until it is left. `held` loses the calls that others hold now, or that have ended."""

    def __init__(
        self,
        holder: str,
        *,
        process: str = "",
        detail: Callable[[int], dict] = lambda held: {},
    ) -> None:
        self.holder = holder
        self.process = process
        self.detail = detail
        self.held: dict[UUID, int] = {}
        self._pulses: dict[UUID, Pulse] = {}
        self._on_lost: dict[UUID, Lost] = {}
        self._changing = threading.Lock()  # the loops take calls while the thread loses some
        self._stopped = threading.Event()
        self._trouble_at = float("-inf")
        self._began_at: float | None = None  # the beat that is under way
        self._thread = threading.Thread(target=self._run, name="beats", daemon=True)

    def __enter__(self) -> "Beats":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=EVERY)

    def hold(self, call_id: UUID, epoch: int, *, on_lost: Lost | None = None) -> None:
        """Beat for a call as long as the loop that is running here does; that loop is told when the call is lost."""
        pulse = Pulse(_running_loop())
        with self._changing:
            self._pulses[call_id] = pulse
            self._on_lost.pop(call_id, None)
            if on_lost:
                self._on_lost[call_id] = on_lost
            self.held = {**self.held, call_id: epoch}

    def leave(self, call_id: UUID) -> None:
        self._drop({call_id: self.held.get(call_id)})

    def left_behind(self) -> set[UUID]:
        """Calls whose job has ended without leaving them, or stands still."""
        with self._changing:
            return {one for one, pulse in self._pulses.items() if pulse.is_gone}

    def note_trouble(self) -> None:
        """The database has failed another thread of this process."""
        self._trouble_at = time.monotonic()

    def had_trouble(self, *, within: float) -> bool:
        """Whether the database has failed this process, or kept it waiting, in the last so many seconds."""
        now, began_at = time.monotonic(), self._began_at
        return now - self._trouble_at < within or (began_at is not None and now - began_at > SLOW)

    def _run(self) -> None:
        next_at = time.monotonic()
        while True:
            if time.monotonic() >= next_at:
                self._try()
                next_at = time.monotonic() + EVERY
            for pulse in list(self._pulses.values()):
                pulse.ask()
            pause = ASKED_EVERY if self._pulses else EVERY
            if self._stopped.wait(max(0.0, min(pause, next_at - time.monotonic()))):
                break
        connections.close_all()

    def _try(self) -> None:
        self._began_at = began_at = time.monotonic()
        try:
            self._beat()
        except Exception as error:
            log.error("no beat: %s", type(error).__name__)
            self._trouble_at = time.monotonic()
            close_old_connections()
        else:
            if time.monotonic() - began_at > SLOW:
                self._trouble_at = time.monotonic()
        self._began_at = None

    def _beat(self) -> None:
        with self._changing:
            held = {one: epoch for one, epoch in self.held.items() if not self._pulses[one].is_stuck}
        lost = calls.beat(held, holder=self.holder) if held else set()
        if self.process:
            health.beat(self.process, self.detail(len(self.held)))
        if lost:
            self._tell(self._drop({call_id: held[call_id] for call_id in lost}))

    def _drop(self, lost: dict[UUID, int | None]) -> list[tuple[UUID, Pulse, Lost | None]]:
        """A call that was taken again meanwhile, at a later epoch, stays."""
        with self._changing:
            gone = [one for one, epoch in self.held.items() if one in lost and lost[one] == epoch]
            self.held = {held: epoch for held, epoch in self.held.items() if held not in gone}
            return [(one, self._pulses.pop(one), self._on_lost.pop(one, None)) for one in gone]

    def _tell(self, gone: list[tuple[UUID, Pulse, Lost | None]]) -> None:
        for call_id, pulse, on_lost in gone:
            if on_lost and pulse.loop:
                _run_in(pulse.loop, on_lost, call_id)


def _run_in(loop: asyncio.AbstractEventLoop, verb: Callable[..., None], *args: object) -> None:
    with suppress(RuntimeError):  # closed: its job has ended
        loop.call_soon_threadsafe(verb, *args)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
