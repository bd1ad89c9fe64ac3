"""What the benchmark of dead air does with each fault: an agent that has not met it yet, a caller, and his silence."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from tests.telephone.phone import Phone
from tests.telephone.salon import Salon

LOST = 99.0
PARKING, PARKING_ANSWER = "Where can I park?", "six free spaces"
Row = tuple[str, float]


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
def a_fresh(place: Salon) -> Iterator[subprocess.Popen]:
    """An agent, and nobody's sound kept from before."""
    agent = place.agent()
    try:
        yield agent
    finally:
        stop(agent)
        for kept in (place.folder / "kept_audio").rglob("*.pcm"):
            kept.unlink()


def stop(agent: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        agent.terminate()
    try:
        agent.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(agent.pid, signal.SIGKILL)
        agent.wait()


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
