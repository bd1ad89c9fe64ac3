"""A whole call that the doctor holds with the receptionist: hears her greeting, asks what she knows, hangs up."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import numpy as np
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from livekit import rtc

from supervision import call_control, calls
from supervision.health import Finding
from supervision.models import Call, Utterance
from voice_agent import embedded_speech, tracks

QUESTION = "What are your opening hours?"
RATE = embedded_speech.VOICE_RATE
FRAME = RATE // 50  # samples in 20 ms
LOUD = 300  # root mean square of a frame in which somebody speaks, of 32767
BEGINS, ENDS = 12.0, 30.0  # seconds until she must have begun, and must be done
PAUSE = 1.0  # seconds of silence after which she has ended


async def hold() -> AsyncIterator[Finding]:
    """A practice call of the first supervisor, so that it is in no figures; every sound is real."""
    if not call_control.is_configured():
        yield Finding("there is no LIVEKIT_URL to call through.", do="Set it up first; make voice does for a while.")
        return
    call = await sync_to_async(_ring)()
    caller = Caller()
    try:
        dialled = await caller.dial(await sync_to_async(call_control.caller_token)(call))
        async for finding in _talk(caller, dialled):
            yield finding
        async for finding in _understood(call):
            yield finding
    except rtc.ConnectError:
        yield Finding("the call could not be joined.", do="Look at LiveKit with manage.py doctor.")
    except TimeoutError:
        do = "Look at the call's page on the desk, and at manage.py doctor."
        yield Finding("she did not come to an end.", do=do)
    finally:
        await caller.hang_up()
        await sync_to_async(_end)(call)


async def _talk(caller: "Caller", dialled: float) -> AsyncIterator[Finding]:
    if not (began := await caller.first_sound(after=dialled)):
        do = "Is she running (manage.py doctor), and is it this LiveKit server that she is registered with?"
        yield Finding(f"nobody picked up within {BEGINS:g} s.", do=do)
        return
    yield Finding(f"she picked up, and was heard after {began - dialled:.2f} s.")
    ended = await caller.silence()
    yield Finding(f"her greeting took {ended - began:.1f} s.")
    if not embedded_speech.is_installed():
        yield Finding("there is no voice to ask her with: pip install -r requirements-voice.txt.")
        return
    asked = await caller.say(await asyncio.to_thread(embedded_speech.synthesise, QUESTION))
    if not (answered := await caller.first_sound(after=asked)):
        yield Finding(f"“{QUESTION}” got no answer.", do="Look at ears and language model with manage.py doctor.")
        return
    yield Finding(f"“{QUESTION}” was answered after {answered - asked:.2f} s.")
    await caller.silence()


async def _understood(call: Call) -> AsyncIterator[Finding]:
    """What stands in the call's transcript."""
    rows = await sync_to_async(lambda: list(call.utterances.exclude(text="").order_by("id")))()
    for row in rows:
        who = "she heard" if row.speaker == Utterance.Speaker.CALLER else "she said"
        yield Finding(f"{who}: “{row.text}”")


def _ring() -> Call:
    supervisor = get_user_model().objects.filter(is_active=True, is_staff=True).order_by("pk").first()
    return calls.ring(room=call_control.new_room(), channel=Call.Channel.BROWSER, practised_by=supervisor)


def _end(call: Call) -> None:
    """A call that nobody took has no job that would close its row."""
    with contextlib.suppress(call_control.Unreachable):
        call_control.hang_up(call.room)
    call.refresh_from_db()
    if call.state == Call.State.RINGING:
        calls.close_call(call, state=Call.State.MISSED)


class Caller:
    """The other end of the line: it speaks, and hears whether somebody does."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.room.on("track_subscribed", self._subscribed)
        self.sounds: list[float] = []  # when something was heard
        self._tasks: list[asyncio.Task] = []
        self._heard = asyncio.Event()

    async def dial(self, token: str) -> float:
        """Returns when it was dialled, in seconds of the same clock as everything else here."""
        dialled = time.monotonic()
        await self.room.connect(settings.LIVEKIT_URL, token)
        self.source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("doctor", self.source)
        await self.room.local_participant.publish_track(track, tracks.OPTIONS)
        return dialled

    async def hang_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()

    async def say(self, sound: np.ndarray) -> float:
        """Returns when the last of it has left; a line is never quite empty, so that silence follows."""
        for start in range(0, len(sound), FRAME):
            await self._send(sound[start : start + FRAME])
        await self.source.wait_for_playout()
        spoken = time.monotonic()
        self._tasks.append(asyncio.create_task(self._be_silent()))
        return spoken

    async def first_sound(self, *, after: float) -> float:
        """When she was first heard after that moment; 0.0 when she was not in time."""
        try:
            async with asyncio.timeout(BEGINS):
                while not (later := [moment for moment in self.sounds if moment > after]):
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            return 0.0
        return later[0]

    async def silence(self) -> float:
        """Wait until she has ended; returns when that was. Raises TimeoutError."""
        async with asyncio.timeout(ENDS):
            while (left := self.sounds[-1] + PAUSE - time.monotonic()) > 0:
                await asyncio.sleep(left)
        return self.sounds[-1]

    async def _be_silent(self) -> None:
        while True:
            await self._send(np.zeros(FRAME, np.int16))

    async def _send(self, samples: np.ndarray) -> None:
        whole = np.pad(samples, (0, FRAME - len(samples))).tobytes()
        await self.source.capture_frame(rtc.AudioFrame(whole, RATE, 1, FRAME))

    def _subscribed(self, track: rtc.Track, publication: rtc.RemoteTrackPublication, _) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO and publication.name == tracks.HERS:
            self._tasks.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=20)
        try:
            async for event in stream:
                samples = np.frombuffer(event.frame.data, np.int16)
                if np.sqrt(np.mean(np.square(samples, dtype=np.float32))) > LOUD:
                    self.sounds.append(time.monotonic())
                    self._heard.set()
        finally:
            await stream.aclose()
