"""What runs beside a call, and ends with it."""

import asyncio
import logging
from collections.abc import Coroutine

log = logging.getLogger(__name__)


class Tasks:
    """A loop keeps no hold of its tasks, and tells nobody when one has failed: this does."""

    def __init__(self, room: str) -> None:
        self.room = room
        self._running: set[asyncio.Task] = set()

    def start(self, work: Coroutine) -> asyncio.Task:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def cancel(self) -> None:
        for task in list(self._running):
            task.cancel()

    def _done(self, task: asyncio.Task) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception():
            log.error("%s: %s", self.room, type(task.exception()).__name__)
