"""How soon she answers on the telephone: from the caller's last sample to her first in his ear.

`python -m benchmarks.call_latency` calls a salon through LiveKit's real server, over an 8 kHz line. The vendors are
doubles: with typical delays (ears 120, model 250, voice 150 ms), and with none. Sure answers (no model, kept audio),
answers that the model chooses, and the same questions put to the framework's default session in the same run. Also
callers who pause 0.6 s inside a sentence whose first half is no question of its own: whether she talks into it.
"""

import asyncio
import os
import subprocess
import sys

from benchmarks.telephone import TYPICAL, ask, described, finish, salon, say, share
from tests.scratch import ROOT, wait_for
from tests.telephone.phone import HERS, Phone
from tests.telephone.salon import Salon

ANSWER = "Yes, we do."
SURE = {
    "Do you do nail art?": ANSWER, "Can I bring my dog?": "Yes, you can.", "Is there parking nearby?": "Yes, there is.",
    "Do you sell gift cards?": "Yes, at the desk.", "Can I pay by card?": "Yes, you can.",
    "Do you have wireless internet?": "Yes, it is free.", "Do you cut children's hair?": "Yes, on weekdays.",
    "Can I come without booking?": "Yes, in the morning.",
}  # fmt: skip
CHOSEN = {  # what callers say, and the stored question that the model chooses
    "My sister would love flowers painted on her nails": "Do you do nail art?",
    "I never leave the house without my little terrier": "Can I bring my dog?",
    "We are coming by car from out of town": "Is there parking nearby?",
    "I am looking for a present for my mother": "Do you sell gift cards?",
    "I never carry any cash with me": "Can I pay by card?",
    "My son's fringe is getting far too long": "Do you cut children's hair?",
    "I would rather just turn up one day": "Can I come without booking?",
    "I must read my mail while I wait": "Do you have wireless internet?",
}
PAUSED = (  # first halves that are no question of their own, and what follows 0.6 s later
    ("I would like to know if", "you do nail art."), ("My question is whether", "I can bring my dog."),
    ("So I was wondering", "do you sell gift cards?"), ("Could you tell me", "can I pay by card?"),
    ("I am calling because", "I want to come without booking."), ("For my daughter and", "a friend, do you cut hair?"),
)  # fmt: skip
PAUSE = 0.6
PLAIN = "plain"
TURNS = 40


async def measure(salon: Salon, agent: str, questions: list[str]) -> list[float]:
    """Each question in turn, eight a call, as callers ask a few questions each."""
    times: list[float] = []
    for start in range(0, len(questions), 8):
        async with Phone(salon.livekit, agent) as phone:
            await phone.hears()
            for question in questions[start : start + 8]:
                if (time := await ask(phone, question)) is not None:
                    times.append(time)
    return times


def turns(questions: list[str], count: int = TURNS) -> list[str]:
    return [questions[number % len(questions)] for number in range(count)]


async def pauses(salon: Salon) -> float:
    """The share of callers who pause and are not talked over."""
    cut = 0
    halves = list(PAUSED) * 4
    for start in range(0, len(halves), 6):
        async with Phone(salon.livekit, salon.agent_name) as phone:
            await phone.hears()
            for first, second in halves[start : start + 6]:
                begun = await phone.say(first)
                await asyncio.sleep(PAUSE)
                ended = await phone.say(second)
                cut += any(frame.level > 150 for frame in phone.since(begun, HERS) if frame.at < ended)
                await phone.first_sound(after=ended, within=10, track=HERS)
                await phone.is_silent(seconds=1.0)
    return round(1 - cut / len(halves), 3)


def start_plain(salon: Salon) -> subprocess.Popen:
    environment = {**os.environ, **salon.environment, "PLAIN_ANSWER": ANSWER, "PYTHONPATH": str(ROOT)}
    before = salon.livekit.registered(PLAIN)
    plain = subprocess.Popen([sys.executable, "-m", "benchmarks.default_agent", PLAIN], cwd=ROOT, env=environment)
    wait_for(lambda: salon.livekit.registered(PLAIN) > before, seconds=60, describe="the default agent")
    return plain


async def main() -> None:
    with salon(taught=SURE, HELP_REQUESTS_PER_CALL="1000") as place:
        place.vendors.learn(*SURE, *CHOSEN, *(half for halves in PAUSED for half in halves))
        plain = start_plain(place)
        try:
            figures = await _all(place)
        finally:
            plain.terminate()
            plain.wait()
    finish(figures)


async def _all(place: Salon) -> dict[str, float]:
    place.vendors.groq(knows=CHOSEN)
    await measure(place, place.agent_name, [*SURE, *CHOSEN])  # the first time speaks with the vendor's voice
    none = await measure(place, place.agent_name, turns([*SURE, *CHOSEN]))
    say(described("no delay", none, TURNS))
    place.vendors.groq(**TYPICAL["groq"], knows=CHOSEN)
    place.vendors.eleven(**TYPICAL["eleven"])
    sure = await measure(place, place.agent_name, turns(list(SURE)))
    say(described("sure", sure, TURNS))
    chosen = await measure(place, place.agent_name, turns(list(CHOSEN)))
    say(described("chosen", chosen, TURNS))
    default = await measure(place, PLAIN, turns(list(SURE)))
    say(described("the framework's default", default, TURNS))
    kept = await pauses(place)
    say(f"callers who pause and are not talked over: {kept:.0%}\n")
    return {
        "sure_p50_ms": share(sure, 0.5),
        "sure_ratio_to_default": round(share(sure, 0.5) / share(default, 0.5), 3),
        "chosen_p50_ms": share(chosen, 0.5),
        "no_delay_p50_ms": share(none, 0.5),
        "ours_p95_ms": ours(place),
        "not_cut_off": kept,
    }


def ours(place: Salon) -> float:
    """What she herself takes to decide a sure answer, from the words to her own: the search included."""
    rows = place.rows(
        "select json_extract(u.latency, '$.thinking') from supervision_utterance u "
        "join supervision_citation c on c.utterance_id = u.id where c.text in ({}) and u.latency != '{{}}'".format(
            ",".join("?" * len(SURE))
        ),
        *SURE.values(),
    )
    return share([float(time) for (time,) in rows if time is not None], 0.95)


if __name__ == "__main__":
    asyncio.run(main())
