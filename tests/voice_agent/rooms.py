"""Callers in rooms with other voices, as a telephone line delivers both; every run hears the same."""

from dataclasses import dataclass

import numpy as np

from tests.telephone import speech

RATE = speech.RATE
SAYS = (
    "How much is a haircut?", "What is your address?", "Is there parking?", "What are your opening hours?",
    "Thank you, goodbye.", "Can I book for Friday at four?", "Do you take credit cards?", "No, that is all.",
    "Is Maria working on Saturday?", "How long does a manicure take?", "Are you open on Sunday?",
    "I am running ten minutes late.", "Do you sell gift cards?", "Can I speak to a person?",
    "Do I need to bring anything?", "What time is my appointment?",
)  # fmt: skip
OTHERS_SAY = (
    "She painted the whole kitchen yellow while he was away on a trip.",
    "They told us that the train was late again because of the snow.",
    "My brother wants to sell his old boat before the summer begins.",
    "Could you hand me that towel and the small scissors, please?",
    "I never liked that film, but my children watch it every week.",
    "We drove all night and then the hotel had lost our booking.",
)  # fmt: skip
BEGINS = 4.0  # seconds of room before the caller's first word
PAUSE = 2.8


@dataclass(frozen=True)
class Scene:
    """Int16 at 16 kHz; `spoken` are the seconds in which the caller speaks."""

    sound: np.ndarray
    spoken: list[tuple[float, float]]

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


def call(seed: int, *, others_at: float | None, quiet_end: float = 6.0) -> Scene:
    """Eight utterances; `others_at`: how many dB the voices around are below the caller, None for a quiet room."""
    random = np.random.default_rng(seed)
    level = 10 ** (random.uniform(-32, -22) / 20) * 32768
    pieces, spoken, at = [np.zeros(int(BEGINS * RATE))], [], BEGINS
    for number in range(8):
        said = _pitched(SAYS[(seed * 8 + number) % len(SAYS)], (1.0, 0.92, 1.08)[seed % 3])
        said = said * level * 10 ** (random.normal(0, 2) / 20)
        spoken.append((at, at + len(said) / RATE))
        pieces += [said, np.zeros(int(PAUSE * RATE))]
        at += len(said) / RATE + PAUSE
    pieces.append(np.zeros(int(quiet_end * RATE)))
    sound = np.concatenate(pieces)
    sound += random.normal(size=len(sound)) * 3
    if others_at is not None:
        sound += others(seed + 50, len(sound)) * level * 10 ** (-others_at / 20)
    return Scene(np.clip(sound, -32767, 32767).astype(np.int16), spoken)


def others(seed: int, samples: int, talkers: int = 3) -> np.ndarray:
    """Several people talking at once, with a mean power of one."""
    random = np.random.default_rng(seed)
    total = np.zeros(samples)
    for talker in range(talkers):
        pieces, length = [], 0
        while length < samples + 3 * RATE:
            said = _pitched(OTHERS_SAY[random.integers(len(OTHERS_SAY))], (0.84, 0.93, 1.1, 1.2)[(seed + talker) % 4])
            pieces += [said * 10 ** (random.normal(0, 1.5) / 20), np.zeros(int(random.uniform(0.15, 0.7) * RATE))]
            length += len(pieces[-1]) + len(pieces[-2])
        begins = random.integers(3 * RATE)
        total += np.concatenate(pieces)[begins : begins + samples]
    return total / _power(total)


def _pitched(text: str, factor: float) -> np.ndarray:
    """Another person's voice: pitch and formants by that factor; with a power of one."""
    sound = speech.resampled(speech.by_telephone(text), RATE, int(RATE / factor))
    return sound / _power(sound)


def _power(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(sound))))
