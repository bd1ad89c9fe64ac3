"""What she does in a spoken call beside her replies: greets, holds, rings, puts through, and ends it in time."""

import asyncio
from collections.abc import Callable

from django.conf import settings
from django.db import Error
from livekit.agents import AgentSession

from supervision import calls
from supervision.models import Call
from voice_agent import asking
from voice_agent.bridge import db_call
from voice_agent.call import OnCall
from voice_agent.guard import Guard
from voice_agent.hold import wait_for_quiet
from voice_agent.line import Line
from voice_agent.prompts import render
from voice_agent.recording import Recording
from voice_agent.silence import Silence
from voice_agent.sounding import greeting
from voice_agent.tasks import Tasks
from voice_agent.turn import Said
from voice_agent.watching import Watcher

Because = Call.EndedBecause
MOST_SILENCES = 4


class Attendant:
    def __init__(self, line: Line, on_call: OnCall, tasks: Tasks) -> None:
        self.line = line
        self.on_call = on_call
        self.tasks = tasks
        self.watcher = Watcher(line, on_call)
        self.window: asyncio.Task | None = None  # in which something is waited for on the line
        self.recording: Recording | None = None
        self.silence: Silence | None = None

    def watch_over(self, session: AgentSession) -> None:
        line = self.line
        self.guard = Guard(
            session, soothe=line.soothe, apologise=line.apologise, may=lambda: line.is_hers,
            listens=lambda: session.stt.is_busy,
        )  # fmt: skip
        seconds = settings.SILENCE.total_seconds()
        self.silence = Silence(session, seconds=seconds, ask=self._ask_silent, may=lambda: line.is_hers)
        self.tasks.start(self.watcher.run())
        self.tasks.start(self._end_in_time())

    def hear_from(self) -> None:
        """A sign of life of the caller that is no sound."""
        if self.silence:
            self.silence.heard()

    async def greet(self) -> None:
        saying = await self.line.say(Said(greeting(self.on_call.salon)))
        if saying.row and not saying.row.interrupted:
            await db_call(calls.greeted, self.on_call.call)
            if self.recording:
                await self.recording.start()

    async def come_back(self) -> None:
        """Another process had this call until a moment ago: what was asked is still open."""
        if self.line.is_quiet:
            return
        holds = self.on_call.holds
        await self.line.say(Said(render("i_am_back.txt", holding=holds), asks=self.on_call.asks))
        if holds:
            self._hold(settings.HOLD_WINDOW.total_seconds(), asking.stop_holding)

    async def _ask_silent(self, times: int) -> None:
        try:
            said = await db_call(asking.silence, self.on_call, times)
        except Error:
            return await self.line.apologise("still_there")
        if times > MOST_SILENCES:  # whatever has kept her goodbye from being heard
            return await self.line.hang_up(Because.SILENCE)
        return await self.line.say(said)

    async def _end_in_time(self) -> None:
        await asyncio.sleep(settings.CALL_MAX_MINUTES * 60)
        await self.line.interrupt()
        await self.line.hang_up(Because.TOO_LONG, await db_call(asking.too_long, self.on_call))

    def follow(self, said: Said, whole: bool) -> None:
        """What was said has been heard, whole or in part: do what it announces."""
        if self.recording and self.on_call.call.off_the_record:
            self.tasks.start(self.recording.drop())
        if said.ends_call and not whole:
            return  # he has something more to say
        if said.ends_call:
            is_silent = self.silence and self.silence.times
            self.tasks.start(self.line.hang_up(Because.SILENCE if is_silent else Because.GOODBYE))
        elif said.holds:
            self._hold(settings.HOLD_WINDOW.total_seconds(), asking.stop_holding)
        elif said.rings:
            self._hold(settings.PERSON_WINDOW.total_seconds(), asking.nobody_came)
        elif said.transfers:
            self.tasks.start(self._put_through())

    def _hold(self, seconds: float, afterwards: Callable[[OnCall], Said]) -> None:
        """The soft sound until an answer or a person comes, or until the time is up."""
        self.line.hold_sound.start()
        if self.window:
            self.window.cancel()
        self.window = self.tasks.start(self._wait(seconds, afterwards))

    async def _wait(self, seconds: float, afterwards: Callable[[OnCall], Said]) -> None:
        await asyncio.sleep(seconds)
        await wait_for_quiet(self.line.session)  # an answer may have come in the last moment
        if self.line.is_quiet:
            return
        try:
            said = await db_call(afterwards, self.on_call)
        finally:
            self.line.hold_sound.stop()
        if said.text:  # else the answer or a person has come in the meantime
            await self.line.say(said)

    async def _put_through(self) -> None:
        await db_call(calls.begin_transfer, self.on_call.call)
        if await self.line.put_through():
            await self.line.hang_up(Because.TRANSFERRED)
        else:
            await self.line.say(await db_call(asking.transfer_failed, self.on_call))
