"""One recorded sentence into a room, without a session: what is left when nothing else can be relied on."""

import asyncio

from livekit import rtc

from voice_agent import phrases, tracks

RATE = 24_000
WAIT_SECONDS = 0.4  # a telephone picks up with the first track, and would miss the first syllable


async def announce(room: rtc.Room, phrase: str) -> None:
    """Returns when it has been heard."""
    source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
    track = rtc.LocalAudioTrack.create_audio_track(tracks.HERS, source)
    await room.local_participant.publish_track(track, tracks.OPTIONS)
    await asyncio.sleep(WAIT_SECONDS)
    async for frame in phrases.frames(phrase, sample_rate=RATE):
        await source.capture_frame(frame)
    await source.wait_for_playout()
    await asyncio.sleep(WAIT_SECONDS)  # until it has travelled
