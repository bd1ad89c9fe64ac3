"""Recognises speech that is known beforehand, in milliseconds: by the energy of its bands over time."""

import re

import numpy as np

from tests.telephone import speech

WINDOW = speech.RATE // 50  # 20 ms
BANDS = np.linspace(*speech.LINE_BAND, 11)
FLOOR = 1e4  # energies below are silence
SURE = 0.7  # the right one scores 0.93 on a clean line and 0.74 in noise
SHORTEST = 15  # windows: less is no word
PAD = 15  # windows by which what was heard may be shorter than what was said


def bands(samples: np.ndarray) -> np.ndarray:
    """The logarithmic energy of each band in each window of int16 at RATE."""
    count = len(samples) // WINDOW
    windows = samples[: count * WINDOW].reshape(count, WINDOW) * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(windows, 512)) ** 2
    edges = (BANDS / (speech.RATE / 512)).astype(int)
    return np.log10(np.add.reduceat(power, edges, axis=1)[:, : len(BANDS) - 1] + FLOOR)


def fit(heard: np.ndarray, known: np.ndarray) -> tuple[float, int]:
    """How well `known` fits into `heard` where it fits best, 1.0 is the same, and at which window; both as `bands`."""
    if not len(known) or len(known) > len(heard) + PAD:
        return 0.0, 0
    heard = np.vstack([heard, np.full((PAD + 1, heard.shape[1]), np.log10(FLOOR))])
    shape = known - known.mean()
    shape /= np.linalg.norm(shape) + 1e-9
    alike = sum(np.correlate(one, other, "valid") for one, other in zip(heard.T, shape.T, strict=True))
    mean, square = (_sums(power, len(known)) / known.size for power in (heard, heard**2))
    scores = alike / (np.sqrt(np.maximum(square - mean**2, 0.0)) * known.size**0.5 + 1e-9)
    best = int(np.argmax(scores))
    return float(scores[best]), best


def _loud(heard: np.ndarray) -> np.ndarray:
    """The windows in which somebody speaks."""
    return np.flatnonzero(heard.mean(axis=1) > np.log10(FLOOR) + 0.5)


def _sums(values: np.ndarray, length: int) -> np.ndarray:
    """Of all values in each stretch of so many windows."""
    total = np.concatenate([[0.0], np.cumsum(values.sum(axis=1))])
    return total[length:] - total[:-length]


class Ears:
    """Knows what callers may say, and hears nothing else: one of it, several after each other, or a part of one."""

    def __init__(self) -> None:
        self.known: dict[str, np.ndarray] = {}

    def learn(self, text: str) -> None:
        if text not in self.known:
            self.known[text] = bands(speech.by_telephone(text))

    def recognise(self, samples: np.ndarray) -> str:
        """The words in these samples (int16 at RATE); "" when there are none that are known."""
        heard, found = bands(samples), []
        heard = heard[max(0, next(iter(_loud(heard)), 0) - PAD) :]  # the silence while she spoke is no part of it
        while best := self._best(heard):
            place, text = best
            found.append(best)
            heard[place : place + len(self.known[text])] = np.log10(FLOOR)
        return " ".join(text for _, text in sorted(found)) or self._part(heard)

    def _best(self, heard: np.ndarray) -> tuple[int, str] | None:
        fits = ((*fit(heard, known), text) for text, known in self.known.items())
        score, place, text = max(fits, default=(0.0, 0, ""))
        return (place, text) if score >= SURE else None

    def _part(self, heard: np.ndarray) -> str:
        """Somebody was cut off, or thinks aloud: the words of a known text that lie where this fits into it."""
        loud = _loud(heard)
        if len(loud) < SHORTEST:
            return ""
        part = heard[loud[0] : loud[-1] + 1]
        fits = ((*fit(known, part), text) for text, known in self.known.items())
        score, place, text = max(fits, default=(0.0, 0, ""))
        if score < SURE:
            return ""
        words, whole = text.split(), len(self.known[text])
        first, last = (round(len(words) * at / whole) for at in (place, place + len(part)))
        return " ".join(words[first:last])


SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBERS = {word: number for number, word in enumerate(f"{SMALL} seventeen eighteen nineteen".split())}
NUMBERS |= {word: 10 * number for number, word in enumerate(TENS.split(), start=2)}


def words(text: str) -> list[str]:
    """In small letters, with numbers as digits: recognisers write "9" where somebody wrote "nine"."""
    found = []
    for word in re.findall(r"[a-z]+|\d+", text.lower().replace("'", "").replace("’", "")):
        number = NUMBERS.get(word)
        if number is not None and number < 10 and found and found[-1] in {str(tens) for tens in range(20, 100, 10)}:
            found[-1] = str(int(found[-1]) + number)
        else:
            found.append(word if number is None else str(number))
    return found


def errors(said: str, heard: str) -> float:
    """The words that are wrong, missing or too many where it was said, as a share of what was said."""
    expected, got = words(said), words(heard)
    row = [0] * (len(got) + 1)  # what was heard before and after it is no error
    for i, word in enumerate(expected, start=1):
        above, row[0] = row[0], i
        for j, other in enumerate(got, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (word != other))
    return min(row) / max(1, len(expected))
