"""The gate in front of LiveKit's own voice detector: a caller's turns end though others go on talking."""

import asyncio
from dataclasses import dataclass

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import inference, vad

from tests.voice_agent import rooms
from voice_agent.conversation import INTERRUPTION_SECONDS
from voice_agent.room_gate import RoomGate
from voice_agent.speech import build_vad
from voice_agent.turns import VAD_SILENCE

ANSWERED_WITHIN = 1.2  # seconds after the caller's last word
MIN_DELAY = 0.5
FRAME = 320
INTERRUPTS = INTERRUPTION_SECONDS  # seconds of speech that silence her


@dataclass(frozen=True)
class Span:
    began: float
    ended: float


async def spans(detector: vad.VAD, scene: rooms.Scene) -> list[Span]:
    """What the detector takes for speech, in seconds of the scene."""
    stream, found, began = detector.stream(), [], None
    for start in range(0, len(scene.sound) - FRAME, FRAME):
        stream.push_frame(rtc.AudioFrame(scene.sound[start : start + FRAME].tobytes(), rooms.RATE, 1, FRAME))
    stream.end_input()
    async for event in stream:
        if event.type == vad.VADEventType.START_OF_SPEECH:
            began = event.timestamp
        elif event.type == vad.VADEventType.END_OF_SPEECH:
            found.append(Span(began, event.timestamp))
            began = None
    await stream.aclose()
    return [*found, Span(began, float("inf"))] if began is not None else found


def turns(found: list[Span], silence: float) -> list[Span]:
    """As LiveKit ends turns: after the pause, unless speech goes on."""
    ended, began = [], None
    for number, span in enumerate(found):
        began = span.began if began is None else began
        at = max(span.ended + 0.06, span.ended - silence + MIN_DELAY)
        if number + 1 < len(found) and found[number + 1].began < at:
            continue
        ended.append(Span(began, at))
        began = None
    return ended


def answered(scene: rooms.Scene, ended: list[Span]) -> int:
    """How many of the caller's utterances were a turn that ended in time."""
    return sum(
        any(spoken_until - 0.1 <= turn.ended <= spoken_until + ANSWERED_WITHIN for turn in ended)
        for _, spoken_until in scene.spoken
    )


async def answered_of_all(detector: vad.VAD, silence: float, *, others_at: float | None, calls=range(2)) -> int:
    count = 0
    for seed in calls:
        scene = rooms.call(seed, others_at=others_at)
        count += answered(scene, turns(await spans(detector, scene), silence))
    return count


def test_the_detector_asks_the_gate():
    """It is put behind a private name of LiveKit's: a new version may have another."""

    async def look() -> None:
        stream = build_vad().stream()
        gate = stream._native_vad
        asked = []
        gate.predict = lambda window, ask=gate.predict: asked.append(len(window)) or ask(window)
        stream.push_frame(rtc.AudioFrame(np.zeros(16000, np.int16).tobytes(), 16000, 1, 16000))
        stream.end_input()
        async for _ in stream:
            pass
        await stream.aclose()
        assert isinstance(gate, RoomGate)
        assert len(asked) > 20

    asyncio.run(look())


async def test_in_a_quiet_room_every_turn_is_answered():
    assert await answered_of_all(build_vad(), VAD_SILENCE, others_at=None) == 16


@pytest.mark.parametrize(("decibels", "fewest"), [(20, 15), (15, 15), (10, 14)])
async def test_among_other_voices_turns_are_answered(decibels, fewest):
    assert await answered_of_all(build_vad(), VAD_SILENCE, others_at=decibels) >= fewest


async def test_without_the_gate_they_are_not():
    plain = inference.VAD(model="silero", min_silence_duration=VAD_SILENCE)

    assert await answered_of_all(plain, VAD_SILENCE, others_at=10, calls=range(1)) <= 2


@pytest.mark.parametrize(("seed", "decibels"), [(4, 15), (5, 10)])
async def test_other_voices_do_not_interrupt_her(seed, decibels):
    scene = rooms.call(seed, others_at=decibels, quiet_end=20.0)
    ended = scene.spoken[-1][1] + 2
    detector = build_vad()
    detector.she_speaks = True

    found = await spans(detector, scene)

    assert not [span for span in found if span.began > ended and span.ended - span.began > INTERRUPTS]


async def test_a_caller_interrupts_her_among_other_voices():
    detector = build_vad()
    detector.she_speaks = True

    assert await answered_of_all(detector, VAD_SILENCE, others_at=15) >= 15


async def test_a_soft_room_that_becomes_loud_does_not_hold_a_turn_open_for_ever():
    scene = rooms.call(1, others_at=10)
    late = scene.sound.copy()
    late[: 8 * rooms.RATE] = late[: 8 * rooms.RATE] // 16

    found = await spans(build_vad(), rooms.Scene(late, scene.spoken))

    assert max(span.ended - span.began for span in found) < 6


@pytest.mark.parametrize("lead", [0.0, 0.1, 0.3])
async def test_who_speaks_when_the_line_opens_is_heard(lead):
    speech = pytest.importorskip("tests.telephone.speech")
    pytest.importorskip("hibari")
    words = speech.by_telephone("Do you offer keratin treatments?")
    sound = np.concatenate([np.zeros(int(lead * rooms.RATE), np.int16), words])
    stream = build_vad().stream()
    gate, window = stream._native_vad, 512

    heard = [gate.predict(sound[at : at + window]) > 0.5 for at in range(0, len(sound) - window, window)]
    await stream.aclose()

    assert np.mean(heard[int(lead * rooms.RATE / window) :]) > 0.7
