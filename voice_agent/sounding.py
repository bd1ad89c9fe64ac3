"""An agent's ears and mouth: knows when the caller speaks, joins what belongs together, says what is written."""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from functools import lru_cache

import numpy as np
from django.conf import settings
from livekit import rtc
from livekit.agents import Agent, ModelSettings, llm, stt, tokenize

from knowledge.models import Salon
from voice_agent import kept_audio, speech
from voice_agent.ears import Ears
from voice_agent.prompts import render, source
from voice_agent.spoken import as_spoken
from voice_agent.turns import TurnDetector, cut_off, joined
from voice_agent.voices import Voice

log = logging.getLogger(__name__)
PIECE = 2400  # samples of 100 ms
_NAMES_SOMEBODY = re.compile(r"\{\{(?!\s*salon\.)|\{%\s*include")
_cleared: set[str] = set()  # voices for which what others had said is dropped


class Sounding(Agent):
    """Asks of its subclass `on_call` and `lately`, the turns whose words may still be played."""

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterator[stt.SpeechEvent]:
        ears, detector = self.session.stt, self.session.turn_detection
        if isinstance(ears, Ears):
            ears.follow(self.session)
            if isinstance(detector, TurnDetector):
                detector.ears = ears
                detector.lately = self.lately
        async for event in Agent.default.stt_node(self, audio, model_settings):
            yield event

    async def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterator[rtc.AudioFrame]:
        """Only the sound differs from what is written: the transcript keeps the text."""
        written = "".join([piece async for piece in text])
        voice = self.session.tts
        for sentence, may_keep in sentences(written, stored=self._stored(), salon=self.on_call.salon):
            said = say_kept(voice, sentence) if may_keep else say(voice, sentence)
            async with contextlib.aclosing(said) as frames:
                async for frame in frames:
                    yield frame

    def together(self, turn_ctx: llm.ChatContext, message: llm.ChatMessage, now: str) -> str:
        """What this turn answers: also the turn before, where the caller only went on. A yes is never said twice."""
        before = cut_off(turn_ctx)
        if before is None or self.on_call.asks or any(one.reply for one in self.lately if one.words == before.words):
            return now
        began = (message.metrics or {}).get("started_speaking_at")
        pause = began - before.ended_at if began and before.ended_at else float("inf")
        return joined(before.words, now, pause=pause, was_cut=True)

    def _stored(self) -> Iterable[str]:
        """Words that may be kept as sound: answers that everybody may hear, and templates that name nobody."""
        answers = (candidate.answer for one in self.lately for candidate in one.outcome.citations)
        return [*answers, *fixed_texts(self.on_call.salon)]


def sentences(written: str, *, stored: Iterable[str], salon: Salon) -> list[tuple[str, bool]]:
    """Each sentence as it is spoken, and whether its sound may be kept."""
    whole = sorted({text for text in stored if text.strip()}, key=len, reverse=True)
    pattern = "|".join(map(re.escape, whole))
    pieces = re.split(f"({pattern})", written) if whole else [written]
    known = set(whole)
    return [
        (sentence, piece in known)
        for piece in pieces
        if piece.strip()
        for sentence in _tokenizer().tokenize(as_spoken(piece, salon=salon))
    ]


async def say(voice: Voice, sentence: str) -> AsyncIterator[rtc.AudioFrame]:
    async with voice.synthesize(sentence) as stream:
        async for said in stream:
            yield said.frame


async def say_kept(voice: Voice, sentence: str) -> AsyncIterator[rtc.AudioFrame]:
    """From what was kept; else it is kept now, if the configured voice says all of it."""
    owner = speech.voice_id()
    if (sound := await asyncio.to_thread(kept_audio.find, sentence, voice=owner)) is not None:
        for start in range(0, len(sound), PIECE):
            piece = sound[start : start + PIECE]
            yield rtc.AudioFrame(piece.tobytes(), kept_audio.RATE, 1, len(piece))
        return
    heard: list[np.ndarray] = []
    async with voice.synthesize(sentence) as stream:
        async for said in stream:
            heard.append(np.frombuffer(said.frame.data, np.int16).copy())
            yield said.frame
        was_whole = getattr(stream, "was_whole", False)
    if was_whole:
        await asyncio.to_thread(_keep, sentence, np.concatenate(heard), owner)


def _keep(sentence: str, sound: np.ndarray, owner: str) -> None:
    """Whatever goes wrong here must not end what she says."""
    try:
        if owner not in _cleared:
            _cleared.add(owner)
            kept_audio.forget_other_voices(owner)
        kept_audio.keep(sentence, sound, voice=owner)
    except OSError as error:
        log.warning("speech could not be kept: %s", type(error).__name__)


def greeting(salon: Salon) -> str:
    """What the law and the owner want said first: an AI, transcribed, and where that is so listened to or recorded."""
    about = {"listening": settings.ALLOW_LISTENING, "recording": settings.RECORD_CALLS}
    return render("greeting_spoken.txt", salon=salon, **about)


def fixed_texts(salon: Salon) -> tuple[str, ...]:
    return greeting(salon), *_fixed_texts(salon.pk, salon.revision, salon.name, salon.assistant_name, salon.region)


@lru_cache(maxsize=2)
def _fixed_texts(*about: object) -> tuple[str, ...]:
    """What templates say that hold nothing of a caller, nor of a moment."""
    salon = Salon(**dict(zip(("id", "revision", "name", "assistant_name", "region"), about, strict=True)))
    folder = settings.BASE_DIR / "templates" / "voice_agent"
    names = (str(path.relative_to(folder)) for path in folder.rglob("*.txt"))
    return tuple(render(name, salon=salon) for name in names if not _NAMES_SOMEBODY.search(source(name)))


@lru_cache(maxsize=1)
def _tokenizer() -> tokenize.SentenceTokenizer:
    return tokenize.blingfire.SentenceTokenizer()
