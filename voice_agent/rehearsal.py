"""Her greeting as sound before anybody calls, made by a process that ends: of the voice's memory nothing stays."""

import logging
import os

from django.conf import settings

from knowledge.models import Salon
from voice_agent import embedded_speech, kept_audio, speech
from voice_agent.sounding import fixed_texts, greeting, sentences

log = logging.getLogger(__name__)


def rehearse(salon: Salon) -> None:
    """Call it before any thread runs. The first caller else waits for the embedded voice, which takes 4 s to load."""
    if settings.ELEVEN_API_KEY or not embedded_speech.is_installed():
        return
    said = sentences(greeting(salon), stored=fixed_texts(salon), salon=salon)
    missing = [one for one, may_keep in said if may_keep and kept_audio.find(one, voice=speech.voice_id()) is None]
    if missing and os.fork() == 0:
        _speak(missing)


def _speak(missing: list[str]) -> None:
    code = 1
    try:
        for sentence in missing:
            kept_audio.keep(sentence, embedded_speech.synthesise(sentence), voice=speech.voice_id())
        code = 0
    except Exception as error:
        log.warning("the greeting could not be spoken beforehand: %s", type(error).__name__)
    finally:
        os._exit(code)
