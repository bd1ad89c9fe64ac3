"""What the caller hears when the processes that hold his call die, stand still, or are too few."""

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.scratch import wait_for

HOURS, PARKING, UNKNOWN = "What are your opening hours?", "Where can I park?", "Do you sell concert tickets?"
DEAD_AIR = 4.0  # seconds: nobody is left without a sound for longer
RING = "from supervision import calls; print(json.dumps(str(calls.ring(room={room!r}, channel='phone').pk)))"


def job_of(salon, caller) -> int:
    """The process that holds this call."""
    holder = wait_for(lambda: salon.call(caller, "holder"), describe="somebody who holds the call")
    return int(holder.split("-")[-2])


def is_bearable(silence: float) -> bool:
    sys.stdout.write(f"dead air {silence:.2f} s\n")  # shown by pytest -rP
    return silence <= DEAD_AIR


async def until(what, *, seconds: float = 15.0, describe: str = ""):
    return await asyncio.to_thread(partial(wait_for, what, seconds=seconds, describe=describe))


async def is_back(salon, caller, at: float) -> float:
    """She says that she is back, and answers; returns the longest silence from that moment on."""
    back = await caller.hears(within=10)
    silence = caller.dead_air(at, back.start)
    assert "interruption" in back, back

    answer = await caller.ask(PARKING)

    assert "six free spaces" in answer, answer
    assert salon.call(caller) == "answered"
    return silence


async def test_a_killed_process_is_followed_by_another_that_says_so(own_salon, vendors):
    vendors.learn(HOURS, PARKING)
    own_salon.agent()

    async with own_salon.phone() as caller:
        await caller.hears()
        await caller.ask(HOURS)
        victim = await asyncio.to_thread(job_of, own_salon, caller)
        killed_at = time.time()
        os.kill(victim, signal.SIGKILL)
        silence = await is_back(own_salon, caller, killed_at)

    assert is_bearable(silence)
    assert own_salon.call(caller, "epoch") >= 3  # taken, claimed, taken
    own_salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)


async def test_a_process_that_stands_still_loses_its_call_to_another(own_salon, vendors):
    vendors.learn(HOURS, PARKING)
    own_salon.agent()

    async with own_salon.phone() as caller:
        await caller.hears()
        await caller.ask(HOURS)
        victim = await asyncio.to_thread(job_of, own_salon, caller)
        stopped_at = time.time()
        os.kill(victim, signal.SIGSTOP)
        try:
            silence = await is_back(own_salon, caller, stopped_at)
        finally:
            with suppress(ProcessLookupError):  # its parent has put an end to it
                os.kill(victim, signal.SIGCONT)
        before = len(own_salon.transcript(caller))
        await until(lambda: own_salon.call(caller) == "answered", describe="the call goes on")
        answer = await caller.ask(HOURS)  # by one voice: the other has found that it was replaced

    assert is_bearable(silence)
    assert "open" in answer, answer
    assert len(own_salon.transcript(caller)) == before + 2


async def test_the_caller_for_whom_there_is_no_line_hears_that_and_is_on_the_desk_as_missed(own_salon, vendors):
    own_salon.agent(AGENT_PROCESSES="1", AGENT_MAX_CALLS="1")

    async with own_salon.phone(number="+14155552671") as first:
        await first.hears()
        async with own_salon.phone(number="+14155552672") as second:
            busy = await second.hears(within=DEAD_AIR)
            await second.is_hung_up_on()
        still = own_salon.call(first)

    assert "busy" in busy, busy
    assert "in an emergency hang up and call 911" in busy, busy
    assert busy.end - busy.start < 9
    assert still == "answered"
    assert own_salon.call(second) == "missed"
    assert own_salon.call(second, "ended_because") == "busy"


async def test_when_no_agent_lives_the_desk_rings_and_the_carrier_gets_the_call_back(own_salon, vendors):
    own_salon.worker()
    caller = own_salon.phone()
    async with caller:
        await asyncio.to_thread(own_salon.ask, RING.format(room=caller.room_name))
        await caller.is_hung_up_on(within=60)

    assert own_salon.call(caller) == "missed"
    assert own_salon.call(caller, "ended_because") == "unanswered"
    assert own_salon.rows("select 1 from supervision_event where topic = 'desk' and kind = 'unanswered'")


async def test_who_hangs_up_has_left_within_a_second(own_salon, vendors):
    own_salon.agent()
    async with own_salon.phone() as caller:
        await caller.hears()
    left_at = time.monotonic()

    await until(lambda: own_salon.call(caller) == "ended", describe="the end of the call")

    assert time.monotonic() - left_at < 1.0


async def test_a_planned_restart_hands_calls_to_the_next_agent(own_salon, vendors):
    vendors.learn(HOURS, PARKING)
    first = own_salon.agent(AGENT_DRAIN="1s")

    async with own_salon.phone() as caller:
        await caller.hears()
        await asyncio.to_thread(own_salon.agent)
        left_at = time.time()
        first.terminate()
        assert await asyncio.to_thread(first.wait, 10) == 0
        silence = await is_back(own_salon, caller, left_at)

    assert is_bearable(silence)


def children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def is_there(pid: int) -> bool:
    with suppress(OSError):
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    return False


async def test_processes_whose_parent_is_killed_go_on_until_another_agent_is_there(own_salon, vendors):
    vendors.learn(HOURS, PARKING)
    parent = own_salon.agent(AGENT_DRAIN="1s", SILENCE="60s")
    orphans = children(parent.pid)

    async with own_salon.phone() as caller:
        await caller.hears()
        orphan, epoch = await asyncio.to_thread(job_of, own_salon, caller), own_salon.call(caller, "epoch")
        parent.kill()
        asked_until = await caller.say(HOURS)
        answer = await caller.hears_after(asked_until)
        async with own_salon.phone(number="+14155552672") as other:
            await other.first_sound(after=other.dialled_at, within=DEAD_AIR)
        still = own_salon.call(caller, "epoch")
        await asyncio.to_thread(own_salon.agent)
        await until(lambda: not is_there(orphan), describe="the end of the process without a parent")
        silence = await is_back(own_salon, caller, time.time())
        assert not any(map(is_there, orphans))

    assert "open" in answer, answer
    assert still == epoch  # whoever held the call
    assert is_bearable(caller.dead_air(asked_until, answer.start))
    assert is_bearable(silence)
    own_salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)
