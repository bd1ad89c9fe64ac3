"""How many calls fit: what each process holds, who takes a job, and what a caller hears for whom there is no room."""

import asyncio
import logging
import mmap
import os
import struct
import time
import uuid
from contextlib import suppress

from django.conf import settings
from django.db import Error
from livekit.agents import AgentServer, JobContext, JobRequest

from knowledge.models import Salon
from supervision import calls
from supervision.models import Call
from supervision.rescue import AGAIN
from voice_agent import phrases
from voice_agent.announcement import announce
from voice_agent.asking import emergency_number
from voice_agent.bridge import db_call, db_read_within
from voice_agent.call import wait_for_caller

log = logging.getLogger(__name__)
BUSY = "desk.busy"  # the attribute of an agent that only says that all lines are busy
# LiveKit offers nothing to an agent whose load is 0.7 or more, and prefers the one with less: a full one is asked last.
FULL_LOAD = 0.69
FRESH = 3.0  # seconds: what a process has said of itself counts for so long
STILL = 1.5  # seconds; it writes four times in one
SALON_SECONDS = 0.5  # for the database to say in which country the salon is
MOST_BUSY = 20  # callers who hear at a time that all lines are busy: the rest rings on


class Board:
    """A few numbers about each of the processes that were forked from one parent, in memory that they share."""

    ROW = struct.Struct("ddiii")  # when it was written, when its loop ran last, calls by voice, typed ones too, pid

    def __init__(self, size: int) -> None:
        self.size = size
        self.family = uuid.uuid4().hex[:8]  # what tells them from the processes of another parent
        self._memory = mmap.mmap(-1, self.ROW.size * size)

    def write(self, slot: int, held: int, everything: int = 0) -> None:
        now = time.monotonic()
        self.ROW.pack_into(self._memory, slot * self.ROW.size, now, now, held, max(held, everything), os.getpid())

    def forget(self, slot: int) -> None:
        """The process of this place has ended, and the next one has just begun."""
        self.ROW.pack_into(self._memory, slot * self.ROW.size, 0.0, time.monotonic(), 0, 0, 0)

    def silence(self, slot: int) -> float:
        """For how many seconds the process of this place has not run."""
        return time.monotonic() - self._row(slot)[1]

    def stands_still(self, pid: int) -> bool:
        """Whether this process is one of these, and its loop has not run for longer than a busy one's may not."""
        return any(self._row(slot)[4] == pid and self.silence(slot) > STILL for slot in range(self.size))

    def held(self) -> list[int]:
        """How many conversations each living process holds, typed ones too."""
        rows = map(self._row, range(self.size))
        return [held for at, _, _, held, _ in rows if time.monotonic() - at < FRESH]

    def others_have_room(self, slot: int) -> bool:
        rows = (self._row(other) for other in range(self.size) if other != slot)
        return any(time.monotonic() - at < FRESH and held < settings.AGENT_MAX_CALLS for at, _, held, _, _ in rows)

    def _row(self, slot: int) -> tuple[float, float, int, int, int]:
        return self.ROW.unpack_from(self._memory, slot * self.ROW.size)


class Door:
    """Takes jobs while there is room, and answers the others too: what is refused everywhere would ring for ever.

    What has been accepted and has not started yet counts.
    """

    def __init__(self, server: AgentServer, board: Board, slot: int) -> None:
        self.server = server
        self.board = board
        self.slot = slot
        self.coming: set[str] = set()
        self.busy: set[str] = set()  # jobs that only say so
        self.taken = 0  # since this process began
        self.is_closed = False  # takes no more calls
        self._has_started = False
        server.on("worker_started", self._start)

    @property
    def held(self) -> int:
        return len(self._ids() - self.busy)

    def load(self) -> float:
        return FULL_LOAD * min(1.0, self.held / max(1, settings.AGENT_MAX_CALLS))

    async def answer(self, request: JobRequest) -> None:
        self.busy &= self._ids()
        if self.is_closed:
            return await request.reject(terminate=False)
        if self.held < settings.AGENT_MAX_CALLS or request.job.metadata == AGAIN:
            return await self._accept(request)
        if self.board.others_have_room(self.slot) or len(self.busy) >= MOST_BUSY:
            return await request.reject(terminate=False)  # LiveKit asks the next one
        log.warning("all lines are busy")
        self.busy.add(request.id)
        return await self._accept(request, attributes={BUSY: "1"}, metadata=BUSY)

    async def _accept(self, request: JobRequest, **more: object) -> None:
        self.taken += 1
        self.coming.add(request.id)
        self.board.write(self.slot, self.held)
        try:
            await request.accept(identity=f"agent-{request.id}", name="Receptionist", **more)
        finally:
            self.coming.discard(request.id)

    def _start(self) -> None:
        self._has_started = True

    def _ids(self) -> set[str]:
        if not self._has_started:  # the server cannot be asked yet
            return set(self.coming)
        return self.coming | {running.job.id for running in self.server.active_jobs}


def is_busy_job(context: JobContext) -> bool:
    return context._info.accept_arguments.metadata == BUSY  # the attributes do not reach the job's thread


async def say_busy(context: JobContext) -> None:
    """What was recorded, without ears, model and voice; the call is on the desk as missed, and the line is free.

    Nobody listens to this caller: what to do in an emergency is said to everybody.
    """
    room = context.job.room.name
    try:
        await context.connect()
        caller = await wait_for_caller(context)
        channel = Call.Channel.PHONE if caller.is_telephone else Call.Channel.BROWSER
        miss = asyncio.create_task(db_call(_miss, room, channel, caller.phone))
        await announce(context.room, await _busy_phrase())
        await asyncio.wait({miss}, timeout=1.0)
    except Exception as error:
        log.error("a caller did not hear that all lines are busy: %s", type(error).__name__)
    finally:
        await context.delete_room(room)
        context.shutdown("busy")


async def _busy_phrase() -> str:
    """A recording for another country would name a number that helps nobody here."""
    with suppress(Error, TimeoutError):
        number = await db_read_within(SALON_SECONDS, lambda: emergency_number(Salon.objects.current()))
        if "busy" not in phrases.outdated(number=number):
            return "busy"
    return "busy_anywhere"


def _miss(room: str, channel: str, phone: str) -> None:
    call = calls.ring(room=room, channel=channel, phone=phone)
    calls.close_call(call, state=Call.State.MISSED, because=Call.EndedBecause.BUSY)
