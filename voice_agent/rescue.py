"""Watches over the calls of all agents: whose job has vanished, stands still or has died with its process."""

import asyncio
import logging
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import Error, close_old_connections, connections

from supervision import call_control
from supervision.models import Call
from supervision.rescue import Sweep, ring_for_unnoticed
from voice_agent.beats import Beats
from voice_agent.capacity import Board

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
LATE_SECONDS = 1.5  # who looks so late is short of time himself, as those may be whose beats he misses
ROOMS_SECONDS = 3.0  # between two looks for callers of whom nobody has told; LiveKit is asked each time
QUIET_SECONDS = 3.0  # after trouble with the database: others may have had it too, and be well


class Rescue:
    """`run` looks twice a second, and at once when told to; in a thread of its own, since it waits for LiveKit."""

    def __init__(self, beats: Beats, board: Board) -> None:
        self.beats = beats
        self.board = board
        self.sweep = Sweep(is_dead=self._is_dead, put_out=self._put_out)
        self._now = asyncio.Event()
        self._looked_at = self._asked_at = 0.0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="rescue")
        self._here = f"agent-{socket.gethostname()[:20]}-"

    def look_now(self) -> None:
        self._now.set()

    async def run(self) -> None:
        try:
            while True:
                await self._look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._now.wait()
                self._now.clear()
        finally:
            self._pool.submit(connections.close_all)
            self._pool.shutdown(wait=False)

    async def _look(self) -> None:
        """A look that comes late, or fails, has seen nothing."""
        now = time.monotonic()
        if now - self._looked_at > LATE_SECONDS:
            self.sweep.forget()
        self._looked_at = now
        if self.beats.had_trouble(within=QUIET_SECONDS):
            self.sweep.forget()
            return
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._look_in_thread)
        except Exception as error:
            log.error("cannot look after the calls: %s", type(error).__name__)
            if isinstance(error, Error):
                self.beats.note_trouble()

    def _look_in_thread(self) -> None:
        close_old_connections()
        try:
            self.sweep.look()
            self._look_for_unnoticed()
        except Error:
            connections.close_all()
            raise

    def _look_for_unnoticed(self) -> None:
        if time.monotonic() - self._asked_at > ROOMS_SECONDS:
            self._asked_at = time.monotonic()
            with suppress(call_control.Unreachable):
                ring_for_unnoticed()

    def _is_dead(self, call: Call) -> bool:
        """Known without waiting for beats: a job here whose loop has ended or stands still, a process that is gone."""
        if call.holder == self.beats.holder:
            return call.pk in self.beats.left_behind()
        pid = self._process_of(call)
        return bool(pid) and not _exists(pid)

    def _put_out(self, call: Call) -> None:
        """End a sibling that stands still: while it is registered, LiveKit may offer it the very call it has lost."""
        pid = self._process_of(call)
        if pid and pid != os.getpid() and self.board.stands_still(pid):
            log.error("agent process %s stands still, and is ended", pid)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _process_of(self, call: Call) -> int:
        """0 where it is not one of this machine."""
        if not call.holder.startswith(self._here):
            return 0
        pid = call.holder.removeprefix(self._here).partition("-")[0]
        return int(pid) if pid.isdigit() else 0


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
