"""Hears the caller among other voices: speech counts only where it is louder than the caller's room is by itself."""

from collections import deque
from collections.abc import Callable

import numpy as np
from livekit.agents import AgentSession, inference, vad

WINDOW = 0.032  # seconds that the voice detector looks at
SILENT = -55.0  # dBFS; nothing softer is a caller
MARGIN = 4.0  # dB above the room
MARGIN_OVER_HER = 6.0  # while she speaks: who interrupts raises his voice, and a peak of the room must not
BELOW_CALLER = 10.0  # dB under the caller's own level at which his soft words still count
FORGIVEN = 0.5  # dB by which that falls for each second in which he said nothing
ABOVE_ROOM = 12.0  # dB above the room from which anything may be the caller
SPEECH_LIKE = 0.05  # probability from which a loud window may be speech
HELD = 0.2  # seconds that the gate stays open between two syllables
UNSURE = 1.0  # seconds at the beginning in which everything may be the room
SPOKEN = 0.5  # but for what is surely speech: callers say hello into her first word
STUCK = 2.0  # seconds open without a break: the room has become louder
EVERY = 8  # windows between two looks at the levels
FEWEST_ROOM, FEWEST_CALLER = 8, 15  # windows that say something


class RoomGate:
    """Stands in front of the voice detector of one call: same `predict` and `reset`, the same frames.

    The sound itself is left alone. What the room reaches without the caller is learned while the gate is closed,
    what the caller reaches while it is open.
    """

    def __init__(self, detector, *, she_speaks: Callable[[], bool] = lambda: False) -> None:
        self._detector = detector
        self._she_speaks = she_speaks
        self._threshold = SILENT
        self._room: deque[float] = deque(maxlen=125)  # 4 s of levels
        self._caller: deque[float] = deque(maxlen=60)  # 2 s
        self._latest: deque[float] = deque(maxlen=48)  # 1.5 s
        self._windows = 0
        self._open_left = 0.0  # seconds for which it stays open
        self._open_for = 0.0
        self._quiet_for = 0.0  # seconds since the caller was heard

    def reset(self) -> None:
        self._detector.reset()

    def predict(self, window: np.ndarray) -> float:
        """The probability that the caller speaks in this window; 0.0 where it can only be somebody else."""
        probability = self._detector.predict(window)
        level = _level(window)
        self._latest.append(level)
        self._windows += 1
        if self._windows % EVERY == 0:
            self._learn()
        self._listen(level, probability)
        return probability if self._is_open else 0.0

    @property
    def _is_open(self) -> bool:
        return self._open_left > 0

    def _listen(self, level: float, probability: float) -> None:
        if level >= self._threshold and probability > SPEECH_LIKE:
            self._open_left, self._quiet_for = HELD, 0.0
            self._caller.append(level)
        else:
            self._open_left -= WINDOW
            self._quiet_for += WINDOW
        self._open_for = self._open_for + WINDOW if self._is_open else 0.0
        if not self._is_open:
            self._room.append(level)
        elif (self._windows * WINDOW < UNSURE and probability < SPOKEN) or self._open_for > STUCK:
            self._room.append(min(level, float(np.median(self._latest))))

    def _learn(self) -> None:
        if len(self._room) <= FEWEST_ROOM:
            return
        room = float(np.percentile(self._room, 95))
        self._threshold = max(SILENT, room + (MARGIN_OVER_HER if self._she_speaks() else MARGIN))
        if len(self._caller) > FEWEST_CALLER:
            caller = float(np.percentile(self._caller, 80)) - BELOW_CALLER - FORGIVEN * self._quiet_for
            self._threshold = max(self._threshold, min(caller, room + ABOVE_ROOM))


class CallerVAD(inference.VAD):
    """LiveKit's detector behind the gate. It has no place for one: see the test that the gate is asked."""

    she_speaks = False  # to be kept true by whoever hears of it

    def follow(self, session: AgentSession) -> None:
        session.on("agent_state_changed", lambda changed: setattr(self, "she_speaks", changed.new_state == "speaking"))

    def stream(self) -> vad.VADStream:
        stream = super().stream()
        stream._native_vad = RoomGate(stream._native_vad, she_speaks=lambda: self.she_speaks)
        return stream


def _level(window: np.ndarray) -> float:
    """In dBFS, of int16."""
    return float(10 * np.log10(np.mean(np.square(window, dtype=np.float32)) / 2**30 + 1e-9))
