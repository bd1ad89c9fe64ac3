"""Sentences that were recorded beforehand: what she can say when no voice, and no vendor, is left.

`manage.py recordphrases` makes the recordings from templates/voice_agent/phrases/. `about` is what a text takes from
the salon: the number to call in an emergency.
"""

import functools
import hashlib
import json
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
from livekit import rtc

from voice_agent.embedded_speech import at_rate
from voice_agent.prompts import render

NAMES = (
    "one_moment", "say_again", "i_am_back", "busy", "busy_anywhere", "trouble", "still_there", "goodbye", "hold_on",
)  # fmt: skip
FOLDER = Path(__file__).parent / "phrases"
INDEX = FOLDER / "index.json"  # the hash of the text of each recording
RATE = 16000
FRAME = 0.02  # seconds


def text_of(name: str, **about: str) -> str:
    return render(f"phrases/{name}.txt", **about)


async def frames(name: str, *, sample_rate: int = 24000) -> AsyncIterator[rtc.AudioFrame]:
    """The recording, from its beginning, in frames of 20 ms, the last one filled up with silence."""
    sound, size = _sound(name, sample_rate), int(sample_rate * FRAME)
    for start in range(0, len(sound), size):
        piece = sound[start : start + size]
        yield rtc.AudioFrame(np.pad(piece, (0, size - len(piece))).tobytes(), sample_rate, 1, size)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def outdated(**about: str) -> list[str]:
    """The phrases whose recording is missing, or of another text."""
    known = _hashes()
    return [name for name in NAMES if known.get(name) != hash_of(text_of(name, **about)) or not _path(name).exists()]


def keep(name: str, sound: np.ndarray, text: str) -> None:
    """Store int16 at `RATE` as the recording of that phrase, in which this text is spoken."""
    FOLDER.mkdir(exist_ok=True)
    with wave.open(str(_path(name)), "wb") as file:
        file.setparams((1, 2, RATE, len(sound), "NONE", ""))
        file.writeframes(sound.tobytes())
    known = _hashes()
    known = {one: known[one] for one in NAMES if one in known} | {name: hash_of(text)}
    INDEX.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    _sound.cache_clear()


def _hashes() -> dict[str, str]:
    return json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.exists() else {}


def _path(name: str) -> Path:
    return FOLDER / f"{name}.wav"


@functools.cache
def _sound(name: str, rate: int) -> np.ndarray:
    with wave.open(str(_path(name)), "rb") as file:
        count = file.getnframes()
        frame = rtc.AudioFrame(file.readframes(count), file.getframerate(), file.getnchannels(), count)
    return np.frombuffer(at_rate(frame, rate).data, np.int16)
