"""Her ears and her voice: ElevenLabs where a key is set, and behind it what needs no network."""

import hashlib

from django.conf import settings
from livekit.agents import stt, tts

from voice_agent import embedded_speech, groq_client, vendors
from voice_agent.ears import Ears, Recogniser
from voice_agent.embedded_speech import EmbeddedEars, EmbeddedVoice, NotInstalled, is_installed
from voice_agent.room_gate import CallerVAD
from voice_agent.turns import VAD_SILENCE
from voice_agent.voices import Voice

ENCODING = "pcm_24000"
BUFFERED_SPEECH = 20.0  # seconds


def build_ears(*, terms: list[str] | None = None) -> stt.STT:
    """For one call, in its own loop. `terms` are words to expect: the salon's services. Raises NotInstalled."""
    terms = terms or []
    others = [_groq(terms)] if settings.GROQ_API_KEY else []
    if is_installed():
        others.append(Recogniser(EmbeddedEars(hotwords=", ".join(terms))))
    first = _scribe() if settings.ELEVEN_API_KEY else None
    if not others and not first:
        raise NotInstalled
    vendor = vendors.ELEVEN_EARS if first or not settings.GROQ_API_KEY else vendors.GROQ_EARS
    return Ears(first, others, vendor=vendor)


def build_voice() -> tts.TTS:
    """For one call, in its own loop. Raises NotInstalled."""
    embedded = EmbeddedVoice() if is_installed() else None
    first = _eleven() if settings.ELEVEN_API_KEY else None
    if not first and not embedded:
        raise NotInstalled
    return Voice(first, embedded, vendor=vendors.ELEVEN_VOICE)


def warm_up() -> None:
    """Load what is embedded and comes first, while she greets. Takes some seconds once in a process."""
    if not settings.ELEVEN_API_KEY and is_installed():
        embedded_speech.warm_up()


def build_vad() -> CallerVAD:
    """It keeps what was said for nobody here, since ears keep it themselves: a third of what it would is 2 MB less."""
    return CallerVAD(min_silence_duration=VAD_SILENCE, max_buffered_speech=BUFFERED_SPEECH)


def voice_id() -> str:
    """What speech that is kept belongs to: another voice, or another model of it, says everything anew."""
    if not settings.ELEVEN_API_KEY:
        return "embedded"
    voice = f"{settings.ELEVEN_VOICE_ID} {settings.ELEVEN_TTS_MODEL} {ENCODING}"
    return f"eleven-{hashlib.sha256(voice.encode()).hexdigest()[:16]}"


def _scribe() -> stt.STT:
    """Without the terms: ElevenLabs charges extra for them."""
    from voice_agent.scribe import Scribe  # its plugin registers itself, which only the main thread may do first

    return Scribe(
        model=settings.ELEVEN_STT_MODEL, language_code="en", api_key=settings.ELEVEN_API_KEY,
        base_url=settings.ELEVEN_BASE_URL,
    )  # fmt: skip


def _eleven() -> tts.TTS:
    from livekit.plugins import elevenlabs

    return elevenlabs.TTS(
        voice_id=settings.ELEVEN_VOICE_ID, model=settings.ELEVEN_TTS_MODEL, encoding=ENCODING,
        api_key=settings.ELEVEN_API_KEY, base_url=settings.ELEVEN_BASE_URL,
    )  # fmt: skip


def _groq(terms: list[str]) -> Recogniser:
    from livekit.plugins import groq

    prompt = {"prompt": ", ".join(terms)} if terms else {}
    ears = groq.STT(model=settings.GROQ_STT_MODEL, language="en", **groq_client.connection(), **prompt)
    return Recogniser(ears, vendors.GROQ_EARS)
