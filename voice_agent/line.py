"""One caller on the line: she speaks to him, is silenced, puts him through, hangs up."""

import asyncio
import logging
from contextlib import suppress

from django.conf import settings
from django.db import Error
from livekit import api
from livekit.agents import AgentSession, JobContext

from supervision import calls, outbox
from supervision.models import Call, Message
from voice_agent import beside, phrases
from voice_agent.bridge import db_call, db_read_within
from voice_agent.call import OnCall
from voice_agent.hold import HoldSound
from voice_agent.transcript import Saying, Transcript
from voice_agent.turn import Said

log = logging.getLogger(__name__)
NOTED_SECONDS = 3.0  # for the row of what has just been said
LAST_WORDS_SECONDS = 12.0  # for a goodbye to be played
INTERRUPT_SECONDS = 1.0
DELETE_SECONDS = 2.0
TRANSFER_SECONDS = 30.0


class Line:
    def __init__(
        self, context: JobContext, session: AgentSession, on_call: OnCall, transcript: Transcript, identity: str
    ) -> None:
        self.context = context
        self.session = session
        self.on_call = on_call
        self.transcript = transcript
        self.identity = identity  # the caller's
        self.beside = beside.Beside(lambda: context.room)
        self.hold_sound = HoldSound(session, self.beside)
        self.is_quiet = False  # a person speaks in her place
        self.is_telling = False  # an answer is on its way to the caller
        self.is_over = False

    @property
    def call(self) -> Call:
        return self.on_call.call

    @property
    def is_hers(self) -> bool:
        """Whether the caller waits for her voice, and for nothing else."""
        return not (self.is_quiet or self.is_over or self.is_telling or self.hold_sound.is_wanted)

    async def say(self, said: Said, *, message: Message | None = None) -> Saying:
        """Say it after whatever is being said; returns when it was played, or cut off by the caller."""
        saying = self.transcript.expect(Saying(said, message))
        handle = self.session.say(said.text)
        await handle
        if not handle.interrupted or saying.row:
            with suppress(TimeoutError):
                await asyncio.wait_for(saying.noted.wait(), NOTED_SECONDS)
        return saying

    async def tell(self, message: Message, text: str) -> bool:
        """Say a held answer whole; False when somebody else has it, or when it must be said again."""
        if not await db_call(outbox.take, message):
            return False
        try:
            saying = await self.say(Said(text, asks=self.on_call.asks), message=message)
            is_told = bool(saying.row and not saying.row.interrupted)
        except BaseException:
            await db_call(outbox.give_back, message)
            raise
        if not is_told:
            await db_call(outbox.give_back, message)
        return is_told

    def soothe(self) -> None:
        """A recorded "one moment", beside the session: nothing that has failed can be in its way."""
        self.beside.play(phrases.frames("one_moment", sample_rate=beside.RATE))

    async def apologise(self, phrase: str = "say_again") -> None:
        """Give up what was to be said, and say a recorded sentence instead."""
        await self.interrupt()
        said = Said(phrases.text_of(phrase), asks=self.on_call.asks)
        self.transcript.expect(Saying(said))
        self.session.say(said.text, audio=phrases.frames(phrase))

    async def interrupt(self) -> None:
        with suppress(TimeoutError, RuntimeError):
            await asyncio.wait_for(asyncio.shield(self.session.interrupt(force=True)), INTERRUPT_SECONDS)

    async def go_quiet(self, said: Said) -> None:
        """A person speaks from now on: she says so, and then nothing, but goes on writing down what the caller says."""
        self.hold_sound.stop()
        await self.interrupt()
        await self.say(said)
        self.is_quiet = True

    async def come_back(self, said: Said) -> None:
        self.is_quiet = False
        await self.say(said)

    async def put_through(self) -> bool:
        """To SALON_PHONE, where the trunk allows it; False when the caller is still here."""
        try:
            async with asyncio.timeout(TRANSFER_SECONDS):
                await self.context.transfer_sip_participant(self.identity, f"tel:{settings.SALON_PHONE}")
        except (api.ServerError, TimeoutError, OSError) as error:
            log.warning("call %s could not be put through: %s", self.call.pk, type(error).__name__)
            return False
        return True

    async def hang_up(self, because: str, said: Said | None = None, *, state: str = Call.State.ENDED) -> None:
        """Say the last words, if there are any; then only deleting the room always works."""
        if self.is_over:
            return
        self.is_over = True
        self.hold_sound.stop()
        with suppress(Exception):
            if said:
                await asyncio.wait_for(self.say(said), LAST_WORDS_SECONDS)
        await self._end(because, state)

    async def _end(self, because: str, state: str) -> None:
        if not await self._is_hers_to_end():
            return self.context.shutdown("another job has this call")
        try:
            await db_call(calls.close_call, self.call, state=state, because=because)
        finally:
            with suppress(Exception):
                await asyncio.wait_for(self.context.delete_room(), DELETE_SECONDS)
            self.context.shutdown(because)

    async def _is_hers_to_end(self) -> bool:
        """What another job has by now goes on; where nobody can tell, ending is what was wanted."""
        with suppress(Error, TimeoutError):
            return await db_read_within(NOTED_SECONDS, calls.is_mine, self.call)
        return True
