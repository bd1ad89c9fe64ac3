"""What she can say when nothing else is left is recorded, as it is written."""

from collections.abc import Iterator

import numpy as np
import pytest
from django.core.management import call_command

from voice_agent import embedded_speech, phrases
from voice_agent.asking import emergency_number

NUMBER = "911"  # of the context that is shipped


@pytest.mark.parametrize("name", phrases.NAMES)
async def test_a_phrase_is_recorded_as_it_is_written(name):
    sound = np.concatenate([np.frombuffer(frame.data, np.int16) async for frame in phrases.frames(name)])

    assert name not in phrases.outdated(number=NUMBER), "run manage.py recordphrases"
    assert np.abs(sound).max() > 3000
    assert 0.04 < len(sound) / 24000 / len(phrases.text_of(name, number=NUMBER)) < 0.12  # seconds for a letter
    assert len(sound) / 24000 < 8.5


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
async def test_it_comes_in_frames_of_20_ms_at_the_rate_that_is_asked_for(rate):
    frames = [frame async for frame in phrases.frames("one_moment", sample_rate=rate)]

    assert {(frame.sample_rate, frame.samples_per_channel, frame.num_channels) for frame in frames} == {
        (rate, rate // 50, 1)
    }
    assert 0.5 < len(frames) * 0.02 < 2.5


async def test_it_begins_at_once():
    frames = [np.frombuffer(frame.data, np.int16) async for frame in phrases.frames("one_moment")]

    assert max(np.abs(frame).max() for frame in frames[:6]) > 500


@pytest.fixture
def recorder(tmp_path, monkeypatch) -> Iterator[list[str]]:
    """The command writes elsewhere; what it has spoken."""
    spoken: list[str] = []
    monkeypatch.setattr(phrases, "FOLDER", tmp_path)
    monkeypatch.setattr(phrases, "INDEX", tmp_path / "index.json")
    monkeypatch.setattr(embedded_speech, "synthesise", lambda text: spoken.append(text) or np.ones(2400, np.int16))
    yield spoken
    phrases._sound.cache_clear()


def test_a_text_that_changed_is_recorded_anew(salon, recorder, monkeypatch):
    call_command("recordphrases", verbosity=0)
    assert phrases.outdated(number=NUMBER) == []

    monkeypatch.setattr(phrases, "text_of", lambda name, **_: f"another {name}")

    assert phrases.outdated(number=NUMBER) == list(phrases.NAMES)


def test_in_another_country_the_busy_line_is_recorded_with_the_number_of_that_country(salon, recorder):
    call_command("recordphrases", verbosity=0)
    recorder.clear()
    salon.region = "GB"
    salon.save()

    call_command("recordphrases", verbosity=0)

    assert [text.count("call 9 9 9.") for text in recorder] == [1]
    assert phrases.outdated(number=emergency_number(salon)) == []
    assert phrases.outdated(number=NUMBER) == ["busy"]
