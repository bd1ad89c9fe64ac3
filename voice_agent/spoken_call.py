"""One call that is spoken: from the job that LiveKit gives to the goodbye, whatever happens in between."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress

from django.conf import settings
from django.db import Error
from livekit import rtc
from livekit.agents import ConversationItemAddedEvent, JobContext, StopResponse
from livekit.agents.voice import room_io

from supervision import calls
from supervision.models import Call, Utterance
from voice_agent import asking
from voice_agent.announcement import announce
from voice_agent.beats import Beats
from voice_agent.brain import build_brain, note_fallback
from voice_agent.bridge import db_call, db_call_within
from voice_agent.call import Joined, is_supervisor, wait_for_caller
from voice_agent.conversation import recall, voice_session
from voice_agent.guard import Guard
from voice_agent.hold import wait_for_quiet
from voice_agent.line import OPTIONS, Line
from voice_agent.prompts import render
from voice_agent.receptionist import Receptionist
from voice_agent.recording import Recording
from voice_agent.silence import Silence
from voice_agent.transcript import Transcript
from voice_agent.turn import Said
from voice_agent.usage import usage_of
from voice_agent.watching import Watcher

log = logging.getLogger(__name__)
Because, Channel, State = Call.EndedBecause, Call.Channel, Call.State
HEARD_SECONDS = 0.6  # for what the caller has said to be stored, before she goes on without that
VANISHED_SECONDS = 10.0  # a supervisor who has left for so long gives the call back
DESK = "desk"  # the topic of Django's packets


class SpokenCall:
    """`start` returns as soon as she listens: a job whose entrypoint still runs takes 15 s to end."""

    def __init__(self, context: JobContext, beats: Beats) -> None:
        self.context = context
        self.beats = beats
        self.tasks: set[asyncio.Task] = set()
        self.window: asyncio.Task | None = None  # in which something is waited for on the line
        self.recording: Recording | None = None

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
            self.context.shutdown("another job has this call")
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
        self.transcript = Transcript(on_call, self.receptionist.lately, on_said=self._after)
        self.line = Line(self.context, session, on_call, self.transcript, joined.identity)
        self.watcher = Watcher(self.line, on_call)
        self.context.add_shutdown_callback(self._close)
        session.on("conversation_item_added", self._note)
        session.on("close", lambda closed: self.context.shutdown(closed.reason.value))
        self._follow_room(self.context.room)
        options = room_io.RoomOptions(
            participant_identity=joined.identity,
            close_on_disconnect=True,
            delete_room_on_close=False,  # it may be another job's by then: see `_leave`
            text_input=False,
            audio_input=room_io.AudioInputOptions(pre_connect_audio=False),  # sound sent as data: of any length
            audio_output=room_io.AudioOutputOptions(track_publish_options=OPTIONS),
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
            self.recording = Recording(session, self.call)
        self._soon(self._greet() if is_new else self._come_back())
        await self.line.open()
        self._watch_over(session)

    def _watch_over(self, session) -> None:
        line = self.line
        self.guard = Guard(session, soothe=line.soothe, apologise=line.apologise, may=lambda: line.is_hers)
        seconds = settings.SILENCE.total_seconds()
        self.silence = Silence(session, seconds=seconds, ask=self._ask_silent, may=lambda: line.is_hers)
        self._soon(self.watcher.run())
        self._soon(self._end_in_time())

    # --- what she says by herself -----------------------------------------------------------------------------------

    async def _greet(self) -> None:
        about = {"listening": settings.ALLOW_LISTENING, "recording": settings.RECORD_CALLS}
        saying = await self.line.say(Said(render("greeting_spoken.txt", salon=self.on_call.salon, **about)))
        if saying.row and not saying.row.interrupted:
            await db_call(calls.greeted, self.call)
            if self.recording:
                await self.recording.start()

    async def _come_back(self) -> None:
        """Another process had this call until a moment ago: what was asked is still open."""
        if self.line.is_quiet:
            return
        await self.line.say(Said(render("i_am_back.txt"), asks=self.on_call.asks))
        if self.call.state == State.HOLDING:
            self._hold(settings.HOLD_WINDOW.total_seconds(), asking.stop_holding)

    async def _ask_silent(self, times: int) -> None:
        said = await db_call(asking.silence, self.on_call, times)
        if said.ends_call:
            await self.line.hang_up(Because.SILENCE, said)
        else:
            await self.line.say(said)

    async def _end_in_time(self) -> None:
        await asyncio.sleep(settings.CALL_MAX_MINUTES * 60)
        await self.line.interrupt()
        await self.line.hang_up(Because.TOO_LONG, await db_call(asking.too_long, self.on_call))

    # --- what follows what was said ---------------------------------------------------------------------------------

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

    def _after(self, said: Said, whole: bool) -> None:
        if self.recording and self.on_call.call.off_the_record:
            self._soon(self.recording.drop())
        if said.ends_call:
            self._soon(self.line.hang_up(Because.GOODBYE))
        elif said.holds:
            self._hold(settings.HOLD_WINDOW.total_seconds(), asking.stop_holding)
        elif said.rings:
            self._hold(settings.PERSON_WINDOW.total_seconds(), asking.nobody_came)
        elif said.transfers:
            self._soon(self._put_through())

    def _hold(self, seconds: float, afterwards) -> None:
        """The soft sound until an answer or a person comes, or until the time is up."""
        self.line.hold_sound.start()
        if self.window:
            self.window.cancel()
        self.window = self._soon(self._wait(seconds, afterwards))

    async def _wait(self, seconds: float, afterwards) -> None:
        await asyncio.sleep(seconds)
        await wait_for_quiet(self.session)  # an answer may have come in the last moment
        if self.line.is_quiet:
            return
        said = await db_call(afterwards, self.on_call)
        self.line.hold_sound.stop()
        if said.text:  # else the answer or a person has come in the meantime
            await self.line.say(said)

    async def _put_through(self) -> None:
        await db_call(calls.begin_transfer, self.call)
        if await self.line.put_through():
            await self.line.hang_up(Because.TRANSFERRED)
        else:
            await self.line.say(await db_call(asking.transfer_failed, self.on_call))

    # --- who is in the room -----------------------------------------------------------------------------------------

    def _follow_room(self, room: rtc.Room) -> None:
        room.on("participant_disconnected", self._left)
        room.on("data_received", lambda packet: self._nudged(packet))
        room.on("sip_dtmf_received", lambda key: self._soon(self._pressed(key.digit)))

    def _nudged(self, packet: rtc.DataPacket) -> None:
        if packet.participant is None and packet.topic == DESK:  # sent by Django: any participant could send the same
            self.watcher.ring()

    def _left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self.line.identity:
            hung_up = participant.disconnect_reason in (None, rtc.DisconnectReason.CLIENT_INITIATED)
            self._soon(self.line.hang_up(Because.CALLER if hung_up else Because.LINE))
        elif is_supervisor(participant) and self.line.is_quiet:
            self._soon(self._wait_for_supervisor())

    async def _wait_for_supervisor(self) -> None:
        await asyncio.sleep(VANISHED_SECONDS)
        if self.line.is_quiet and not any(map(is_supervisor, self.context.room.remote_participants.values())):
            await db_call(calls.hand_back, self.call, reason="the supervisor's line was lost")
            self.watcher.ring()

    async def _pressed(self, digit: str) -> None:
        self.silence.heard()
        if self.line.is_quiet:
            return
        if said := await db_call(asking.press, digit, self.on_call):
            await self.line.interrupt()
            await self.line.say(said)

    # --- the end ----------------------------------------------------------------------------------------------------

    def _soon(self, work: Coroutine) -> asyncio.Task:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.error("call %s: %s", self.call.pk, type(task.exception()).__name__)

    async def _leave(self) -> None:
        """However it ended: the row is closed, what she was to say goes out as texts, and nobody stays in the room."""
        self.beats.leave(self.call.pk)
        if await db_call(_end_mine, self.call):
            with suppress(Exception):  # it is gone already where she or the desk has hung up
                await self.context.delete_room(self.context.job.room.name)

    def _lost(self, _) -> None:
        """Told in this loop when the row is another job's, or has ended: in the first case not a word more."""
        self._soon(self._go_quietly())

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
        for task in list(self.tasks):
            task.cancel()
        with suppress(Exception):
            await self.transcript.close()
        await db_call(calls.note_usage, self.call, usage_of(self.session))
        if self.recording and (name := await self.recording.close()):
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
    is_new = calls.answer(call)
    return Call.objects.select_related("caller").get(pk=call.pk), epoch, is_new


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
