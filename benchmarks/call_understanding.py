"""How many spoken questions reach the right answer: over the line, with embedded ears, against the same ones typed.

`python -m benchmarks.call_understanding` asks the Glow salon, with no key at all, by telephone: 100 questions in a
quiet room, and a sample of them, every third one, in rooms with white and pink noise at 10 dB and with other voices at
20, 15 and 10 dB below the caller. All of them are typed too, in conversations of the same questions in the same order.
A question is understood when its answer, or "Do you mean" with the question that has it, is on record as her reply.
Rooms are compared with the quiet one over the same sample. A turn has ended when the caller's words were handed over to
be answered; it should within 1.2 s of his last sample. Words wrong, missing or too many are a share of those said.
Four callers speak at a time. She hums, no longer than she must, instead of saying what is kept as sound: it is the
hearing that is measured, and real speech would take half an hour. All callers have one synthetic voice, and so do those
around them, pitched otherwise. About 6 min.
"""

import asyncio
import datetime as dt
import json
import subprocess
import sys
from dataclasses import dataclass, field

import numpy as np

from benchmarks.spoken_questions import QUESTIONS
from benchmarks.telephone import Turn, at_once, finish, quantile, salon, say, turns
from benchmarks.telephone import ask_all as ask_in_one_call
from tests.scratch import ROOT
from tests.telephone import ears, speech
from tests.telephone.salon import Salon
from tests.voice_agent import rooms

ALL = list(QUESTIONS)[: turns(100)]
SAMPLE = ALL[::3]
QUIET, NOISE, VOICES = "quiet", "noise 10 dB", "voices {} dB"
ENDS_WITHIN = 1.2
AROUND_SECONDS = 24
HUMS = """
import numpy as np
from voice_agent import kept_audio, sounding, speech
salon = Salon.objects.current()
for text in {texts!r} + list(sounding.fixed_texts(salon)):
    for sentence, _ in sounding.sentences(text, stored=[text], salon=salon):
        letters = sum(sign.isalnum() for sign in sentence)
        seconds = max(kept_audio.SHORTEST, letters * kept_audio.SECONDS_A_LETTER[0]) + 0.05
        hum = 3000 * np.sin(np.arange(int(seconds * kept_audio.RATE)) / kept_audio.RATE * 2 * np.pi * 440)
        kept_audio.keep(sentence, hum.astype(np.int16), voice=speech.voice_id())
"""
SCRIPT = """
select u.created_at, u.speaker, u.text from supervision_utterance u join supervision_call c on c.id = u.call_id
where c.room = ? and u.text != '' order by u.id
"""


@dataclass
class Asked:
    """One question, and what is on record about it."""

    question: str
    heard: str = ""
    replies: list[str] = field(default_factory=list)
    ended_after: float | None = None  # seconds from the caller's end

    @property
    def has_ended(self) -> bool:
        return self.ended_after is not None and self.ended_after <= ENDS_WITHIN

    @property
    def errors(self) -> float:
        return min(1.0, ears.errors(self.question, self.heard))


async def main() -> None:
    for question in ALL:
        speech.by_telephone(question)
    with salon(GROQ_API_KEY="", ELEVEN_API_KEY="", HELP_REQUESTS_PER_CALL="1000", CALL_MAX_MINUTES="60") as place:
        typed, stored = await asyncio.to_thread(type_all, place, [ALL[start::4] for start in range(4)])
        place.manage("shell", "--verbosity", "0", "-c", HUMS.format(texts=sorted(set(stored.values()))))
        figures = await hear_all(place, typed, stored)
    finish(figures)


async def hear_all(place: Salon, typed: list[Asked], stored: dict[str, str]) -> dict[str, float]:
    say(f"{'':<14} {'asked':>6} {'right':>6} {'words wrong':>12} {'ended in 1.2 s':>15} {'median end':>11}\n")
    show("typed", typed, stored)
    quiet = await at_once(*(call(place, ALL[start::4]) for start in range(4)))
    show(QUIET, quiet, stored)
    found = {}
    for pair in ((NOISE, VOICES.format(20)), (VOICES.format(15), VOICES.format(10))):
        callers = [call(place, SAMPLE[half::2], around(room, half)) for room in pair for half in range(2)]
        heard = await asyncio.gather(*callers)
        for number, room in enumerate(pair):
            found[room] = heard[2 * number] + heard[2 * number + 1]
            show(room, found[room], stored)
    same = [one for one in quiet if one.question in SAMPLE]
    return {
        "quiet_to_typed": ratio(quiet, typed, stored),
        "noise_10db_to_quiet": ratio(found[NOISE], same, stored),
        "voices_20db_to_quiet": ratio(found[VOICES.format(20)], same, stored),
        "voices_15db_to_quiet": ratio(found[VOICES.format(15)], same, stored),
        "voices_10db_to_quiet": ratio(found[VOICES.format(10)], same, stored),
        "turns_ended_with_voices_at_10db": share([one.has_ended for one in found[VOICES.format(10)]]),
    }


def show(name: str, asked: list[Asked], stored: dict[str, str]) -> None:
    right = share([is_right(one, stored) for one in asked])
    say(f"{name:<14} {len(asked):>6} {right:>6.0%}")
    if name != "typed":
        words = [len(ears.words(one.question)) for one in asked]
        wrong = sum(one.errors * count for one, count in zip(asked, words, strict=True)) / sum(words)
        ends = [one.ended_after for one in asked if one.ended_after is not None]
        say(f" {wrong:>12.1%} {share([one.has_ended for one in asked]):>15.0%} {quantile(ends, 0.5):>9.1f} s")
    say("\n")


def is_right(one: Asked, stored: dict[str, str]) -> bool:
    told = [*one.replies, *(stored.get(reply.partition("Do you mean: ")[2], "") for reply in one.replies)]
    return any(QUESTIONS[one.question].lower() in text.lower() for text in told)


def ratio(asked: list[Asked], other: list[Asked], stored: dict[str, str]) -> float:
    of, to = (share([is_right(one, stored) for one in many]) for many in (asked, other))
    return round(of / to, 3) if to else 0.0


def share(found: list[bool]) -> float:
    return round(sum(found) / max(1, len(found)), 3)


def type_all(place: Salon, asked: list[list[str]]) -> tuple[list[Asked], dict[str, str]]:
    """What she replies when they are typed, and the answers that stored questions have."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.typed_questions"], cwd=ROOT, env=place.environment, input=json.dumps(asked),
        stdout=subprocess.PIPE, text=True, check=True, timeout=120,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    pairs = ((question, reply) for one, replies in zip(asked, told["replies"], strict=True)
             for question, reply in zip(one, replies, strict=True))  # fmt: skip
    return [Asked(question, question, [reply]) for question, reply in pairs], told["stored"]


# --- by telephone -----------------------------------------------------------------------------------------------------


async def call(place: Salon, questions: list[str], noise: np.ndarray | None = None) -> list[Asked]:
    room = f"call-understanding-{next(rooms_used)}"
    found = await ask_in_one_call(place, place.agent_name, questions, room=room, noise=noise)
    return on_record(place.rows(SCRIPT, room), found)


rooms_used = iter(range(1000))


def on_record(script: list[tuple[str, str, str]], found: list[Turn]) -> list[Asked]:
    """Each question with the caller's turns that ended after it had begun and before the next one had, and replies."""
    asked = [Asked(turn.question) for turn in found]
    now = None
    for written_at, speaker, text in script:
        if speaker == "caller":
            at = dt.datetime.fromisoformat(written_at).replace(tzinfo=dt.UTC).timestamp()
            number = max((place for place, turn in enumerate(found) if turn.began_at < at), default=None)
            now = None if number is None else asked[number]
            if now:
                now.heard = f"{now.heard} {text}".strip()
                now.ended_after = at - found[number].ended_at
        elif now:
            now.replies.append(text)
    return asked


def around(room: str, seed: int) -> np.ndarray:
    """What is heard around the caller: white noise, pink noise, or other voices, as loud as the room says."""
    samples = AROUND_SECONDS * speech.RATE
    kind, below, _ = room.split()
    sound = rooms.others(seed, samples) if kind == "voices" else hiss(seed, samples, is_pink=bool(seed % 2))
    level = np.median([np.sqrt(np.mean(np.square(speech.by_telephone(one).astype(float)))) for one in ALL])
    return (sound * level * 10 ** (-int(below) / 20)).astype(np.int16)


def hiss(seed: int, samples: int, *, is_pink: bool) -> np.ndarray:
    """In the band of a telephone line, with a power of one."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=samples))
    frequencies = np.fft.rfftfreq(samples, 1 / speech.RATE)
    if is_pink:
        spectrum /= np.sqrt(np.maximum(frequencies, 1))
    spectrum[(frequencies < speech.LINE_BAND[0]) | (frequencies > speech.LINE_BAND[1])] = 0
    sound = np.fft.irfft(spectrum, samples)
    return sound / np.sqrt(np.mean(np.square(sound)))


if __name__ == "__main__":
    asyncio.run(main())
