"""One call that is spoken: from the job that LiveKit gives to the goodbye, whatever happens in between."""

import asyncio
import logging
from contextlib import suppress

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error
from livekit.agents import ConversationItemAddedEvent, JobContext, StopResponse
from livekit.agents.voice import room_io

from supervision import calls, outbox
from supervision.models import Call, Message, Utterance
from voice_agent import speech, tracks
from voice_agent.announcement import announce
from voice_agent.attendant import Attendant
from voice_agent.beats import Beats
from voice_agent.brain import build_brain, note_fallback
from voice_agent.bridge import db_call, db_call_within
from voice_agent.call import Joined, wait_for_caller
from voice_agent.company import Company
from voice_agent.conversation import recall, voice_session
from voice_agent.line import Line
from voice_agent.receptionist import Receptionist
from voice_agent.recording import Recording
from voice_agent.tasks import Tasks
from voice_agent.transcript import Transcript
from voice_agent.usage import usage_of

log = logging.getLogger(__name__)
Because, Channel, State = Call.EndedBecause, Call.Channel, Call.State
HEARD_SECONDS = 0.6  # for what the caller has said to be stored, before she goes on without that


class SpokenCall:
    """`start` returns as soon as she listens: a job whose entrypoint still runs takes 15 s to end."""

    def __init__(self, context: JobContext, beats: Beats) -> None:
        self.context = context
        self.beats = beats
        self.tasks = Tasks(context.job.room.name)

    async def start(self) -> None:
        room = self.context.job.room.name
        try:
            joined = await wait_for_caller(self.context)
        except Exception:
            await db_call(_record_lost, room)
            raise
        try:
            await self._take(joined, room)
        except Exception as error:
            log.error("a call could not be answered: %s", type(error).__name__)
            await self._give_up(room)
            raise

    async def _take(self, joined: Joined, room: str) -> None:
        answered = await db_call(_answer, joined, room, self.beats.holder)
        if answered is None:
            if await db_call(_is_over, room):  # a token that is still valid has opened its room again
                await self.context.delete_room(room)
            self.context.shutdown("another job has this call, or it is over")
            return
        self.call, epoch, is_new = answered
        self.beats.hold(self.call.pk, epoch, on_lost=self._lost)
        self.context.add_shutdown_callback(self._leave)
        await self._talk(joined, is_new=is_new)

    async def _give_up(self, room: str) -> None:
        """Whatever has broken: the caller hears that it has, and is not left in a silent room."""
        with suppress(Exception):
            await announce(self.context.room, "trouble")
        with suppress(Exception):
            await db_call(_record_fault, room)
        await self.context.delete_room(room)

    async def _talk(self, joined: Joined, *, is_new: bool) -> None:
        on_call, history = await db_call(recall, self.call)
        self.brain = build_brain(on_fallback=note_fallback)  # of its own: each job has its own event loop
        self.session = session = voice_session(self.brain, on_call)
        self.receptionist = Receptionist(on_call, chat_ctx=history, on_fallback=note_fallback, on_words=self._heard)
        self.on_call = on_call
        self.transcript = Transcript(on_call, self.receptionist.lately)
        self.line = Line(self.context, session, on_call, self.transcript, joined.identity)
        self.attendant = Attendant(self.line, on_call, self.tasks)
        self.transcript.on_said = self.attendant.follow
        self.context.add_shutdown_callback(self._close)
        session.on("conversation_item_added", self._note)
        session.on("close", lambda closed: self.context.shutdown(closed.reason.value))
        Company(self.line, self.attendant, self.tasks).follow(self.context.room)
        options = room_io.RoomOptions(
            participant_identity=joined.identity,
            close_on_disconnect=True,
            delete_room_on_close=False,  # it may be another job's by then: see `_leave`
            text_input=False,
            audio_input=room_io.AudioInputOptions(pre_connect_audio=False),  # sound sent as data: of any length
            audio_output=room_io.AudioOutputOptions(track_publish_options=tracks.OPTIONS),
        )
        self.line.is_quiet = self.call.state == State.TAKEN_OVER  # a person is with the caller, whoever held it before
        await session.start(
            self.receptionist,
            room=self.context.room,
            room_options=options,
            record=False,
            session_host=False,  # else whoever may send data reads her instructions, types for the caller and mutes her
        )
        if settings.RECORD_CALLS and is_new:
            self.attendant.recording = Recording(session, self.call)
        self.tasks.start(asyncio.to_thread(speech.warm_up))
        self.tasks.start(self.attendant.greet() if is_new else self.attendant.come_back())
        self.attendant.watch_over(session)

    def _note(self, added: ConversationItemAddedEvent) -> None:
        self.transcript.note(added.item)

    async def _heard(self, words: str) -> Utterance | None:
        """The caller's words, stored before anything is made of them; None where he does not want that."""
        stored = None if self.on_call.call.off_the_record else await self._store(words)
        if self.line.is_quiet:
            raise StopResponse  # he talks to a person
        return stored

    async def _store(self, words: str) -> Utterance | None:
        about = {"speaker": Utterance.Speaker.CALLER, "text": words}
        try:
            return await db_call_within(HEARD_SECONDS, calls.record_utterance, self.call, **about)
        except (Error, TimeoutError) as error:  # a database that is locked stores them later
            log.error("call %s: words are not stored yet: %s", self.call.pk, type(error).__name__)
            return None
        except ValidationError as error:  # of a call that has just ended, or no words at all
            log.info("call %s: words are not stored: %s", self.call.pk, error.code)
            return None

    async def _leave(self) -> None:
        """However it ended: the row is closed, what she was to say goes out as texts, and nobody stays in the room."""
        self.beats.leave(self.call.pk)
        if await db_call(_end_mine, self.call):
            with suppress(Exception):  # it is gone already where she or the desk has hung up
                await self.context.delete_room(self.context.job.room.name)

    def _lost(self, _) -> None:
        """Told in this loop when the row is another job's, or has ended: in the first case not a word more."""
        self.tasks.start(self._go_quietly())

    async def _go_quietly(self) -> None:
        if await db_call(calls.is_mine, self.call):
            return
        if line := getattr(self, "line", None):
            line.is_over = True
            with suppress(Exception):
                await line.interrupt()
        self.context.shutdown("another job has this call")

    async def _close(self) -> None:
        """Nothing runs on, and what was said is stored."""
        self.line.is_over = True
        self.tasks.cancel()
        with suppress(Exception):
            await self.transcript.close()
        await db_call(calls.note_usage, self.call, usage_of(self.session))
        recording = self.attendant.recording
        if recording and (name := await recording.close()):
            await db_call(calls.note_recording, self.call, name)
        for part in (self.brain, self.session.stt, self.session.tts):  # a session closes none of them
            await part.aclose()


def _answer(joined: Joined, room: str, holder: str) -> tuple[Call, int, bool] | None:
    """The call of this room, taken: (call, epoch, whether it is new); None where another job has it, or it is over."""
    channel = Channel.PHONE if joined.is_telephone else Channel.BROWSER
    call = calls.ring(room=room, channel=channel, phone=joined.phone)
    epoch = calls.take(call, holder=holder)
    if epoch is None:
        return None
    if not (is_new := calls.answer(call)):
        _take_up(call)
    return Call.objects.select_related("caller").get(pk=call.pk), epoch, is_new


def _take_up(call: Call) -> None:
    """What the job before was telling when it ended is told again, or leaves as a text."""
    for message in Message.objects.filter(call=call, state=Message.State.SPEAKING):
        outbox.give_back(message)


def _is_over(room: str) -> bool:
    return not Call.objects.open().filter(room=room).exists()


def _end_mine(call: Call) -> bool:
    """Whether the call is over, and was this job's to the end."""
    if not calls.is_mine(call):
        return False
    calls.close_call(call, because=Because.CALLER)
    return True


def _record_fault(room: str) -> None:
    calls.close_call(calls.ring(room=room, channel=Channel.PHONE), state=State.LOST, because=Because.FAULT)


def _record_lost(room: str) -> None:
    """A call that came and could not be answered is in the list all the same."""
    calls.close_call(calls.ring(room=room, channel=Channel.PHONE), state=State.LOST, because=Because.LINE)
