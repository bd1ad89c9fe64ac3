"""Looks at a spoken call's row whenever something was committed: what a supervisor did, and what he has answered."""

import asyncio
import logging
import uuid
from dataclasses import dataclass

from supervision import calls, live
from supervision.models import Call, Message
from voice_agent import asking
from voice_agent.bridge import db_call
from voice_agent.call import OnCall
from voice_agent.conversation import words_of
from voice_agent.hold import wait_for_quiet
from voice_agent.line import Line
from voice_agent.prompts import render
from voice_agent.turn import Said

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Look:
    state: str
    news: list[tuple[Message, str]]  # with its words


class Watcher:
    """One task for each call. The row is the truth; a doorbell or a packet only says that it may have changed."""

    def __init__(self, line: Line, on_call: OnCall) -> None:
        self.line = line
        self.on_call = on_call
        self.state = on_call.call.state
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def run(self) -> None:
        bell = live.Doorbell(f"call-{uuid.uuid4().hex[:8]}")
        loop = asyncio.get_running_loop()
        loop.add_reader(bell, lambda: bell.drain() and self._rung.set())
        try:
            while not self.line.is_over:
                await self._look()
                await self._wait()
        finally:
            loop.remove_reader(bell)
            bell.close()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._rung.wait()
        except TimeoutError:
            pass
        self._rung.clear()

    async def _look(self) -> None:
        try:
            seen = await db_call(look, self.on_call.call)
            await self._follow(seen.state)
            for message, text in seen.news:
                await self._tell(message, text)
        except Exception as error:  # the next look begins anew
            log.error("call %s: %s", self.on_call.call.pk, type(error).__name__)

    async def _follow(self, state: str) -> None:
        """What somebody else made of the call."""
        before, self.state = self.state, state
        if state not in Call.OPEN:
            await self.line.hang_up(Call.EndedBecause.DESK)
        elif state == Call.State.TAKEN_OVER and before != state:
            await self.line.go_quiet(Said(render("person_here.txt")))
            await db_call(asking.person_came, self.on_call)
        elif before == Call.State.TAKEN_OVER and state != before:
            await self.line.come_back(Said(render("i_am_back.txt")))

    async def _tell(self, message: Message, text: str) -> None:
        """After whoever is speaking; a person who has taken over says it himself."""
        if self.line.is_quiet:
            return
        await wait_for_quiet(self.line.session)
        self.line.is_telling = True
        self.line.hold_sound.stop()
        try:
            is_told = await self.line.tell(message, text)
        finally:
            self.line.is_telling = False
        if await db_call(asking.after_news, self.on_call) or (not is_told and self.on_call.holds):
            self.line.hold_sound.start()


def look(call: Call) -> Look:
    state = Call.objects.values_list("state", flat=True).get(pk=call.pk)
    return Look(state, [(message, words_of(message)) for message in calls.news(call)])
