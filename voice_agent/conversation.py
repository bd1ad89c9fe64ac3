"""Builds a session, or rebuilds it from a call's utterances; holds a call by text and writes her words into rows."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable

from livekit.agents import AgentSession, APIConnectOptions, io, llm
from livekit.agents.voice.agent_session import SessionConnectOptions

from knowledge.models import Salon, Service
from supervision import calls, outbox, screening
from supervision.models import Call, Message, Utterance
from voice_agent import hearing
from voice_agent.bridge import db_call
from voice_agent.call import OnCall
from voice_agent.prompts import render
from voice_agent.receptionist import Receptionist
from voice_agent.turn import Said, failed

log = logging.getLogger(__name__)
REMEMBERED = 40  # utterances of a rebuilt conversation that the model sees
INTERRUPTION_SECONDS = 0.3  # of speech; a shorter sound is a cough
GOES_ON_SECONDS = 1.0  # after a sound that silenced her and was no words
CLOSE_SECONDS = 0.2  # LiveKit waits 2 s for a last transcript, in which the caller would hear nothing
VOICE_SECONDS = 2.0
Listener = Callable[[str], None]


def text_session(brain: llm.LLM) -> AgentSession:
    """Without ears and voice. Its defaults would load a model of 244 MB that finds the end of spoken turns."""
    return AgentSession(llm=brain, vad=None, turn_handling={"turn_detection": None}, user_away_timeout=None)


def voice_session(brain: llm.LLM, on_call: OnCall) -> AgentSession:
    """With ears, a voice, and our own decision when a turn has ended."""
    from voice_agent import speech, turns  # what a typed conversation never needs

    ears, detector = speech.build_ears(terms=on_call.terms), speech.build_vad()
    session = AgentSession(
        stt=ears,
        llm=brain,
        tts=speech.build_voice(),
        vad=detector,
        turn_handling={
            "turn_detection": turns.TurnDetector(on_call, ears=ears),
            "endpointing": {"min_delay": turns.MIN_DELAY, "max_delay": turns.MAX_DELAY},
            "interruption": {
                "mode": "vad",
                "min_duration": INTERRUPTION_SECONDS,
                "false_interruption_timeout": GOES_ON_SECONDS,
            },
            "preemptive_generation": {"enabled": True},
        },
        aec_warmup_duration=None,  # else a caller who speaks into her greeting is not heard
        user_away_timeout=None,  # see silence.py
        session_close_transcript_timeout=CLOSE_SECONDS,
        conn_options=SessionConnectOptions(
            tts_conn_options=APIConnectOptions(max_retry=0, timeout=VOICE_SECONDS),
            max_unrecoverable_errors=sys.maxsize,  # we end a call, with words; an error does not
        ),
    )
    detector.follow(session)
    return session


def recall(call: Call) -> tuple[OnCall, llm.ChatContext]:
    """What she has in mind in a call, from its rows: whoever held it before may have died at any moment."""
    on_call = OnCall(call, Salon.objects.current())
    on_call.terms = list(Service.objects.values_list("name", flat=True)) if call.is_spoken else []
    history = llm.ChatContext.empty()
    for said in call.utterances.exclude(text="").order_by("id"):
        if said.speaker == said.Speaker.CALLER:
            on_call.no_texts |= screening.wants_no_texts(said.text)
            on_call.is_child |= call.is_spoken and hearing.without_child(said.text) is not None
            if said.answered_at:
                history.add_message(role="user", content=said.text)
        elif said.finished_at:
            history.add_message(role="assistant", content=said.text)
            on_call.remember(said=said.text, asks=said.asks)
    return on_call, history.truncate(max_items=REMEMBERED)


class Words(io.TextOutput):
    """Hands on what she says, piece by piece, to whoever listens to this turn."""

    def __init__(self) -> None:
        super().__init__(label="words", next_in_chain=None)
        self.listener: Listener = lambda piece: None

    async def capture_text(self, text: str) -> None:
        self.listener(text)

    def flush(self) -> None:
        pass


class Conversation:
    """Turns and held answers never interleave: each is said whole under `turns`."""

    def __init__(
        self, on_call: OnCall, history: llm.ChatContext, *, epoch: int, brain: llm.LLM, on_fallback: Listener
    ) -> None:
        self.on_call = on_call
        self.epoch = epoch
        self.turns = asyncio.Lock()
        self.used_at = time.monotonic()
        self.has_greeted = bool(on_call.last_said)
        self._words = Words()
        self._receptionist = Receptionist(on_call, chat_ctx=history, on_fallback=on_fallback)
        self._session = text_session(brain)
        self._session.output.transcription = self._words

    async def start(self) -> None:
        await self._session.start(self._receptionist, record=False)

    async def close(self) -> None:
        await self._session.aclose()

    async def greet(self) -> Utterance | None:
        """Her first words, once in a call; None when they were said before, and by text, where they begin a reply."""
        if self.on_call.call.channel == Call.Channel.TEXT:
            return None
        async with self.turns:
            text = render("greeting.txt", salon=self.on_call.salon)
            row = None if self.has_greeted else await db_call(_record_greeting, self.on_call.call, text)
            self.has_greeted = True
            if row:
                await self._note(Said(text))
            return row

    async def reply(self, utterance: Utterance, row: Utterance, listener: Listener) -> Utterance:
        """Say the answer to a caller's stored words, and keep it in `row`. Raises calls.Replaced."""
        async with self.turns:
            self.used_at = started = time.monotonic()
            first: list[float] = []

            def listen(piece: str) -> None:
                first.append(time.monotonic())
                listener(piece)

            said = await self._hear(utterance, listen)
            latency_ms = round(((first or [time.monotonic()])[0] - started) * 1000)
            await db_call(
                calls.finish_reply, row, text=said.text, epoch=self.epoch, citations=said.citations, asks=said.asks,
                promise=said.promise, latency_ms=latency_ms,
            )  # fmt: skip
            self.on_call.remember(said=said.text, asks=said.asks)
            self._receptionist.turn.leave_for_the_next(self.on_call)
            return row

    async def tell(self, message: Message) -> Utterance | None:
        """Speak a held answer, word for word; None when somebody else has it."""
        async with self.turns:
            text = await db_call(words_of, message)
            row = await db_call(_record_told, message, self.on_call, text)
            if row:
                self.used_at = time.monotonic()
                await self._note(Said(text, asks=self.on_call.asks))
            return row

    async def _hear(self, utterance: Utterance, listener: Listener) -> Said:
        """One turn of the session; whatever breaks in it, the caller gets words."""
        self.on_call.utterance = utterance
        self._words.listener = listener
        try:
            await self._session.run(user_input=utterance.text)
            said = self._receptionist.turn.outcome
        except Exception as error:
            log.error("a turn failed: %s", type(error).__name__)
            said = Said("")
        finally:
            self._words.listener = lambda piece: None
        if said.text:
            return said
        said = failed(utterance.text, self.on_call.asks).outcome
        listener(said.text)
        return said

    async def _note(self, said: Said) -> None:
        """What was said outside a turn belongs to the conversation too."""
        self.on_call.remember(said=said.text, asks=said.asks)
        history = self._receptionist.chat_ctx.copy()
        history.add_message(role="assistant", content=said.text)
        await self._receptionist.update_chat_ctx(history)


def words_of(message: Message) -> str:
    """An answer is spoken as the supervisor wrote it; other messages are sentences already."""
    if message.purpose not in (message.Purpose.ANSWER, message.Purpose.CORRECTION):
        return message.text
    help_request = message.help_request
    return render("answer_arrived.txt", question=help_request.question, answer=help_request.supervisor_response)


def _record_greeting(call: Call, text: str) -> Utterance | None:
    if call.utterances.filter(speaker=Utterance.Speaker.RECEPTIONIST).exists():
        return None
    return calls.record_utterance(call, speaker=Utterance.Speaker.RECEPTIONIST, text=text)


def _record_told(message: Message, on_call: OnCall, text: str) -> Utterance | None:
    if not outbox.take(message):
        return None
    try:
        return calls.record_utterance(
            on_call.call, speaker=Utterance.Speaker.RECEPTIONIST, text=text, message=message, asks=on_call.asks
        )
    except Exception:
        outbox.give_back(message)
        raise
