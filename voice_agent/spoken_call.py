"""One call that is spoken: from the job that LiveKit gives, to the rows of what was said."""

import asyncio
import logging

from django.core.exceptions import ValidationError
from livekit.agents import ConversationItemAddedEvent, JobContext, llm
from livekit.agents.voice import room_io

from supervision import calls
from supervision.models import Call, Utterance
from voice_agent.beats import Beats
from voice_agent.brain import build_brain, note_fallback
from voice_agent.bridge import db_call
from voice_agent.call import Joined, wait_for_caller
from voice_agent.conversation import recall, voice_session
from voice_agent.prompts import render
from voice_agent.receptionist import Receptionist
from voice_agent.turn import Said

log = logging.getLogger(__name__)
Channel, Speaker, State = Call.Channel, Utterance.Speaker, Call.State


class SpokenCall:
    """`start` returns as soon as she listens: a job whose entrypoint still runs takes 15 s to end."""

    def __init__(self, context: JobContext, beats: Beats) -> None:
        self.context = context
        self.beats = beats
        self.notes: set[asyncio.Task] = set()

    async def start(self) -> None:
        try:
            joined = await wait_for_caller(self.context)
        except Exception:
            await db_call(_record_lost)
            raise
        self.call = await db_call(_open, joined)
        epoch = await db_call(calls.take, self.call, holder=self.beats.holder)
        self.beats.hold(self.call.pk, epoch)
        self.context.add_shutdown_callback(self._close)
        on_call, history = await db_call(recall, self.call)
        self.brain = build_brain(on_fallback=note_fallback)  # of its own: each job has its own event loop
        session = voice_session(self.brain)
        session.on("conversation_item_added", self._note)
        session.on("close", lambda closed: self.context.shutdown(closed.reason.value))
        self.receptionist = Receptionist(on_call, chat_ctx=history, on_fallback=note_fallback, on_words=self._heard)
        options = room_io.RoomOptions(
            participant_identity=joined.identity, close_on_disconnect=True, delete_room_on_close=True
        )
        await session.start(self.receptionist, room=self.context.room, room_options=options, record=False)
        session.say(render("greeting_spoken.txt", salon=on_call.salon))

    async def _heard(self, words: str) -> Utterance:
        return await db_call(calls.record_utterance, self.call, speaker=Speaker.CALLER, text=words)

    def _note(self, added: ConversationItemAddedEvent) -> None:
        if isinstance(added.item, llm.ChatMessage) and added.item.role == "assistant":
            task = asyncio.create_task(self._record(added.item))
            self.notes.add(task)
            task.add_done_callback(self.notes.discard)

    async def _record(self, item: llm.ChatMessage) -> None:
        """What she said; it counts as heard when it was played whole."""
        text = item.text_content or ""
        outcome = self.receptionist.turn.outcome
        said = outcome if outcome.text == text else Said(text)
        row = await db_call(
            calls.record_utterance, self.call, speaker=Speaker.RECEPTIONIST, text=text, asks=said.asks,
            promise=said.promise, citations=said.citations, interrupted=item.interrupted,
        )  # fmt: skip
        self.receptionist.on_call.remember(said=text, asks=said.asks)
        if not item.interrupted:
            await db_call(calls.record_confirmation, row)

    async def _close(self) -> None:
        await asyncio.gather(*self.notes, return_exceptions=True)
        self.beats.leave(self.call.pk)
        await db_call(calls.close_call, self.call)
        await self.brain.aclose()


def _open(joined: Joined) -> Call:
    """A number that cannot be texted is as good as none."""
    channel = Channel.PHONE if joined.is_telephone else Channel.BROWSER
    try:
        return calls.open_call(channel=channel, phone=joined.phone)
    except ValidationError:
        return calls.open_call(channel=channel)


def _record_lost() -> None:
    """A call that came and could not be answered is in the list all the same."""
    calls.close_call(calls.open_call(channel=Channel.PHONE), state=State.LOST)
