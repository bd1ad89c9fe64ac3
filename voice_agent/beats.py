"""Signs of life for every call that this process holds, from a thread of its own: a busy loop must not look dead."""

import logging
import threading
from collections.abc import Callable
from uuid import UUID

from django.db import close_old_connections, connections

from supervision import calls, health

log = logging.getLogger(__name__)
EVERY = 1.0  # seconds


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
        self._changing = threading.Lock()  # the loop takes calls while the thread loses some
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beats", daemon=True)

    def __enter__(self) -> "Beats":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=EVERY)

    def hold(self, call_id: UUID, epoch: int) -> None:
        with self._changing:
            self.held = {**self.held, call_id: epoch}

    def leave(self, call_id: UUID) -> None:
        self._drop({call_id: self.held.get(call_id)})

    def _run(self) -> None:
        while True:
            try:
                self._beat()
            except Exception as error:
                log.error("no beat: %s", type(error).__name__)
                close_old_connections()
            if self._stopped.wait(EVERY):
                break
        connections.close_all()

    def _beat(self) -> None:
        held = self.held
        lost = calls.beat(held, holder=self.holder) if held else set()
        if self.process:
            health.beat(self.process, self.detail(len(held)))
        if lost:
            self._drop({call_id: held[call_id] for call_id in lost})

    def _drop(self, lost: dict[UUID, int | None]) -> None:
        """A call that was taken again meanwhile, at a later epoch, stays."""
        with self._changing:
            self.held = {held: epoch for held, epoch in self.held.items() if lost.get(held) != epoch}
