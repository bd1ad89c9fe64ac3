"""A salon with a telephone for the benchmarks of calls: a real LiveKit server, doubles of vendors, callers who ask."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from salon_receptionist.livekit_server import NoServer, find_or_build
from tests.scratch import prepare
from tests.telephone import server
from tests.telephone.phone import HERS, LOUD, Phone
from tests.telephone.salon import Salon, Vendors
from tests.telephone.server import LiveKit

TYPICAL = {
    "groq": {"delay": 0.25},
    "eleven": {"ears_delay": 0.12, "voice_delay": 0.15},
}  # seconds, as vendors have them
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_receptionist.settings")  # where the server's program is
QUIET_SECONDS = 0.5  # before the next question
ANSWERED_WITHIN = 8.0
TEACH = """
from knowledge.learning import learn
from knowledge.search import write_missing_vectors
for question, answer in {taught!r}.items():
    learn(question=question, answer=answer)
while write_missing_vectors(500):
    pass
"""
SUPERVISOR = """
import json, sys, time
from django.contrib.auth import get_user_model
from supervision import lifecycle, presence
supervisor = get_user_model().objects.first()
for line in sys.stdin:
    room, words = json.loads(line)
    if words is None:
        presence.seen(supervisor)
    else:
        asked = HelpRequest.objects.pending().filter(call__room=room).latest("created_at")
        lifecycle.resolve(asked, by=supervisor, answer=words)
    print(json.dumps(time.time()), flush=True)
"""


def turns(count: int) -> int:
    """So many, or what TURNS says, where somebody only wants to see that it runs."""
    return min(count, int(os.environ.get("TURNS") or count))


def taken_in_turn(questions: Iterable[str], count: int) -> list[str]:
    every = list(questions)
    return [every[number % len(every)] for number in range(count)]


@contextmanager
def a_livekit() -> Iterator[LiveKit]:
    built = livekits_program()
    with tempfile.TemporaryDirectory(prefix="salon-bench-") as folder, server.running(Path(folder), built) as livekit:
        yield livekit


def livekits_program() -> Path:
    """Built first where there is none; where it cannot be, the benchmark ends with the reason instead of figures."""
    try:
        return find_or_build(lambda words: sys.stderr.write(f"{words}\n"))
    except NoServer as reason:
        sys.exit(f"Calls are not measured. {reason}")


@contextmanager
def salon(
    *, taught: dict[str, str] | None = None, agents: bool = True, livekit: LiveKit | None = None, **settings: str
) -> Iterator[Salon]:
    """A salon whose agent has registered; `taught` are questions with their answers beside the Glow context's.

    On a server and with vendors of its own, where none is given; settings that are empty are taken away.
    """
    if livekit is None:
        with a_livekit() as livekit, salon(taught=taught, agents=agents, livekit=livekit, **settings) as found:
            yield found
        return
    with tempfile.TemporaryDirectory(prefix="salon-bench-") as folder:
        place, vendors = Path(folder), Vendors()
        try:
            found = Salon(place / "var", livekit, vendors, like=prepare(place / "prepared"), **settings)
            try:
                if taught:
                    found.manage("shell", "--verbosity", "0", "-c", TEACH.format(taught=taught))
                if agents:
                    found.agent()
                yield found
            finally:
                found.stop()
        finally:
            vendors.stop()


@dataclass(frozen=True)
class Turn:
    """One question, and when her voice began to answer it; `heard_at` 0.0: never."""

    question: str
    began_at: float
    ended_at: float
    heard_at: float = 0.0
    was_cut_off: bool = False  # she spoke while he did

    @property
    def is_answered(self) -> bool:
        return bool(self.heard_at) and not self.was_cut_off

    @property
    def ms(self) -> float:
        return (self.heard_at - self.ended_at) * 1000


async def ask(phone: Phone, question: str, *, within: float = ANSWERED_WITHIN, quiet: float = QUIET_SECONDS) -> Turn:
    """From the caller's last sample to her first in his ear; then waits until she has ended."""
    spoken = phone.talk(question)
    began = asyncio.get_running_loop().time()
    said = await spoken
    began = said - (asyncio.get_running_loop().time() - began)
    cut = any(frame.level > LOUD for frame in phone.since(began, HERS) if frame.at < said)
    try:
        heard = await phone.first_sound(after=said, within=within, track=HERS)
    except AssertionError:
        return Turn(question, began, said, was_cut_off=cut)
    await phone.is_silent(seconds=quiet, track=HERS)
    return Turn(question, began, said, heard, cut)


async def ask_all(salon: Salon, agent: str, questions: list[str], **phone: object) -> list[Turn]:
    """In one call."""
    async with Phone(salon.livekit, agent, **phone) as caller:
        await caller.hears()
        return [await ask(caller, question) for question in questions]


async def at_once(*callers: Awaitable[list]) -> list:
    """What each of them brings, one after the other in one list."""
    return [one for found in await asyncio.gather(*callers) for one in found]


@contextmanager
def supervisor(salon: Salon) -> Iterator["Supervisor"]:
    at_work = Supervisor(salon)
    try:
        yield at_work
    finally:
        at_work.stop()


class Supervisor:
    """Somebody at a desk, in a process that is ready: what is measured begins when he has committed."""

    def __init__(self, salon: Salon) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", SUPERVISOR],
            env=salon.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.is_at_hand()

    def is_at_hand(self) -> None:
        self._do("", None)

    def answer(self, room: str, words: str) -> float:
        """When the answer to what this call asked last was committed, as the process that did it saw the time."""
        return self._do(room, words)

    def _do(self, room: str, words: str | None) -> float:
        self.process.stdin.write(json.dumps([room, words]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


def quantile(times: list[float], part: float) -> float:
    """0.5 is the median; 99,999 when there are none, which keeps no bound."""
    if not times:
        return 99_999.0
    return round(sorted(times)[min(len(times) - 1, round((len(times) - 1) * part))], 1)


def described(name: str, found: list[Turn]) -> str:
    times = [turn.ms for turn in found if turn.is_answered]
    cut = sum(turn.was_cut_off for turn in found)
    spread = f"median {statistics.median(times):5.0f}  95th {quantile(times, 0.95):5.0f} ms" if times else ""
    return f"{name:<34} {len(times):>3} of {len(found):>3} answered{f', {cut} cut off' * bool(cut):<12} {spread}\n"


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def finish(figures: dict[str, float]) -> None:
    say(json.dumps(figures) + "\n")
