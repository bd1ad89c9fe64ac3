"""What she can say when nothing else is left is recorded, as it is written."""

import numpy as np
import pytest
from django.core.management import call_command

from voice_agent import embedded_speech, phrases


@pytest.mark.parametrize("name", phrases.NAMES)
async def test_a_phrase_is_recorded_as_it_is_written(name):
    sound = np.concatenate([np.frombuffer(frame.data, np.int16) async for frame in phrases.frames(name)])

    assert name not in phrases.outdated(), "run manage.py recordphrases"
    assert np.abs(sound).max() > 3000
    assert 0.04 < len(sound) / 24000 / len(phrases.text_of(name)) < 0.12  # seconds for a letter


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


def test_a_text_that_changed_is_recorded_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(phrases, "FOLDER", tmp_path)
    monkeypatch.setattr(phrases, "INDEX", tmp_path / "index.json")
    monkeypatch.setattr(embedded_speech, "synthesise", lambda text: np.ones(2400, np.int16))
    call_command("recordphrases", verbosity=0)
    assert phrases.outdated() == []

    monkeypatch.setattr(phrases, "text_of", lambda name: f"another {name}")

    assert phrases.outdated() == list(phrases.NAMES)
    phrases._sound.cache_clear()
