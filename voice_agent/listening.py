"""One call's ears at work: the first recogniser, and behind it those that hear again what it does not understand."""

import asyncio
import contextlib
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, LanguageCode, stt, utils

from voice_agent.pressure import processors

if TYPE_CHECKING:
    from voice_agent.ears import Ears

log = logging.getLogger(__name__)
RATE = 16000
ANSWER_SECONDS = 1.5  # from the end of speech to its transcript; the next ears and her answer must fit into 4 s
DOUBTFUL_SECONDS = 0.5  # then those behind are made ready
BEFORE = 0.6  # seconds kept from before speech was noticed
LONGEST = 45.0  # seconds of one utterance that are kept
AGAIN_SECONDS = 0.3  # before a closed line is opened again
STRIKES = 2  # passing failures in a call until the first ears are given up
OPTIONS = APIConnectOptions(max_retry=0, timeout=2.0)
CLOSED = contextlib.suppress(RuntimeError)  # what a line that is gone raises until its reader has noticed, and acts


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
    _stt: "Ears"

    def __init__(self, ears: "Ears", *, conn_options: APIConnectOptions) -> None:
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
            with CLOSED:
                self._line.push_frame(frame)

    def _commit(self) -> None:
        one = Utterance(utils.combine_frames(list(self._said)))
        self._said = None if self._is_told else deque()
        self.nothing_waits.clear()
        if self._line is None:
            return self._again.put_nowait(one)
        loop = asyncio.get_running_loop()
        one.late = loop.call_later(ANSWER_SECONDS * processors.patience, self._fail, TimeoutError())
        one.slow = loop.call_later(DOUBTFUL_SECONDS, self._doubt)
        self._waiting.append(one)
        with CLOSED:
            self._line.flush()
        return None

    def _doubt(self) -> None:
        if not processors.is_high:
            self._stt.prepare()

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
