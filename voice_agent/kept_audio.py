"""Speech that is kept from the first time it was said: a sure answer then needs no vendor, and cannot be cut off."""

import hashlib
import logging
import os
import time
from pathlib import Path

import numpy as np
from django.conf import settings

log = logging.getLogger(__name__)
RATE = 24000
MOST_BYTES = 64 * 2**20  # about 20 minutes of speech
SECONDS_A_LETTER = (0.025, 0.2)  # faster or slower was cut off, or is no speech
SHORTEST = 0.2  # seconds
AUDIBLE = 300  # of 32767; a loud sample somewhere makes it speech


def find(text: str, *, voice: str) -> np.ndarray | None:
    """Int16 at `RATE` as that voice said the text before, None where it did not, or the file is damaged."""
    path = _path(text, voice)
    try:
        stored = path.read_bytes()
        sound = _read(stored)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("kept audio is damaged and dropped: %s", type(error).__name__)
        path.unlink(missing_ok=True)
        return None
    os.utime(path)  # the one that was not used for longest is dropped first
    return sound


def keep(text: str, sound: np.ndarray, *, voice: str) -> bool:
    """Store what that voice has said whole and without an error; False where it cannot be the whole text."""
    if not is_plausible(text, sound):
        return False
    path = _path(text, voice)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}")
    data = sound.astype("<i2").tobytes()
    draft.write_bytes(hashlib.sha256(data).digest() + data)
    draft.replace(path)  # a reader never sees half of it
    _drop_oldest(path.parent.parent)
    return True


def forget_other_voices(voice: str) -> None:
    """What another voice has said will not be said again."""
    for folder in _folder().glob("*"):
        if folder.is_dir() and folder.name != voice:
            _drop(list(folder.iterdir()))
            folder.rmdir()


def is_plausible(text: str, sound: np.ndarray) -> bool:
    seconds, letters = len(sound) / RATE, max(1, sum(sign.isalnum() for sign in text))
    fastest, slowest = SECONDS_A_LETTER
    fits = letters * fastest <= seconds <= max(letters * slowest, 1.0)
    return fits and seconds >= SHORTEST and bool(np.abs(sound.astype(np.int32)).max() > AUDIBLE)


def _folder() -> Path:
    return settings.VAR_DIR / "kept_audio"


def _path(text: str, voice: str) -> Path:
    return _folder() / voice / f"{hashlib.sha256(text.encode()).hexdigest()}.pcm"


def _read(stored: bytes) -> np.ndarray:
    """Raises ValueError where it is not what was written."""
    checksum, data = stored[:32], stored[32:]
    if hashlib.sha256(data).digest() != checksum or not data:
        raise ValueError("not what was written")
    return np.frombuffer(data, "<i2")


def _drop_oldest(folder: Path) -> None:
    files = sorted(((path.stat(), path) for path in folder.glob("*/*.pcm")), key=lambda found: found[0].st_mtime)
    size = sum(stat.st_size for stat, _ in files)
    for stat, path in files:
        if size <= MOST_BYTES:
            break
        path.unlink(missing_ok=True)
        size -= stat.st_size


def _drop(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
