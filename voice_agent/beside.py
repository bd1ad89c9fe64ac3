"""What a caller hears beside her voice: hold sound, a recorded sentence."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from livekit import rtc
from livekit.agents import AudioConfig, BackgroundAudioPlayer
from livekit.agents.voice.background_audio import PlayHandle

from voice_agent import tracks

log = logging.getLogger(__name__)
RATE = 48_000  # the mixer's own
OPEN_SECONDS = 1.5
SUBSCRIBED_SECONDS = 0.5  # for the caller's line to take up the track: what is played before that is lost


class Sound:
    """What `play` returns."""

    def __init__(self) -> None:
        self.is_stopped = False
        self.handle: PlayHandle | None = None

    def stop(self) -> None:
        self.is_stopped = True
        if self.handle:
            self.handle.stop()


class Beside:
    """A track of its own, published when it is first needed: silence on it is a sixth of what a call costs."""

    def __init__(self, room: Callable[[], rtc.Room]) -> None:
        self._room = room
        self._player: BackgroundAudioPlayer | None = None
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task] = set()

    def play(self, frames: AsyncIterator[rtc.AudioFrame]) -> Sound:
        """Play them, at `RATE`, as soon as the track is there; until then it may be stopped, too."""
        sound = Sound()
        task = asyncio.create_task(self._play(sound, frames), name="beside")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return sound

    async def _play(self, sound: Sound, frames: AsyncIterator[rtc.AudioFrame]) -> None:
        try:
            player = await self._open()
        except Exception as error:  # the room may be going
            log.warning("nothing can be played beside her voice: %s", type(error).__name__)
            return
        if not sound.is_stopped:
            sound.handle = player.play(AudioConfig(frames))

    async def _open(self) -> BackgroundAudioPlayer:
        async with self._opening:
            if self._player is None:
                player = BackgroundAudioPlayer()
                async with asyncio.timeout(OPEN_SECONDS):
                    await player.start(room=self._room(), track_publish_options=tracks.OPTIONS)
                await self._is_taken_up()
                self._player = player
        return self._player

    async def _is_taken_up(self) -> None:
        published = self._room().local_participant.track_publications.values()
        track = next((one for one in published if one.name == tracks.BESIDE), None)
        if track:
            with suppress(TimeoutError):
                await asyncio.wait_for(track.wait_for_subscription(), SUBSCRIBED_SECONDS)
