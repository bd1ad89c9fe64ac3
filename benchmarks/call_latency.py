"""How soon she answers on the telephone: from the caller's last sample to her first in his ear.

`python -m benchmarks.call_latency` calls a salon through LiveKit's real server, over an 8 kHz line. The vendors are
doubles: with typical delays (ears 120, model 250, voice 150 ms), and with none. Forty turns each: sure answers (no
model, kept audio), the same questions put to the framework's default session at the same time and on the same doubles,
and answers that the model chooses, by two callers; without delays half of either kind. Last, callers who pause 0.6 s
inside a sentence whose first half is no question of its own: whether she talks into it. A turn counts when her own
track, not the one with fillers, is heard within 8 s, and not while the caller speaks. That sure answers asked neither
the model nor the voice, and that chosen ones asked the model, is read from what the doubles were asked. About 7 min.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys

import numpy as np

from benchmarks.telephone import (
    TYPICAL,
    Turn,
    ask_all,
    at_once,
    described,
    finish,
    quantile,
    salon,
    say,
    taken_in_turn,
    turns,
)
from tests.scratch import ROOT, wait_for
from tests.telephone import speech
from tests.telephone.phone import HERS, LOUD, Phone
from tests.telephone.salon import Salon

SURE = {
    "Do you do nail art?": "Yes, we do.", "Can I bring my dog?": "Yes, you can.",
    "Is there parking nearby?": "Yes, there is.", "Do you sell gift cards?": "Yes, at the desk.",
    "Do you have an elevator?": "Yes, on the left.", "Do you have wireless internet?": "Yes, it is free.",
    "Do you cut children's hair?": "Yes, on weekdays.", "Can I come without booking?": "Yes, in the morning.",
}  # fmt: skip
CHOSEN = {  # what callers say, and the stored question, among the candidates, that the model chooses
    "Could you do some nail art for me?": "Do you do nail art?",
    "I would like to bring my little dog along": "Can I bring my dog?",
    "I come by car and need parking": "Is there parking nearby?",
    "Could I buy gift cards from you?": "Do you sell gift cards?",
    "Could I take an elevator?": "Do you have an elevator?",
    "I want my children's hair cut": "Do you cut children's hair?",
    "Could I just come without booking?": "Can I come without booking?",
    "Could I use wireless internet?": "Do you have wireless internet?",
}
PAUSED = (  # first halves that are no question of their own, and what follows 0.6 s later
    ("I would like to know if", "you do nail art."), ("My question is whether", "I can bring my dog."),
    ("So I was wondering", "do you sell gift cards?"), ("Could you tell me", "do you have an elevator?"),
    ("I am calling because", "I want to come without booking."), ("For my daughter and", "a friend, do you cut hair?"),
)  # fmt: skip
PAUSE = 0.6
PLAIN, PLAIN_ANSWER = "plain", "Yes, certainly."
TURNS = turns(40)
PAUSES = turns(24)
THINKING = """
select json_extract(u.latency, '$.thinking') from supervision_utterance u
join supervision_citation c on c.utterance_id = u.id
where u.id > ? and json_extract(u.latency, '$.thinking') is not null
"""


async def main() -> None:
    with salon(taught=SURE, HELP_REQUESTS_PER_CALL="1000") as place:
        place.vendors.learn(*SURE, *CHOSEN, *(half for halves in PAUSED for half in halves))
        for text in (*SURE.values(), PLAIN_ANSWER):
            speech.spoken(text)  # the double's voice takes it from there
        plain = start_plain(place)
        try:
            figures = await measure(place)
        finally:
            plain.terminate()
            plain.wait()
    finish(figures)


def start_plain(salon: Salon) -> subprocess.Popen:
    environment = {**os.environ, **salon.environment, "PLAIN_ANSWER": PLAIN_ANSWER, "PYTHONPATH": str(ROOT)}
    before = salon.livekit.registered(PLAIN)
    with (salon.folder / "console.txt").open("ab") as console:
        plain = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.default_agent", PLAIN], cwd=ROOT, env=environment,
            stdout=console, stderr=console,
        )  # fmt: skip
    wait_for(lambda: salon.livekit.registered(PLAIN) > before, seconds=60, describe="the default agent")
    return plain


async def measure(place: Salon) -> dict[str, float]:
    place.vendors.groq(knows=CHOSEN)
    await both(place, list(SURE), list(CHOSEN))  # the first time speaks with the vendor's voice
    half = max(1, TURNS // 2)
    sure, chosen = await both(place, taken_in_turn(SURE, half), taken_in_turn(CHOSEN, half))
    none = sure + chosen
    say(described("no delay, sure", sure) + described("no delay, chosen", chosen))

    place.vendors.groq(**TYPICAL["groq"])
    place.vendors.eleven(**TYPICAL["eleven"])
    before, row = asked(place), newest(place)
    questions = taken_in_turn(SURE, TURNS)
    sure, default = await both(place, questions, questions, second=PLAIN)
    say(described("sure", sure) + described("the framework's default", default))
    decided = place.rows(THINKING, row)
    say_where_from("sure", before, asked(place))

    before = asked(place)
    one, other = await both(place, taken_in_turn(CHOSEN, half), taken_in_turn(CHOSEN, half))
    chosen = one + other
    say(described("chosen by the model", chosen))
    say_where_from("chosen", before, asked(place))

    kept = await at_once(pauses(place, PAUSES // 2), pauses(place, PAUSES // 2))
    say(f"callers who pause and are not talked over: {sum(kept)} of {len(kept)}\n")
    return {
        "sure_p50_ms": median(sure),
        "sure_ratio_to_default": round(median(sure) / median(default), 3),
        "chosen_p50_ms": median(chosen),
        "no_delay_p50_ms": median(none),
        "ours_p95_ms": quantile([float(time) for (time,) in decided], 0.95),
        "not_cut_off": round(sum(kept) / len(kept), 3),
    }


async def both(place: Salon, first: list[str], other: list[str], *, second: str = "") -> tuple[list[Turn], list[Turn]]:
    """Two callers at the same time; `second` is whom the other one calls."""
    return await asyncio.gather(
        ask_all(place, place.agent_name, first),
        ask_all(place, second or place.agent_name, other, number="+14155552672"),
    )


def median(found: list[Turn]) -> float:
    times = [turn.ms for turn in found if turn.is_answered]
    return round(statistics.median(times), 1) if times else 99_999.0


def asked(place: Salon) -> tuple[int, int]:
    """How often the model, and the voice, were asked by her: the default session has one answer, and another model."""
    log = place.vendors.log()
    decisions = [body for body in log["groq"]["asked"] if "```json" in json.dumps(body["messages"][-1])]
    return len(decisions), len([text for text in log["eleven"]["spoken"] if text != PLAIN_ANSWER])


def say_where_from(name: str, before: tuple[int, int], after: tuple[int, int]) -> None:
    model, voice = (later - earlier for later, earlier in zip(after, before, strict=True))
    say(f"    {name}: the model was asked {model} times, the voice {voice} times (two greetings are kept too)\n")


def newest(place: Salon) -> int:
    return place.rows("select coalesce(max(id), 0) from supervision_utterance")[0][0]


async def pauses(place: Salon, count: int) -> list[bool]:
    """Of each caller who pauses, whether she did not talk into what he said."""
    kept = []
    async with Phone(place.livekit, place.agent_name) as phone:
        await phone.hears()
        for number in range(count):
            first, second = (speech.by_telephone(half) for half in PAUSED[number % len(PAUSED)])
            between = np.zeros(int(PAUSE * speech.RATE), np.int16)
            sound = np.concatenate([first, between, second])
            ended = await phone.play(sound)
            begun = ended - len(sound) / speech.RATE
            kept.append(not any(frame.level > LOUD for frame in phone.since(begun, HERS) if frame.at < ended))
            await phone.first_sound(after=ended, within=10, track=HERS)
            await phone.is_silent(seconds=1.0, track=HERS)
    return kept


if __name__ == "__main__":
    asyncio.run(main())
