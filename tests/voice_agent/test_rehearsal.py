"""Whoever calls first is greeted at once, also where the embedded voice has still to be loaded."""

import os

import pytest

from voice_agent import kept_audio, speech
from voice_agent.rehearsal import rehearse
from voice_agent.sounding import fixed_texts, greeting, sentences


@pytest.fixture
def kept(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.ELEVEN_API_KEY = ""


@pytest.mark.parametrize("on", [True, False], ids=["recorded", "plain"])
def test_the_greeting_is_kept_as_sound_before_anybody_calls(salon, kept, settings, on):
    settings.RECORD_CALLS = settings.ALLOW_LISTENING = on

    rehearse(salon)
    os.wait()

    said = sentences(greeting(salon), stored=fixed_texts(salon), salon=salon)
    assert said
    assert all(may_keep for _, may_keep in said)
    assert all(kept_audio.find(one, voice=speech.voice_id()) is not None for one, _ in said)


def test_what_is_kept_already_is_not_spoken_again(salon, kept):
    rehearse(salon)
    os.wait()

    rehearse(salon)

    with pytest.raises(ChildProcessError):
        os.wait()


def test_a_voice_with_a_key_speaks_for_itself(salon, kept, settings):
    settings.ELEVEN_API_KEY = "a-key"

    rehearse(salon)

    with pytest.raises(ChildProcessError):
        os.wait()
