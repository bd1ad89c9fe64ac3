"""Ears with others behind them: what one recogniser does not understand in time, the next one hears again."""

import asyncio
import contextlib
import logging
import weakref
from collections import deque
from dataclasses import dataclass, field

from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, LanguageCode, NotGivenOr, stt, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer

from voice_agent.vendors import Vendor

log = logging.getLogger(__name__)
RATE = 16000
ANSWER_SECONDS = 1.5  # from the end of speech to its transcript; the next ears and her answer must fit into 4 s
DOUBTFUL_SECONDS = 0.5  # then those behind are made ready
BATCH_SECONDS = 0.9  # for a recogniser over the network
EMBEDDED_SECONDS = 6.0  # on a busy machine
BEFORE = 0.6  # seconds kept from before speech was noticed
LONGEST = 45.0  # seconds of one utterance that are kept
AGAIN_SECONDS = 0.3  # before a closed line is opened again
STRIKES = 2  # passing failures in a call until the first ears are given up
OPTIONS = APIConnectOptions(max_retry=0, timeout=2.0)


@dataclass(frozen=True)
class Recogniser:
    """One of the ears in the second row, for whole utterances; the embedded one has no vendor."""

    ears: stt.STT
    vendor: Vendor | None = None


class Ears(stt.STT):
    """`first` streams and commits by hand, or is None."""

    def __init__(self, first: stt.STT | None, others: list[Recogniser], *, vendor: Vendor) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True, manual_flush=True))
        self.first, self.others, self.vendor = first, others, vendor
        self._streams: weakref.WeakSet[EarsStream] = weakref.WeakSet()
        self._followed: weakref.WeakSet = weakref.WeakSet()

    @property
    def model(self) -> str:
        return self._hears.model

    @property
    def provider(self) -> str:
        return self._hears.provider

    @property
    def _hears(self) -> stt.STT:
        return self.first if self.first and not self.vendor.is_down else self.others[0].ears

    def follow(self, session) -> None:
        """Learn from the session when the caller speaks: its own commits come late after a pause in a turn."""
        if session not in self._followed:
            self._followed.add(session)
            session.on("user_state_changed", lambda change: self.notice(speaking=change.new_state == "speaking"))

    def notice(self, *, speaking: bool) -> None:
        for stream in self._streams:
            stream.notice(speaking=speaking)

    def prewarm(self) -> None:
        """Get those ready that will hear first."""
        if self.first and not self.vendor.is_down:
            self.first.prewarm()
        else:
            self.prepare()

    def prepare(self) -> None:
        """The embedded ones take a second to load."""
        for one in self.others:
            one.ears.prewarm()

    async def understood(self) -> None:
        """Once nothing that was said still waits for its transcript."""
        await asyncio.gather(*(stream.nothing_waits.wait() for stream in list(self._streams)))

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> "EarsStream":
        stream = EarsStream(self, conn_options=conn_options)
        self._streams.add(stream)
        return stream

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        return await self.hear_again(utils.combine_frames(buffer))

    async def hear_again(self, sound: rtc.AudioFrame) -> stt.SpeechEvent:
        """By the first of the others that can. Raises what the last one raised."""
        row = [one for one in self.others if not (one.vendor and one.vendor.is_down)] or self.others
        for number, one in enumerate(row, 1):
            try:
                return await self._ask(one, sound)
            except Exception as error:
                if one.vendor:
                    using = row[number].ears.model if number < len(row) else "nothing"
                    one.vendor.failed(error, using=using)
                if number == len(row):
                    raise
        raise APIError("no ears are left", retryable=False)

    async def _ask(self, one: Recogniser, sound: rtc.AudioFrame) -> stt.SpeechEvent:
        patience = BATCH_SECONDS if one.vendor else EMBEDDED_SECONDS
        event = await asyncio.wait_for(
            one.ears.recognize(sound, conn_options=APIConnectOptions(max_retry=0, timeout=patience)), patience
        )
        if one.vendor:
            one.vendor.works(is_first=self.first is None and one is self.others[0])
        return event

    async def aclose(self) -> None:
        """Sessions close no ears: whoever builds them does, after the session."""
        for ears in (self.first, *(one.ears for one in self.others)):
            if ears:
                await ears.aclose()
            if client := getattr(ears, "_client", None):  # Groq's plugin leaves its connections open
                await client.close()


class Begins:
    """Stands in the sound where the caller began to speak."""


@dataclass
class Utterance:
    """What was said and waits for its transcript."""

    sound: rtc.AudioFrame
    late: asyncio.TimerHandle | None = field(default=None, repr=False)
    slow: asyncio.TimerHandle | None = field(default=None, repr=False)

    def settle(self) -> None:
        """It is understood, or given to others."""
        for timer in (self.late, self.slow):
            if timer:
                timer.cancel()


class EarsStream(stt.RecognizeStream):
    _stt: Ears

    def __init__(self, ears: Ears, *, conn_options: APIConnectOptions) -> None:
        self._recent: deque[rtc.AudioFrame] = deque()  # the last moments, spoken or not
        self._said: deque[rtc.AudioFrame] | None = deque()  # since speech began; None while nobody speaks
        self._is_told = False  # whether it is told when the caller speaks; else it goes by flushes alone
        self._waiting: deque[Utterance] = deque()
        self._again: asyncio.Queue[Utterance] = asyncio.Queue()  # for the second row, in order
        self._line: stt.RecognizeStream | None = None
        self._reading: asyncio.Task | None = None
        self._strikes = 0
        self._opening: asyncio.TimerHandle | None = None
        self._leaving: asyncio.Task | None = None
        self.nothing_waits = asyncio.Event()
        self.nothing_waits.set()
        super().__init__(stt=ears, conn_options=conn_options, sample_rate=RATE)

    # --- what comes in ----------------------------------------------------------------------------------------------

    def notice(self, *, speaking: bool) -> None:
        """The caller begins to speak, or has stopped; in the order of the sound."""
        if not self._input_ch.closed:
            self._input_ch.send_nowait(Begins() if speaking else self._FlushSentinel())

    def _begin(self) -> None:
        if self._said is None or not self._is_told:
            self._said = deque(self._recent)
        self._is_told = True

    async def _run(self) -> None:
        self._open()
        hearing_again = asyncio.create_task(self._hear_again())
        try:
            async for item in self._input_ch:
                if isinstance(item, rtc.AudioFrame):
                    self._keep(item)
                elif isinstance(item, Begins):
                    self._begin()
                elif self._said:
                    self._commit()
            await self.nothing_waits.wait()
        finally:
            for one in self._waiting:
                one.settle()
            await utils.aio.cancel_and_wait(hearing_again)
            await self._close()

    def _keep(self, frame: rtc.AudioFrame) -> None:
        self._recent.append(frame)
        while len(self._recent) * frame.duration > BEFORE:
            self._recent.popleft()
        if self._said is not None:
            self._said.append(frame)
            if len(self._said) * frame.duration > LONGEST:
                self._said.popleft()
        if self._line:
            self._line.push_frame(frame)

    def _commit(self) -> None:
        one = Utterance(utils.combine_frames(list(self._said)))
        self._said = None if self._is_told else deque()
        self.nothing_waits.clear()
        if self._line is None:
            return self._again.put_nowait(one)
        loop = asyncio.get_running_loop()
        one.late = loop.call_later(ANSWER_SECONDS, self._fail, TimeoutError())
        one.slow = loop.call_later(DOUBTFUL_SECONDS, self._stt.prepare)
        self._waiting.append(one)
        return self._line.flush()

    # --- the first ears ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._stt.first and not (self._stt.vendor.is_down and self._stt.others):
            self._line = self._stt.first.stream(conn_options=OPTIONS)
            self._reading = asyncio.create_task(self._read(self._line))

    async def _read(self, line: stt.RecognizeStream) -> None:
        try:
            async for event in line:
                self._take(event)
            error: Exception = APIError("the line was closed", retryable=True)
        except Exception as raised:
            error = raised
        if line is self._line:
            self._fail(error)

    def _take(self, event: stt.SpeechEvent) -> None:
        if event.type != stt.SpeechEventType.FINAL_TRANSCRIPT:
            return self._event_ch.send_nowait(event)
        if self._waiting:
            self._waiting.popleft().settle()
        self._strikes = 0
        self._stt.vendor.works()
        return self._emit(event)

    def _fail(self, error: Exception) -> None:
        """What waits goes to the second row; so does all that follows, unless the failure may pass."""
        self._strikes += 1
        passing = getattr(error, "retryable", False) and _is_passing(error) and self._strikes < STRIKES
        if not passing:
            self._stt.vendor.failed(error, using=self._stt.others[0].ears.model if self._stt.others else "nothing")
        passing = passing or not self._stt.others
        line, self._line = self._line, None
        for one in self._waiting:
            one.settle()
            self._again.put_nowait(one)
        self._waiting.clear()
        if line:
            self._leaving = asyncio.create_task(_leave(line))
        if passing:
            self._opening = asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._open)

    async def _close(self) -> None:
        if self._opening:
            self._opening.cancel()
        line, self._line = self._line, None
        if line:
            await line.aclose()
        for task in (self._reading, self._leaving):
            if task:
                await utils.aio.cancel_and_wait(task)

    # --- the second row ---------------------------------------------------------------------------------------------

    async def _hear_again(self) -> None:
        while True:
            one = await self._again.get()
            try:
                event = await self._stt.hear_again(one.sound)
            except Exception as error:
                log.error("an utterance was not understood: %s", type(error).__name__)
                event = _nothing()
            self._count(one.sound)
            self._emit(event)

    def _count(self, sound: rtc.AudioFrame) -> None:
        used = stt.RecognitionUsage(audio_duration=sound.duration)
        self._event_ch.send_nowait(
            stt.SpeechEvent(type=stt.SpeechEventType.RECOGNITION_USAGE, alternatives=[], recognition_usage=used)
        )

    def _emit(self, event: stt.SpeechEvent) -> None:
        """An empty transcript is an answer too, but none that a turn is made of."""
        if event.alternatives and event.alternatives[0].text.strip():
            self._event_ch.send_nowait(event)
        if not self._waiting and self._again.empty():
            self.nothing_waits.set()


def _is_passing(error: Exception) -> bool:
    """A closed line may be opened again; a line that was refused, or that stays silent, is not worth it."""
    status = getattr(error, "status_code", None)
    return status is None or status < 400 or status in (1000, 1001, 1006, 1012)


async def _leave(line: stt.RecognizeStream) -> None:
    with contextlib.suppress(Exception):
        await line.aclose()


def _nothing() -> stt.SpeechEvent:
    return stt.SpeechEvent(
        type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[stt.SpeechData(language=LanguageCode("en"), text="")]
    )
