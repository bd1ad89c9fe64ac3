"""Ears with others behind them: what one recogniser does not understand in time, the next one hears again."""

import asyncio
import weakref
from dataclasses import dataclass

from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, NotGivenOr, stt, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer

from voice_agent.listening import EarsStream
from voice_agent.vendors import Vendor

BATCH_SECONDS = 0.9  # for a recogniser over the network
EMBEDDED_SECONDS = 6.0  # on a busy machine


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

    @property
    def is_busy(self) -> bool:
        """Whether something that was said still waits for its transcript."""
        return any(not stream.nothing_waits.is_set() for stream in list(self._streams))

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
