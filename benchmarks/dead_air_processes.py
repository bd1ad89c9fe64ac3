"""Faults beside the vendors': databases, agents that die, stand still or change, exceptions, LiveKit's server.

An agent that starts again by plan has another one beside it before it is told to stop. Whoever has started a parent
that was killed starts another at once, as `runall` does: what callers hear until that is there counts too.
"""

import asyncio
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

from benchmarks.dead_air_callers import (
    LOST,
    PARKING,
    PARKING_ANSWER,
    Row,
    a_fresh,
    answered,
    has_said,
    measured,
    stop,
    until,
)
from benchmarks.telephone import salon, say, turns
from tests import postgres
from tests.scratch import prepare, wait_for
from tests.telephone.phone import HERS, Phone
from tests.telephone.salon import Salon
from tests.telephone.server import LiveKit
from tests.telephone.test_faults_agents import is_there, job_of
from tests.telephone.test_faults_database import Restarted

HOURS = "What are your opening hours?"
UNKNOWN, NOTED = "Do you sell concert tickets?", ("noted", "supervisor")
ASKED = "select count(distinct call_id) from supervision_helprequest where question = ?"
BACK = "interruption"
CALLERS = 5  # at a time, while PostgreSQL starts again
OTHERS_TURN = "120s"  # in which a caller says nothing, and is not asked whether he is still there


async def others(livekit: LiveKit) -> list[Row]:
    rows = []
    with salon(livekit=livekit, agents=False) as place:
        place.vendors.learn(PARKING, HOURS, UNKNOWN)
        faults = {
            "SQLite locked": locked, "process killed": killed, "job stuck": stuck, "parent killed": parent_killed,
            "planned restart": planned, "LiveKit restarted": restarted,
        }  # fmt: skip
        for name, fault in list(faults.items())[: turns(100)]:
            with a_fresh(place) as agent:
                rows.append((name, await measured(fault(place, agent))))
        if postgres.find_programs():
            rows.append(("PostgreSQL restarted", await measured(database_restarted(place))))
        else:
            say("PostgreSQL is not installed: what happens when it starts again is not measured.\n")
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


async def locked(place: Salon, _: subprocess.Popen) -> float:
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


async def killed(place: Salon, _: subprocess.Popen) -> float:
    return await lost_process(place, signal.SIGKILL)


async def stuck(place: Salon, _: subprocess.Popen) -> float:
    return await lost_process(place, signal.SIGSTOP)


async def lost_process(place: Salon, how: int) -> float:
    """While the caller waits for her answer: right after his last sample."""
    async with place.phone() as phone:
        await phone.hears()
        victim = job_of(place, phone)
        since = await phone.say(HOURS)
        os.kill(victim, how)
        try:
            back = await phone.hears_after(since, within=20)
        finally:
            with suppress(ProcessLookupError):  # its sibling has put an end to it
                os.kill(victim, signal.SIGKILL)
        longest = phone.dead_air(since, back.start)
        if not await until(lambda: has_said(place, phone, 0, (BACK,)), seconds=6):
            return LOST
        return max(longest, await answered(place, phone, PARKING, PARKING_ANSWER))


async def parent_killed(place: Salon, parent: subprocess.Popen) -> float:
    """Right after the caller's last sample; then until the next agent has the call, and knows the answers."""
    async with place.phone() as phone:
        await phone.hears()
        holder, since = job_of(place, phone), await phone.say(HOURS)
        parent.kill()
        async with a_second(place) as starting:
            await phone.first_sound(after=since, within=20)
            await starting
            return await handed_over(place, phone, holder, since)


async def planned(place: Salon, first: subprocess.Popen) -> float:
    async with place.phone() as phone:
        await phone.hears()
        holder = job_of(place, phone)
        async with a_second(place) as starting:
            await starting
            since = await phone.say(HOURS)
            first.terminate()
            return await handed_over(place, phone, holder, since)


@asynccontextmanager
async def a_second(place: Salon) -> AsyncIterator[asyncio.Task]:
    """Another agent beside the one that there is, which takes its time."""
    starting = asyncio.create_task(asyncio.to_thread(place.agent))
    try:
        yield starting
    finally:
        stop(await starting)


async def handed_over(place: Salon, phone: Phone, holder: int, since: float) -> float:
    """The longest silence after the question, after the end of the process that held the call, and in what follows."""
    longest = phone.dead_air(since, await phone.first_sound(after=since, within=20))
    if not await until(lambda: not is_there(holder), seconds=60):
        return LOST
    left_at = time.time()
    if not await until(lambda: has_said(place, phone, 0, (BACK,)), seconds=20):
        return LOST
    longest = max(longest, phone.dead_air(left_at, await phone.is_silent(seconds=1.5, track=HERS)))
    return max(longest, await answered(place, phone, PARKING, PARKING_ANSWER))


async def restarted(place: Salon, _: subprocess.Popen) -> float:
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


async def database_restarted(beside: Salon) -> float:
    """While all callers ask something; nobody's call changes hands."""
    with tempfile.TemporaryDirectory(prefix="salon-bench-") as folder, postgres.server() as Restarted.database:
        address = {"DATABASE_URL": Restarted.database}
        prepared = prepare(Path(folder) / "var", **address)
        place = Restarted(prepared, beside.livekit, beside.vendors, like=None, SILENCE=OTHERS_TURN, **address)
        phones = [place.phone(number=f"+1415555267{number}") for number in range(CALLERS)]
        try:
            place.agent()
            return await during_a_restart(place, phones)
        finally:
            await asyncio.gather(*(phone.hang_up() for phone in phones), return_exceptions=True)
            place.stop()


async def during_a_restart(place: Restarted, phones: list[Phone]) -> float:
    for phone in phones:
        await phone.dial()
        await phone.hears()
    epochs = [place.call(phone, "epoch") for phone in phones]
    restarting = asyncio.create_task(asyncio.to_thread(place.fail))
    silences = await asyncio.gather(*map(asks, phones))
    await restarting
    await until(lambda: place.rows(ASKED, UNKNOWN) == [(CALLERS,)], seconds=5)
    if place.rows(ASKED, UNKNOWN) != [(CALLERS,)]:  # she has asked some of them to say it again
        silences += [await answered(place, phone, UNKNOWN, *NOTED) for phone in phones]
    silences += [await answered(place, phone, PARKING, PARKING_ANSWER) for phone in phones]
    return max(silences) if [place.call(phone, "epoch") for phone in phones] == epochs else LOST


async def asks(phone: Phone) -> float:
    since = await phone.say(UNKNOWN)
    heard = await phone.hears_after(since, within=20)
    return phone.dead_air(since, heard.start)
