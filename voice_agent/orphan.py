"""What an agent process does whose parent was killed: its callers notice nothing, and it makes room for the next agent.

Whoever has started the parent starts another, which takes seconds to be there. Until then this process goes on as
before. Then it leaves as at a planned restart.
"""

import asyncio
import logging
import os
import select
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import Error

from supervision import health
from supervision.models import Heartbeat
from voice_agent.bridge import db_read_within

if TYPE_CHECKING:
    from voice_agent.worker import Agent

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
PATIENCE = 60.0  # seconds: where nobody has started another agent by then, nobody is expected to


class Starter:
    """Whoever has started the parent of this process, and would start another one."""

    def __init__(self) -> None:
        self._descriptor: int | None = None
        with suppress(OSError):  # in a container there may be none
            stat = Path(f"/proc/{os.getppid()}/stat").read_text()
            self._descriptor = os.pidfd_open(int(stat.rpartition(")")[2].split()[1]))

    def is_gone(self) -> bool:
        return self._descriptor is not None and bool(select.select([self._descriptor], [], [], 0)[0])


async def outlive(agent: "Agent", orphaned: asyncio.Event, starter: Starter) -> None:
    """Stop when another agent is there; where none is to be expected, as soon as the calls under way have ended."""
    await orphaned.wait()
    log.error("the parent process is gone; calls go on here until another agent is there")
    agent.beats.process = ""  # from now on "agent" means others
    since = time.monotonic()
    while not agent.stopping.is_set():
        agent.door.is_closed = starter.is_gone() or time.monotonic() - since > PATIENCE
        if (agent.door.is_closed and not agent.door.held) or await _is_replaced(agent.board.family):
            agent.stopping.set()
        await asyncio.sleep(LOOK_SECONDS)


async def _is_replaced(family: str) -> bool:
    try:
        return await db_read_within(LOOK_SECONDS, _is_another_registered, family)
    except (Error, TimeoutError):
        return False


def _is_another_registered(family: str) -> bool:
    found = Heartbeat.objects.filter(name="agent").first() if health.somebody_answers() else None
    return bool(found and found.detail.get("registered") and found.detail.get("family") != family)
