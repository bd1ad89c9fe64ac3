"""The longest time without any sound that a caller has, while one thing after the other breaks.

`python -m benchmarks.dead_air` calls a salon through LiveKit's real server, with the vendors' doubles, and breaks one
thing in each call: each fault of the model, the ears and the voice, with an agent that has not met it before; all three
at once; a database that nobody can write to for 6 s; an exception in the job, in four places; a job that stands still;
a killed process; LiveKit's server killed in the middle of her sentence and started again. The time goes from the
caller's last sample, or from her last sound or the fault, whichever is later, to the next sound, until she has said
what the caller was waiting for: also when she asks him first to say it again. Ringing does not count: a call begins
when the first packet of sound arrives. A caller who never gets there is shown as lost, and counts as 99 s. Vendors'
faults run in two salons at a time. About 6 min.
"""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial

from benchmarks.telephone import a_livekit, at_once, finish, salon, say, turns
from tests.scratch import wait_for
from tests.telephone.phone import HERS, Phone
from tests.telephone.salon import Salon
from tests.telephone.server import LiveKit

LOST = 99.0
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
PARKING, PARKING_ANSWER = "Where can I park?", "six free spaces"
HOURS, HOURS_ANSWER = "What are your opening hours?", "We are open"
UNSURE, UNSURE_ANSWERS = "Is tipping expected?", ("Do you mean", "supervisor")
UNKNOWN, NOTED = "Do you sell concert tickets?", "noted"
BACK = "interruption"
Row = tuple[str, float]


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


async def measured(fault: Awaitable[float]) -> float:
    """In seconds, LOST where the caller heard nothing more, or not what he was waiting for."""
    try:
        return round(await fault, 2)
    except (AssertionError, TimeoutError):
        return LOST
    except BaseException as error:  # pytest's failure of `wait_for`
        if type(error).__name__ == "Failed":
            return LOST
        raise


@contextmanager
def a_fresh(place: Salon, **settings: str) -> Iterator[None]:
    """An agent, and nobody's sound kept from before."""
    agent = place.agent(**settings)
    try:
        yield
    finally:
        stop(agent)
        for kept in (place.folder / "kept_audio").rglob("*.pcm"):
            kept.unlink()


def stop(agent) -> None:
    agent.terminate()
    try:
        agent.wait(timeout=5)
    except Exception:
        os.killpg(agent.pid, signal.SIGKILL)
        agent.wait()


# --- what callers wait for --------------------------------------------------------------------------------------------


async def answered(place: Salon, phone: Phone, question: str, *wanted: str) -> float:
    """The longest silence until one of these has been said; asks a second time where she asks him to."""
    longest = 0.0
    for _ in range(2):
        before = len(place.transcript(phone))
        since = await phone.say(question)
        reply = await phone.hears_after(since, within=20)
        longest = max(longest, phone.dead_air(since, reply.end))
        await until(lambda since=before: has_said(place, phone, since, ("",)), seconds=12)  # the row follows the sound
        if has_said(place, phone, before, wanted):
            return longest
    return LOST


def has_said(place: Salon, phone: Phone, since: int, wanted: tuple[str, ...]) -> bool:
    hers = [text for speaker, text in place.transcript(phone)[since:] if speaker == "receptionist"]
    return any(one in text for text in hers for one in wanted)


async def until(what: Callable[[], object], *, seconds: float) -> object:
    deadline = time.monotonic() + seconds
    while not (found := await asyncio.to_thread(what)) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return found


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


# --- everything else --------------------------------------------------------------------------------------------------


async def others(livekit: LiveKit) -> list[Row]:
    rows = []
    with salon(livekit=livekit, agents=False) as place:
        place.vendors.learn(PARKING, HOURS, UNKNOWN)
        faults = {
            "database locked": locked, "process killed": killed, "job stuck": stuck, "LiveKit restarted": restarted,
        }  # fmt: skip
        for name, fault in list(faults.items())[: turns(100)]:
            with a_fresh(place):
                rows.append((name, await measured(fault(place))))
        breaking_agent(place)
        for where in ("decision", "turn", "voice", "start")[: turns(100)]:
            rows.append((f"exception: {where}", await measured(exception(where, place))))
    return rows


def breaking_agent(place: Salon) -> None:
    wanted = place.livekit.registered(place.agent_name) + 2
    place._beside("-m", "benchmarks.breaking_agent")
    wait_for(lambda: place.livekit.registered(place.agent_name) >= wanted, seconds=60, describe="the breaking agent")


async def exception(where: str, place: Salon) -> float:
    broken = place.folder / "break"
    if where == "start":
        broken.write_text(where)
        async with place.phone() as phone:
            heard = await phone.hears(within=20, track="")
            return phone.dead_air(min(frame.at for frame in phone.frames), heard.end)
    async with place.phone() as phone:
        await phone.hears()
        broken.write_text(where)
        return await answered(place, phone, PARKING, PARKING_ANSWER)


async def locked(place: Salon) -> float:
    async with place.phone() as phone:
        await phone.hears()
        with closing(sqlite3.connect(place.folder / "db.sqlite3", timeout=20, isolation_level=None)) as database:
            database.execute("begin immediate")
            until_free, since = time.time() + 6, await phone.say(UNKNOWN)
            noted = await phone.hears_after(since, within=20)
            longest = phone.dead_air(since, noted.end)
            since = await phone.say(PARKING)
            known = await phone.hears_after(since, within=20)
            longest = max(longest, phone.dead_air(since, known.end))
            await asyncio.sleep(max(0.0, until_free - time.time()))
            database.execute("rollback")
        stored = "select 1 from supervision_helprequest where question = ?"
        return longest if await until(lambda: place.rows(stored, UNKNOWN), seconds=15) else LOST


def process_of(place: Salon, phone: Phone) -> int:
    return int(str(place.call(phone, "holder")).split("-")[-2])


async def killed(place: Salon) -> float:
    return await lost_process(place, signal.SIGKILL)


async def stuck(place: Salon) -> float:
    return await lost_process(place, signal.SIGSTOP)


async def lost_process(place: Salon, how: int) -> float:
    """While the caller waits for her answer: right after his last sample."""
    async with place.phone() as phone:
        await phone.hears()
        victim = process_of(place, phone)
        since = await phone.say(HOURS)
        os.kill(victim, how)
        try:
            back = await phone.hears_after(since, within=20)
        finally:
            if how == signal.SIGSTOP:
                os.kill(victim, signal.SIGKILL)
        longest = phone.dead_air(since, back.start)
        if not await until(lambda: has_said(place, phone, 0, (BACK,)), seconds=6):
            return LOST
        return max(longest, await answered(place, phone, PARKING, PARKING_ANSWER))


async def restarted(place: Salon) -> float:
    """In the middle of her sentence; runall starts a server that has ended at once."""
    async with place.phone() as phone:
        await phone.hears()
        since = await phone.say(HOURS)
        speaks = await phone.first_sound(after=since, track=HERS)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(place.livekit.kill)
        await asyncio.to_thread(place.livekit.start)
        broken = phone.last_sound()
        heard = await phone.first_sound(after=max(broken, speaks) + 0.3, within=20)
        longest = phone.dead_air(broken, heard)
        await phone.is_silent(seconds=1.5, track=HERS)
        return max(longest, await answered(place, phone, PARKING, PARKING_ANSWER))


if __name__ == "__main__":
    asyncio.run(main())
