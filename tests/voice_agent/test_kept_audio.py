"""A sure answer is spoken from kept audio, and only what was said rightly is kept."""

import numpy as np
import pytest
from livekit.agents import utils

from knowledge.models import Salon
from tests.doubles.elevenlabs import CLOSED
from tests.voice_agent.test_speech import Double, eleven, embedded, new_process  # noqa: F401
from voice_agent import kept_audio, sounding, speech

SENTENCE = "There are six free spaces behind the salon."
SALON = Salon(name="Glow", assistant_name="Grace", region="US", time_zone="America/Chicago")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "kept_audio"


def noise(seconds: float, level: int = 3000) -> np.ndarray:
    return np.random.default_rng(1).integers(-level, level, int(seconds * kept_audio.RATE), dtype=np.int16)


@pytest.fixture
async def voice(eleven: Double):  # noqa: F811
    eleven.speak = lambda text: noise(len(text) * 0.06)
    voice = speech.build_voice()
    yield voice
    await voice.aclose()


async def says(voice, sentence: str = SENTENCE) -> np.ndarray:
    return np.concatenate([np.frombuffer(frame.data, np.int16) async for frame in sounding.say_kept(voice, sentence)])


async def test_a_kept_sentence_needs_no_vendor(voice, eleven):  # noqa: F811
    first = await says(voice)
    eleven.voice = CLOSED

    second = await says(voice)

    assert eleven.spoken == [SENTENCE]
    assert np.array_equal(first, second)


async def test_what_the_stand_in_said_is_not_kept(voice, eleven, folder):  # noqa: F811
    eleven.voice = CLOSED

    await says(voice)

    assert not list(folder.rglob("*.pcm"))


async def test_what_broke_off_is_not_kept(voice, eleven, folder):  # noqa: F811
    eleven.says_until = 2

    await says(voice)

    assert not list(folder.rglob("*.pcm"))


async def test_what_the_caller_cut_off_is_not_kept(voice, folder):
    frames = sounding.say_kept(voice, SENTENCE)
    await anext(frames)
    await frames.aclose()

    assert not list(folder.rglob("*.pcm"))


async def test_a_sentence_of_the_moment_is_not_kept(voice, folder):
    assert sounding.sentences("Your number ends in 2671.", stored=[SENTENCE], salon=SALON) == [
        ("Your number ends in 2671.", False)
    ]


def test_a_stored_answer_is_found_in_what_she_says():
    written = f"{SENTENCE} You'll get the rest by text by 3:40 pm today."

    assert sounding.sentences(written, stored=[SENTENCE], salon=SALON) == [
        (SENTENCE, True),
        ("You'll get the rest by text by 3 40 PM today.", False),
    ]


def test_templates_that_name_nobody_may_be_kept():
    fixed = sounding.fixed_texts(SALON)

    assert "I'm sorry, something went wrong on my side. Please ask me that again." in fixed
    assert any("I'm Grace" in text for text in fixed)
    assert not any("by text by" in text for text in fixed)


@pytest.mark.parametrize(
    ("why", "sound"),
    [
        ("cut off", noise(0.3)),
        ("far too long", noise(20)),
        ("silent", np.zeros(3 * kept_audio.RATE, np.int16)),
        ("empty", np.zeros(0, np.int16)),
    ],
)
def test_implausible_speech_is_not_kept(why, sound):
    assert not kept_audio.is_plausible(SENTENCE, sound)


def test_another_voice_does_not_find_it_and_drops_it():
    kept_audio.keep(SENTENCE, noise(2.5), voice="one")

    assert kept_audio.find(SENTENCE, voice="another") is None

    kept_audio.forget_other_voices("another")
    assert kept_audio.find(SENTENCE, voice="one") is None


def test_a_damaged_file_is_refused_and_dropped(folder):
    kept_audio.keep(SENTENCE, noise(2.5), voice="one")
    (path,) = folder.rglob("*.pcm")
    path.write_bytes(path.read_bytes()[:-1000])

    assert kept_audio.find(SENTENCE, voice="one") is None
    assert not path.exists()


def test_what_was_not_used_for_longest_goes_first(monkeypatch):
    monkeypatch.setattr(kept_audio, "MOST_BYTES", 300_000)
    for number in range(3):
        kept_audio.keep(f"{SENTENCE} {number}", noise(2.5), voice="one")
        if number == 1:
            kept_audio.find(f"{SENTENCE} 0", voice="one")

    assert kept_audio.find(f"{SENTENCE} 1", voice="one") is None
    assert kept_audio.find(f"{SENTENCE} 0", voice="one") is not None


async def test_kept_speech_begins_at_once(voice):
    import time

    await says(voice)
    began = time.monotonic()
    async with utils.http_context.open():
        await anext(sounding.say_kept(voice, SENTENCE))

    took = time.monotonic() - began
    print(f"kept audio: first frame after {took * 1000:.1f} ms")  # noqa: T201
    assert took < 0.2
