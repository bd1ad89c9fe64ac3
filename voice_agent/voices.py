"""Her voice: a vendor's, and behind it the embedded one, which takes over within a sentence."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, USERDATA_TIMED_TRANSCRIPT

from voice_agent.embedded_speech import VOICE_RATE
from voice_agent.pressure import processors
from voice_agent.vendors import Vendor

FIRST_SOUND = 1.2  # seconds for a vendor to begin; one without quota accepts the text and stays silent
DOUBTFUL_SECONDS = 0.5  # then the embedded voice is made ready
STALL = 0.8  # seconds without sound after all that had come was played
PROBE_EVERY = 15.0  # seconds between looks whether the vendor is back
PROBE = "Hello."
PAUSE = VOICE_RATE // 10  # samples, for a sentence without words


class Voice(tts.TTS):
    """Says whole sentences. `first` may be None, then the embedded voice is the configured one."""

    def __init__(self, first: tts.TTS | None, embedded: tts.TTS | None, *, vendor: Vendor) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=VOICE_RATE, num_channels=1)
        self.first, self.embedded, self.vendor = first, embedded, vendor
        self._probing: asyncio.Task | None = None
        if first:
            first.on("metrics_collected", lambda used: self.emit("metrics_collected", used))

    @property
    def model(self) -> str:
        return self._speaks.model

    @property
    def provider(self) -> str:
        return self._speaks.provider

    @property
    def stand_in(self) -> str:
        return "embedded" if self.embedded else "recorded phrases"

    @property
    def _speaks(self) -> tts.TTS:
        return self.first if self.first and not self.vendor.is_down else self.embedded or self.first

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> "Sentence":
        return Sentence(tts=self, input_text=text, conn_options=APIConnectOptions(max_retry=0))

    def prewarm(self) -> None:
        """Open the vendor's line before the first sentence, or look whether it is back."""
        if self.first and self.vendor.is_down:
            self.probe()
        elif self.first:
            return self.first.prewarm()
        return self.prepare()

    def prepare(self) -> None:
        """The embedded voice takes most of a second to load."""
        if self.embedded:
            self.embedded.prewarm()

    def doubt(self) -> None:
        """The vendor is slow, unless this machine is."""
        if not processors.is_high:
            self.prepare()

    def probe(self) -> None:
        """Go on asking the vendor for a word until it says it."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._probe())

    async def _probe(self) -> None:
        while True:
            await asyncio.sleep(PROBE_EVERY)
            try:
                async with contextlib.aclosing(vendor_frames(self.first, PROBE)) as frames:
                    async for _ in frames:
                        pass
            except Exception as error:
                self.vendor.failed(error, using=self.stand_in)
            else:
                return self.vendor.works()

    async def aclose(self) -> None:
        if self._probing:
            await utils.aio.cancel_and_wait(self._probing)
        for voice in (self.first, self.embedded):
            if voice:
                await voice.aclose()


class Sentence(tts.ChunkedStream):
    """`was_whole` once it was said to its end by the configured voice alone."""

    _tts: Voice

    def __init__(self, **kwargs) -> None:
        self.was_whole = False
        super().__init__(**kwargs)

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        self._out = output_emitter
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=VOICE_RATE, num_channels=1, mime_type="audio/pcm"
        )
        voice, rest = self._tts, self._input_text
        if not any(sign.isalnum() for sign in rest):
            return output_emitter.push(bytes(PAUSE * 2))
        if voice.first and not (voice.vendor.is_down and voice.embedded):
            rest = await self._say_with_vendor()
        elif voice.first:
            voice.probe()
        if rest:
            await self._say_embedded(rest)
            self.was_whole = voice.first is None
        return output_emitter.flush()

    async def _say_with_vendor(self) -> str:
        """What is left to say: "" when all was said."""
        voice, heard = self._tts, Heard(self._input_text)
        slow = asyncio.get_running_loop().call_later(DOUBTFUL_SECONDS, voice.doubt)
        try:
            async with contextlib.aclosing(vendor_frames(voice.first, self._input_text)) as frames:
                async for frame in frames:
                    slow.cancel()
                    self._out.push(bytes(frame.data))
                    heard.add(frame)
        except Exception as error:
            voice.vendor.failed(error, using=voice.stand_in)
            voice.probe()
            return heard.rest
        finally:
            slow.cancel()
        self.was_whole = True
        voice.vendor.works()
        return ""

    async def _say_embedded(self, text: str) -> None:
        if self._tts.embedded is None:
            raise APIConnectionError("no voice is left", retryable=False)
        try:
            async with self._tts.embedded.synthesize(text) as stream:
                async for said in stream:
                    self._out.push(bytes(said.frame.data))
        except Exception as error:  # its message may quote what is said
            raise APIConnectionError(f"the embedded voice failed: {type(error).__name__}", retryable=False) from None


class Heard:
    """How much of a sentence has been turned into sound, by the vendor's alignment where it sends one."""

    def __init__(self, text: str) -> None:
        self.words = text.split()
        self.seconds = 0.0
        self.spoken = 0  # words that are whole in what has come
        self._ends: list[float] = []

    def add(self, frame: rtc.AudioFrame) -> None:
        self.seconds += frame.duration
        for timed in frame.userdata.get(USERDATA_TIMED_TRANSCRIPT) or ():
            self._ends += [float(timed.end_time)] * len(str(timed).split())
        self.spoken = sum(end <= self.seconds + 0.05 for end in self._ends)

    @property
    def rest(self) -> str:
        """Without an alignment, all of it: twice is better than never."""
        return " ".join(self.words[self.spoken :])


async def vendor_frames(voice: tts.TTS, text: str) -> AsyncIterator[rtc.AudioFrame]:
    """Raises TimeoutError where the sound does not begin, or stops, for longer than a caller would wait."""
    patience, began, pushed = FIRST_SOUND * processors.patience, 0.0, 0.0
    async with voice.stream(conn_options=APIConnectOptions(max_retry=0, timeout=patience)) as stream:
        stream.push_text(text)
        stream.end_input()
        while True:
            try:
                said = await asyncio.wait_for(anext(stream), patience)
            except StopAsyncIteration:
                return
            began = began or time.monotonic()
            pushed += said.frame.duration
            patience = STALL * processors.patience + max(0.0, began + pushed - time.monotonic())
            yield said.frame
