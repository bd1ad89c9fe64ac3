"""Holds the typed conversations, practice and texts: takes turns from rows and answers them into rows."""

import asyncio
import logging
import time
from contextlib import suppress
from uuid import UUID

from django.utils import timezone
from livekit.agents import llm

from supervision import calls, live
from supervision.models import Call, Message, Utterance
from voice_agent.beats import Beats
from voice_agent.brain import note_fallback
from voice_agent.bridge import db_call
from voice_agent.conversation import Conversation, recall
from voice_agent.hold import tell_news

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
COALESCE_SECONDS = 0.04  # words that come faster are written together
AT_ONCE_SECONDS = 0.01  # a reply that is whole by then is written once, as what is stored always is
LOOK_SECONDS = 0.02  # between two looks: each row that is written here rings the bell here too
IDLE_SECONDS = 300.0  # then a session is forgotten; it is rebuilt from the rows
DRAIN_SECONDS = 4.0


class TypedCalls:
    """Every typed conversation that no other living process holds. One task a call, so that its turns keep order."""

    def __init__(self, brain: llm.LLM, beats: Beats) -> None:
        self.brain = brain
        self.beats = beats
        self.conversations: dict[UUID, Conversation] = {}
        self.tasks: dict[UUID, asyncio.Task] = {}
        self.again: set[UUID] = set()  # calls in which something happened while their task ran

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until told to stop; turns that are under way are finished."""
        doorbell = live.Doorbell("agent")
        rung = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(doorbell, lambda: doorbell.drain() and rung.set())
        stop = asyncio.create_task(stopping.wait())
        stop.add_done_callback(lambda _: rung.set())
        try:
            while not stopping.is_set():
                rung.clear()
                await self._look()
                await self._forget_idle()
                await asyncio.sleep(LOOK_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await rung.wait()
        finally:
            stop.cancel()
            loop.remove_reader(doorbell)
            doorbell.close()
            await self._drain()

    async def _look(self) -> None:
        try:
            for call in await db_call(wanting, self.beats.holder, set(self.beats.held)):
                self._serve_soon(call)
        except Exception as error:
            log.error("cannot look for typed turns: %s", type(error).__name__)

    def _serve_soon(self, call: Call) -> None:
        if call.pk in self.tasks:
            self.again.add(call.pk)
            return
        task = asyncio.create_task(self._serve(call), name=f"call {call.pk}")
        self.tasks[call.pk] = task
        task.add_done_callback(lambda _: self.tasks.pop(call.pk, None))

    async def _serve(self, call: Call) -> None:
        try:
            again = True
            while again:
                self.again.discard(call.pk)
                if conversation := await self._conversation(call):
                    await self._catch_up(conversation)
                again = call.pk in self.again
        except calls.Replaced:
            await self._leave(call.pk)
        except Exception as error:  # the next look begins anew, from the rows
            log.error("call %s: %s", call.pk, type(error).__name__)
            await self._forget(call.pk)

    async def _catch_up(self, conversation: Conversation) -> None:
        """Do all that waits in a call: the greeting, the caller's turns, held answers."""
        call = conversation.on_call.call
        await conversation.greet()
        for utterance in await db_call(_unanswered, call):
            await self._reply(conversation, utterance)
        async for _ in tell_news(conversation):
            pass

    async def _reply(self, conversation: Conversation, utterance: Utterance) -> None:
        row = await db_call(calls.begin_reply, utterance)
        page = Page(row)
        try:
            await conversation.reply(utterance, row, page.write)
        finally:
            page.close()

    async def _conversation(self, call: Call) -> Conversation | None:
        """The session of a call that is held here; None when another process holds it, or it has ended."""
        if call.pk not in self.beats.held:
            epoch = await db_call(calls.take, call, holder=self.beats.holder)
            if epoch is None:
                return None
            await self._forget(call.pk)
            self.beats.hold(call.pk, epoch)
        if call.pk not in self.conversations:
            on_call, history = await db_call(recall, call)
            conversation = Conversation(
                on_call, history, epoch=self.beats.held[call.pk], brain=self.brain, on_fallback=note_fallback
            )
            await conversation.start()
            self.conversations[call.pk] = conversation
        return self.conversations[call.pk]

    async def _forget_idle(self) -> None:
        """Sessions of calls that ended, were lost, or in which nothing has been said for a while."""
        for call_id, conversation in list(self.conversations.items()):
            idle = time.monotonic() - conversation.used_at > IDLE_SECONDS
            if call_id not in self.tasks and (idle or call_id not in self.beats.held):
                by_text = conversation.on_call.call.channel == Call.Channel.TEXT
                await (self._leave if by_text else self._forget)(call_id)  # no page waits: the next text finds a holder

    async def _leave(self, call_id: UUID) -> None:
        self.beats.leave(call_id)
        await self._forget(call_id)

    async def _forget(self, call_id: UUID) -> None:
        if conversation := self.conversations.pop(call_id, None):
            await conversation.close()

    async def _drain(self) -> None:
        if self.tasks:
            await asyncio.wait(self.tasks.values(), timeout=DRAIN_SECONDS)
        for call_id in list(self.conversations):
            await self._forget(call_id)


class Page:
    """Writes her words so far into their row while they come; the end of the turn writes all of them."""

    def __init__(self, row: Utterance) -> None:
        self.row = row
        self.text = ""
        self.changed = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    def write(self, piece: str) -> None:
        self.text += piece
        self.changed.set()

    def close(self) -> None:
        self.task.cancel()

    async def _run(self) -> None:
        pause = AT_ONCE_SECONDS
        while True:
            await self.changed.wait()
            await asyncio.sleep(pause)
            self.changed.clear()
            with suppress(Exception):  # only a preview: the finished row is what counts
                await db_call(calls.extend, self.row, self.text.strip())
            pause = COALESCE_SECONDS


def wanting(holder: str, held: set[UUID]) -> list[Call]:
    """The open practice calls that nobody holds; what has words without a reply, or for which there is news."""
    at = timezone.now()
    found = {call.pk: call for call in Call.objects.open().practised().unheld(at)}
    found |= {utterance.call_id: utterance.call for utterance in calls.unanswered(holder=holder, at=at)}
    with_news = Call.objects.open().practised().filter(pk__in=held, messages__state=Message.State.HELD).distinct()
    return list((found | {call.pk: call for call in with_news}).values())


def _unanswered(call: Call) -> list[Utterance]:
    waiting = call.utterances.filter(speaker=Utterance.Speaker.CALLER, answered_at=None)
    return list(waiting.order_by("id"))
