"""One parent that loads everything once, and the few processes forked from it that hold the calls."""

import ctypes
import gc
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import connections

from voice_agent.capacity import Board

log = logging.getLogger(__name__)
SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
LOOK = signal.SIGUSR1  # a sibling has died: look for its calls at once
ORPHANED = signal.SIGUSR2  # the parent was killed; who has no ear for it yet holds no calls, and ends by it
LOOK_SECONDS = 1.0
SHORT_LIFE = 5.0  # seconds: who dies younger, again and again, is born ever later
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
SILENT_SECONDS = 20.0  # a process whose loop has stood still for so long is put an end to
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
Life = Callable[[int, Board], None]


@dataclass
class Place:
    """One of the processes, or the moment at which there is one again."""

    slot: int
    pid: int = 0
    born_at: float = 0.0
    start_at: float | None = 0.0
    pause: float = 0.0


class Family:
    """`run` returns in the parent once it was told to stop and all are gone; `life` is what each process does."""

    def __init__(self, life: Life, *, size: int) -> None:
        self.life = life
        self.board = Board(size)
        self.places = [Place(slot) for slot in range(size)]
        self.asked_to_stop = 0

    def run(self) -> None:
        assert not threads(), "a thread does not survive a fork, and the locks that it holds are never released"
        signal.signal(LOOK, signal.SIG_IGN)  # deadly to a child that has no ear for it yet
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # no handler, no loop and no thread: it waits for signals
        while not self.asked_to_stop or any(place.pid for place in self.places):
            self._start_who_is_due()
            if got := signal.sigtimedwait(SIGNALS, LOOK_SECONDS):
                self._take(got.si_signo)
            self._end_who_stands_still()

    def _start_who_is_due(self) -> None:
        for place in self.places:
            if not self.asked_to_stop and place.start_at is not None and place.start_at <= time.monotonic():
                self._fork(place)

    def _fork(self, place: Place) -> None:
        self.board.forget(place.slot)
        place.start_at, place.born_at = None, time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        place.pid = os.fork()
        if place.pid == 0:
            self._live(place.slot)

    def _live(self, slot: int) -> None:
        """In the child, and never back: what has a thread, a socket or a loop is made from here on."""
        code = 1
        try:
            parent = os.getppid()
            os.setsid()  # what ends the parent's group does not end calls
            LIBC.prctl(PR_SET_PDEATHSIG, ORPHANED)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hand on
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            if os.getppid() == parent:
                self.life(slot, self.board)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(OSError):  # who read it has gone with the parent
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)  # what the parent does at its exit is not ours to do

    def _take(self, number: int) -> None:
        if number == signal.SIGCHLD:
            return self._reap()
        self.asked_to_stop += 1
        return self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        for place in self.places:
            if place.pid:
                os.kill(place.pid, number)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for place in self.places:
                if place.pid == pid:
                    self._bury(place, os.waitstatus_to_exitcode(status))

    def _bury(self, place: Place, code: int) -> None:
        """The next one is born at once, unless this one has lived no time at all; the others take its calls."""
        lived = time.monotonic() - place.born_at
        place.pid = 0
        self.board.forget(place.slot)
        if self.asked_to_stop:
            return
        place.pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, place.pause * 2)) if lived < SHORT_LIFE and code else 0.0
        place.start_at = time.monotonic() + place.pause
        if code:
            log.error("agent process %s ended with %s after %.0f s", place.slot, code, lived)
            self._signal(LOOK)

    def _end_who_stands_still(self) -> None:
        for place in self.places:
            if place.pid and self.board.silence(place.slot) > SILENT_SECONDS:
                log.error("agent process %s stands still", place.slot)
                self.board.forget(place.slot)
                os.kill(place.pid, signal.SIGKILL)


def freeze() -> None:
    """Nothing that a fork would break stays open, and the collector leaves alone what is shared or stays anyway."""
    connections.close_all()
    gc.collect()
    gc.freeze()
    LIBC.malloc_trim(0)  # what loading has used and left behind: 15 MB


def threads() -> list[str]:
    """The names of the operating system's threads of this process beside the first."""
    others = [task for task in Path("/proc/self/task").iterdir() if int(task.name) != os.getpid()]
    return [(task / "comm").read_text().strip() for task in others]
