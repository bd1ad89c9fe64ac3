"""What becomes of a call when its line, LiveKit's server, the thread of its job or the job itself breaks."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

from livekit import rtc

from tests.scratch import ROOT
from tests.telephone import server
from tests.telephone.phone import SALON_NUMBER, Phone
from tests.telephone.salon import Salon, open_salon
from tests.telephone.stopped_threads import stopped
from tests.telephone.test_faults_agents import HOURS, PARKING, is_back, is_bearable, job_of, until

LOST_SECONDS = 30.0
AWAY_SECONDS = 1.0
ELSEWHERE = """
import asyncio, json, sys
from types import SimpleNamespace
from tests.telephone.phone import Phone

async def main():
    place = SimpleNamespace(**json.loads(sys.argv[1]))
    async with Phone(place, sys.argv[2], room=sys.argv[3]) as caller:
        await caller.hears()
        print("heard", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_line_that_is_lost_ends_its_call(own_salon, vendors):
    own_salon.agent()
    room, place = "call-lost", own_salon.livekit.place
    about = json.dumps({"url": place.url, "key": place.key, "secret": place.secret})
    caller = subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, about, own_salon.agent_name, room], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert await asyncio.to_thread(caller.stdout.readline) == b"heard\n"
    finally:
        caller.kill()
        lost_at = time.monotonic()
        caller.communicate()

    await until(
        lambda: own_salon.rows("select 1 from supervision_call where room = ? and state in ('ended', 'lost')", room),
        seconds=LOST_SECONDS, describe="the end of the call",
    )  # fmt: skip

    sys.stdout.write(f"closed {time.monotonic() - lost_at:.1f} s after its line was lost\n")


def is_connected(caller: Phone) -> bool:
    return caller.room.connection_state == rtc.ConnectionState.CONN_CONNECTED and any(
        one.identity.startswith("agent") and one.track_publications for one in caller.room.remote_participants.values()
    )


async def test_a_call_goes_on_when_its_server_starts_again(prepared, tmp_path, vendors):
    vendors.learn(HOURS, PARKING)
    with (
        server.running(tmp_path) as livekit,
        open_salon(tmp_path, livekit, vendors, prepared) as salon,
    ):
        salon.agent()
        async with salon.phone() as caller:
            await caller.hears()
            await caller.ask(HOURS)
            epoch = salon.call(caller, "epoch")
            livekit.kill()
            killed_at = time.time()
            await asyncio.sleep(AWAY_SECONDS)
            await asyncio.to_thread(livekit.start)
            await until(lambda: is_connected(caller), describe="the caller and she in one room")
            answer = await caller.ask(PARKING, within=20)
            still = salon.call(caller), salon.call(caller, "epoch")

    sys.stdout.write(f"answered {answer.start - killed_at:.1f} s after the server was killed\n")
    assert "six free spaces" in answer, answer
    assert still == ("answered", epoch)


async def test_a_thread_that_stands_still_loses_its_call(own_salon, vendors):
    vendors.learn(HOURS, PARKING)
    own_salon.agent()

    async with own_salon.phone() as caller:
        await caller.hears()
        await caller.ask(HOURS)
        process = await asyncio.to_thread(job_of, own_salon, caller)
        with stopped(process):
            silence = await is_back(own_salon, caller, time.time())

    assert is_bearable(silence)


def change(salon: Salon, statement: str) -> None:
    with closing(sqlite3.connect(salon.folder / "db.sqlite3", timeout=20)) as database:
        database.execute(statement)


async def test_a_call_that_cannot_be_answered_hears_so_and_is_freed(own_salon, vendors):
    """A table that is not there, as when an update of the database was broken off."""
    own_salon.agent()
    change(own_salon, "alter table knowledge_service rename to elsewhere")
    try:
        async with own_salon.phone() as caller:
            trouble = await caller.hears(within=10)
            await caller.is_hung_up_on()
    finally:
        change(own_salon, "alter table elsewhere rename to knowledge_service")

    assert "wrong" in trouble, trouble
    assert own_salon.call(caller) == "lost"
    assert own_salon.call(caller, "ended_because") == "fault"


async def test_a_caller_of_whom_nobody_has_told_gets_an_agent(own_salon, vendors):
    own_salon.agent(PHONE_NUMBER=SALON_NUMBER)
    caller = own_salon.phone()
    caller.token = caller._token("")  # neither dispatch nor webhook
    async with caller:
        greeting = await caller.hears(within=15)

    sys.stdout.write(f"greeted {greeting.start - caller.dialled_at:.1f} s after dialling\n")
    assert "transcribed" in greeting
