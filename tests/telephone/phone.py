"""A telephone that is a participant of a LiveKit room: it speaks, hears, presses keys and hangs up."""

import asyncio
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, wraps
from itertools import pairwise

import numpy as np
from livekit import api, rtc

from tests.telephone import ears, speech
from tests.telephone.server import Place

FRAME = speech.RATE // 25  # samples in 40 ms: half as many calls of the library as 20 would need
HERS, BACKGROUND = "roomio_audio", "background_audio"  # the agent's tracks: her voice; hold sound and fillers
ALIKE = 0.8  # of sounds, see `ears.fit`
LOUD = 150  # root mean square of a frame with somebody in it
KEYS = "0123456789*#"
DIAL_SECONDS = 10.0
PAUSE = 0.9  # seconds of silence after which she has ended; between two of her sentences it is less
FIRST_PAUSE = 1.8  # unless it is on record that her greeting was heard
GREETED_PAUSE = 0.4
NUMBER, SALON_NUMBER = "+14155552671", "+15559990000"


@dataclass(frozen=True)
class Frame:
    at: float  # time.time() of its arrival
    level: float
    samples: np.ndarray
    track: str


@dataclass(frozen=True)
class Heard:
    """One stretch of speech, as it was heard."""

    start: float
    end: float
    samples: np.ndarray

    @cached_property
    def text(self) -> str:
        return speech.understood(speech.on_the_line(self.samples))

    def says(self, text: str) -> bool:
        """These words were heard, among others or alone: by their sound, or else by a recogniser."""
        sentences = [one for one in text.replace("?", "?\n").replace(". ", ".\n").splitlines() if one.strip()]
        sounds = ears.bands(speech.on_the_line(self.samples))
        known = (ears.bands(speech.by_telephone(one.strip())) for one in sentences)
        return all(ears.fit(sounds, one)[0] >= ALIKE for one in known) or ears.errors(text, self.text) < 0.25

    def __contains__(self, phrase: str) -> bool:
        return " ".join(ears.words(phrase)) in " ".join(ears.words(self.text))

    def __repr__(self) -> str:
        return f"<heard for {self.end - self.start:.1f} s: {self.text!r}>"


@cache
def exchange() -> asyncio.AbstractEventLoop:
    """The loop on which all telephones run, in a thread of its own: a line goes on while a test is busy or waits."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="telephones", daemon=True).start()
    return loop


def on_the_line(method: Callable[..., Awaitable]) -> Callable[..., Awaitable]:
    """Runs the method on the telephones' loop, and may be awaited from any other."""

    @wraps(method)
    async def called(self: "Phone", *arguments: object, **options: object) -> object:
        work = method(self, *arguments, **options)
        if asyncio.get_running_loop() is exchange():
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, exchange()))

    return called


class Phone:
    """`async with Phone(…) as caller` dials and hangs up. It never stops sending: speech, or the silence of a line."""

    def __init__(self, livekit: Place, agent: str = "", *, number: str = NUMBER, room: str = "", **options) -> None:
        """`agent` is dispatched with the call, as a telephone's dispatch rule does; "" dispatches none.

        Options: `kind` ("sip"), `identity`, `metadata` of the dispatch, `attributes`, `grants`, `noise`: samples at
        RATE that are heard around the caller, over and over; `greeted` tells whether her greeting was played whole.
        """
        self.livekit, self.number = livekit, number
        self.room_name = room or f"call-{uuid.uuid4().hex[:12]}"
        self.identity = options.get("identity") or f"sip_{uuid.uuid4().hex[:8]}"
        self.token = self._token(agent, **options)
        self.frames: list[Frame] = []
        self.noise = options.get("noise")
        self.is_greeted = options.get("greeted") or (lambda: False)
        self.hung_up = asyncio.Event()  # by the other side, or because the server is gone
        self.why: int | None = None
        self._line, self._spoken = bytearray(), Future()
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task] = []
        self._heard_until = 0.0

    def _token(self, agent: str, *, kind: str = "sip", metadata: str = "", attributes=None, grants=None, **_) -> str:
        sip = {
            "sip.phoneNumber": self.number, "sip.trunkPhoneNumber": SALON_NUMBER, "sip.callStatus": "active",
            "sip.callID": f"SCL_{uuid.uuid4().hex[:12]}", "sip.trunkID": "ST_tests", "sip.ruleID": "SDR_tests",
        }  # fmt: skip
        token = (
            api.AccessToken(self.livekit.key, self.livekit.secret)
            .with_identity(self.identity)
            .with_kind(kind)
            .with_grants(api.VideoGrants(room_join=True, room=self.room_name, **(grants or {})))
            .with_attributes(attributes if attributes is not None else sip if kind == "sip" else {})
        )
        if agent:
            dispatch = api.RoomAgentDispatch(agent_name=agent, metadata=metadata)
            rooms = api.RoomConfiguration(empty_timeout=20, departure_timeout=5, agents=[dispatch])
            token = token.with_room_config(rooms)
        return token.to_jwt()

    async def __aenter__(self) -> "Phone":
        await self.dial()
        return self

    async def __aexit__(self, *_) -> None:
        await self.hang_up()

    @on_the_line
    async def dial(self) -> None:
        self.room = rtc.Room()
        self.room.on("track_subscribed", self._subscribed)
        self.room.on("disconnected", self._disconnected)
        self.dialled_at = self._heard_until = time.time()
        self._source = rtc.AudioSource(speech.RATE, 1, queue_size_ms=80)
        track = rtc.LocalAudioTrack.create_audio_track("phone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False)
        async with asyncio.timeout(DIAL_SECONDS):  # who is thrown out meanwhile would wait for ever
            await self.room.connect(self.livekit.url, self.token, rtc.RoomOptions(auto_subscribe=True))
            await self.room.local_participant.publish_track(track, options)
        self._tasks.append(asyncio.create_task(self._send()))

    @on_the_line
    async def hang_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(TimeoutError):  # the server may have closed the room in this very moment
            await asyncio.wait_for(self.room.disconnect(), DIAL_SECONDS)

    def _disconnected(self, reason: int) -> None:
        self.why = reason
        self.hung_up.set()

    # --- speaking ---------------------------------------------------------------------------------------------------

    async def say(self, text: str) -> float:
        """Speak, and return when the last of it has left: at that time."""
        return await self.talk(text)

    def talk(self, text: str) -> asyncio.Future[float]:
        """Begin to speak; the future is the time at which the last of it has left."""
        return self.play(speech.by_telephone(text))

    def play(self, samples: np.ndarray) -> asyncio.Future[float]:
        """Put int16 at RATE on the line, after what is on it already."""
        spoken = self._spoken = Future()
        self._line += samples.tobytes()
        return asyncio.wrap_future(spoken)

    async def ask(self, text: str, **options: float) -> Heard:
        """Say it, and hear what she answers."""
        return await self.hears_after(await self.say(text), **options)

    @on_the_line
    async def press(self, keys: str) -> None:
        for key in keys:
            await self.room.local_participant.publish_dtmf(code=KEYS.index(key), digit=key)

    async def _send(self) -> None:
        while True:
            piece = bytes(self._line[: FRAME * 2]).ljust(FRAME * 2, b"\0")
            is_last = 0 < len(self._line) <= FRAME * 2
            del self._line[: FRAME * 2]
            if self.noise is not None:
                piece = self._with_noise(piece)
            await self._source.capture_frame(rtc.AudioFrame(piece, speech.RATE, 1, FRAME))
            if is_last and not self._spoken.done():
                self._spoken.set_result(time.time() + self._source.queued_duration)

    def _with_noise(self, piece: bytes) -> bytes:
        around, self.noise = self.noise[:FRAME], np.roll(self.noise, -FRAME)
        return np.clip(np.frombuffer(piece, np.int16) + around.astype(int), -32768, 32767).astype(np.int16).tobytes()

    # --- hearing ----------------------------------------------------------------------------------------------------

    def _subscribed(self, track: rtc.Track, publication: rtc.RemoteTrackPublication, whose: rtc.Participant) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:  # browsers name none
            self._tasks.append(asyncio.create_task(self._listen(track, publication.name or whose.identity)))

    async def _listen(self, track: rtc.Track, name: str) -> None:
        stream = rtc.AudioStream(track, sample_rate=speech.RATE, num_channels=1, frame_size_ms=20)
        try:
            async for event in stream:
                samples = np.frombuffer(event.frame.data, np.int16).copy()
                level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float32))))
                self.frames.append(Frame(time.time(), level, samples, name))
                self._arrived.set()
        finally:
            await stream.aclose()

    async def hears_after(self, moment: float, **options: float) -> Heard:
        """Her next words that begin after that moment."""
        self._heard_until = moment
        return await self.hears(**options)

    @on_the_line
    async def hears(self, *, within: float = 15.0, pause: float = 0.0, track: str = HERS) -> Heard:
        """Her next words, from when they begin, within so many seconds, until she has been silent for `pause`.

        Her first ones are several sentences, which a voice that has only just been opened says one by one.
        """
        is_first = not pause and self._heard_until == self.dialled_at
        pause = pause or (FIRST_PAUSE if is_first else PAUSE)
        start = await self.first_sound(after=self._heard_until, within=within, track=track)
        async with asyncio.timeout(60):
            while (silent := time.time() - (end := self.last_sound(track))) < pause:
                if is_first and silent > GREETED_PAUSE and self.is_greeted():
                    break
                await self._next_frame()
        self._heard_until = end
        return Heard(start, end, self.samples(start - 0.1, end + 0.2, track))

    @on_the_line
    async def first_sound(self, *, after: float, within: float = 15.0, track: str = "") -> float:
        """When the first sound came after that time; fails when there is none in time."""
        deadline = time.time() + within
        while True:
            if found := next((frame.at for frame in self.since(after, track) if frame.level > LOUD), 0.0):
                return found
            if time.time() > deadline:
                raise AssertionError(f"the caller has heard nothing for {within:g} s")
            await self._next_frame()

    @on_the_line
    async def is_silent(self, *, seconds: float, track: str = "", within: float = 20.0) -> float:
        """Wait until nothing has been heard for so long; returns when the silence began."""
        begun = time.time()
        async with asyncio.timeout(within):
            while time.time() - max(begun, self.last_sound(track)) < seconds:
                await self._next_frame()
        return self.last_sound(track)

    async def _next_frame(self) -> None:
        self._arrived.clear()
        with suppress(TimeoutError):  # nobody sends: time passes all the same
            await asyncio.wait_for(self._arrived.wait(), 0.05)

    def since(self, moment: float, track: str = "") -> list[Frame]:
        """The frames that arrived after it, of one track or of all."""
        first = len(self.frames)
        while first and self.frames[first - 1].at > moment:
            first -= 1
        return [frame for frame in self.frames[first:] if track in ("", frame.track)]

    def last_sound(self, track: str = "") -> float:
        """When it was heard; 0.0 when never."""
        loud = (frame.at for frame in reversed(self.frames) if frame.level > LOUD and track in ("", frame.track))
        return next(loud, 0.0)

    def samples(self, start: float, end: float, track: str) -> np.ndarray:
        return np.concatenate([frame.samples for frame in self.since(start, track) if frame.at <= end])

    def dead_air(self, start: float, end: float) -> float:
        """The longest time without any sound between these two moments, in seconds."""
        sounds = [frame.at for frame in self.since(start) if frame.level > LOUD and frame.at <= end]
        moments = [start, *sounds, end]
        return max(later - earlier for earlier, later in pairwise(moments))

    @on_the_line
    async def is_hung_up_on(self, *, within: float = 15.0) -> None:
        """Wait until the other side has ended the call."""
        async with asyncio.timeout(within):
            await self.hung_up.wait()
