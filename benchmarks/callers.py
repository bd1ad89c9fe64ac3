"""Callers in a process of their own: `python -m benchmarks.callers` reads what they do, and prints what they heard.

They ask as people do: a question, her answer, a few seconds of thought, the next one. Stdin holds one JSON object
{"url", "key", "secret", "agent", "callers", "seconds", "questions"}; stdout the rooms and every turn of them as JSON.
"""

import asyncio
import dataclasses
import itertools
import json
import random
import sys
import time
from types import SimpleNamespace

from livekit import rtc

from benchmarks.telephone import Turn, ask
from tests.telephone.phone import Phone

STAGGER = 0.7  # seconds between two who dial
THOUGHT = (1.0, 3.0)


async def call(place: SimpleNamespace, number: int) -> tuple[str, list[Turn]]:
    order = random.Random(number)
    questions = itertools.cycle(order.sample(place.questions, len(place.questions)))
    await asyncio.sleep(number * STAGGER)
    until = asyncio.get_running_loop().time() + place.seconds
    asked = []
    phone = Phone(place, place.agent, number=f"+1415555{2600 + number}")
    try:
        async with phone:
            await phone.hears()
            while asyncio.get_running_loop().time() < until:
                asked.append(await ask(phone, next(questions)))
                await asyncio.sleep(order.uniform(*THOUGHT))
    except (AssertionError, TimeoutError, rtc.ConnectError) as error:
        sys.stderr.write(f"caller {number}: {error!r}\n")
        asked.append(Turn("", time.time(), time.time()))  # a call that was not answered, or broke off, is a miss
    return phone.room_name, asked


async def main() -> None:
    place = SimpleNamespace(**json.load(sys.stdin))
    found = await asyncio.gather(*(call(place, number) for number in range(place.callers)))
    json.dump([[room, [dataclasses.asdict(turn) for turn in asked]] for room, asked in found], sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
