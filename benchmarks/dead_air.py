"""The longest time without any sound that a caller has, while one thing after the other breaks.

`python -m benchmarks.dead_air` calls a salon through LiveKit's real server, with the vendors' doubles, and breaks one
thing in each call: each fault of the model, the ears and the voice, with an agent that has not met it before; all three
at once; and what `dead_air_processes.py` has: databases, agents, exceptions, LiveKit's server. The time goes from the
caller's last sample, or from her last sound or the fault, whichever is later, to the next sound, until she has said
what the caller was waiting for: also when she asks him first to say it again. Ringing does not count: a call begins
when the first packet of sound arrives. A caller who never gets there is shown as lost, and counts as 99 s. Vendors'
faults run in two salons at a time. About 9 min.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from benchmarks.dead_air_callers import LOST, PARKING, PARKING_ANSWER, Row, a_fresh, answered, measured
from benchmarks.dead_air_processes import others
from benchmarks.telephone import a_livekit, at_once, finish, salon, say, turns
from tests.telephone.salon import Salon
from tests.telephone.server import LiveKit

MODEL = {
    "refused (401)": {"fault": 401}, "refused (404)": {"fault": 404}, "refused (429)": {"fault": 429},
    "slow": {"delay": 5.0}, "open and silent": {"fault": "silence"}, "stops mid-answer": {"fault": "stops"},
    "malformed tool call": {"fault": "malformed"},
}  # fmt: skip
EARS = {
    "closed": {"ears": "closed"}, "never committing": {"ears": "mute"}, "out of credits": {"ears": "quota"},
    "a warning that is only logged": {"ears": "warning"}, "slow": {"ears_delay": 5.0},
}  # fmt: skip
VOICE = {
    "closed": {"voice": "closed"}, "unpaid (402)": {"voice": "quota"}, "empty audio": {"voice": "empty"},
    "open and silent": {"voice": "mute"}, "slow": {"voice_delay": 5.0},
}  # fmt: skip
REFUSED = {"ears refused from the first ring on": {"ears": "refuse"}, "voice refused": {"voice": "refuse"}}
ALL_GONE = {"ears": "closed", "voice": "closed"}
UNSURE, UNSURE_ANSWERS = "Is tipping expected?", ("Do you mean", "supervisor")


async def main() -> None:
    with a_livekit() as livekit:
        by_vendor = [
            *(("model: " + name, partial(model, fault)) for name, fault in MODEL.items()),
            *(("ears: " + name, partial(speech, fault)) for name, fault in EARS.items()),
            *(("voice: " + name, partial(speech, fault)) for name, fault in VOICE.items()),
            *((name, partial(from_the_first_ring, fault)) for name, fault in REFUSED.items()),
            ("all three gone", all_gone),
        ]  # fmt: skip
        rows = await at_once(*(vendors(livekit, by_vendor[lane::2]) for lane in range(2)))
        rows += await others(livekit)
    for name, seconds in sorted(rows, key=lambda row: -row[1]):
        say(f"{name:<46} {'lost' if seconds >= LOST else f'{seconds:.2f} s'}\n")
    finish({"worst_s": max(seconds for _, seconds in rows), "faults": len(rows)})


async def vendors(livekit: LiveKit, faults: list[tuple[str, Callable[[Salon], Awaitable[float]]]]) -> list[Row]:
    """One salon; each fault meets an agent that knows of none, and a caller."""
    rows = []
    with salon(livekit=livekit, agents=False, AGENT_PROCESSES="1") as place:
        place.vendors.learn(PARKING, UNSURE)
        for name, fault in faults[: turns(100)]:
            place.vendors.reset()
            with a_fresh(place):
                rows.append((name, await measured(fault(place))))
    return rows


async def model(fault: dict, place: Salon) -> float:
    async with place.phone() as phone:
        await phone.hears()
        place.vendors.groq(**fault)
        return await answered(place, phone, UNSURE, *UNSURE_ANSWERS)


async def speech(fault: dict, place: Salon) -> float:
    async with place.phone() as phone:
        await phone.hears()
        place.vendors.eleven(**fault)
        return await answered(place, phone, PARKING, PARKING_ANSWER)


async def from_the_first_ring(fault: dict, place: Salon) -> float:
    place.vendors.eleven(**fault)
    async with place.phone() as phone:
        greeting = await phone.hears()
        picked_up = min(frame.at for frame in phone.frames)
        return max(phone.dead_air(picked_up, greeting.end), await answered(place, phone, PARKING, PARKING_ANSWER))


async def all_gone(place: Salon) -> float:
    async with place.phone() as phone:
        await phone.hears()
        place.vendors.groq(fault=500)
        place.vendors.eleven(**ALL_GONE)
        return await answered(place, phone, PARKING, PARKING_ANSWER)


if __name__ == "__main__":
    asyncio.run(main())
