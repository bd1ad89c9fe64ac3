"""A salon with a telephone for the benchmarks of calls: a real LiveKit server, doubles of vendors, short answers."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scratch import prepare
from tests.telephone import server
from tests.telephone.phone import HERS, Phone
from tests.telephone.salon import Salon, Vendors

TYPICAL = {
    "groq": {"delay": 0.25},
    "eleven": {"ears_delay": 0.12, "voice_delay": 0.15},
}  # seconds, as vendors have them
QUIET_SECONDS = 0.6  # before the next question
ANSWERED_WITHIN = 8.0
TEACH = """
from knowledge.learning import learn
for question, answer in {taught!r}.items():
    learn(question=question, answer=answer)
"""


@contextmanager
def salon(*, taught: dict[str, str] | None = None, agents: bool = True, **settings: str) -> Iterator[Salon]:
    """A salon whose agent has registered; `taught` are questions with their answers beside the Glow context's."""
    with tempfile.TemporaryDirectory(prefix="salon-bench-") as folder:
        place = Path(folder)
        prepared = prepare(place / "prepared")
        with server.running(place / "livekit") as livekit:
            vendors = Vendors()
            salon = Salon(place / "var", livekit, vendors, like=prepared, **settings)
            try:
                if taught:
                    salon.manage("shell", "--verbosity", "0", "-c", TEACH.format(taught=taught))
                if agents:
                    salon.agent()
                yield salon
            finally:
                salon.stop()
                vendors.stop()


async def ask(phone: Phone, question: str) -> float | None:
    """Milliseconds from the caller's last sample to her first in his ear; None when she says nothing."""
    said = await phone.say(question)
    try:
        heard = await phone.first_sound(after=said, within=ANSWERED_WITHIN, track=HERS)
    except AssertionError:
        return None
    await phone.is_silent(seconds=QUIET_SECONDS)
    return (heard - said) * 1000


def share(times: list[float], part: float) -> float:
    """That quantile: 0.5 is the median."""
    return round(sorted(times)[min(len(times) - 1, round((len(times) - 1) * part))], 1)


def described(name: str, times: list[float], asked: int) -> str:
    if not times:
        return f"{name}: none of {asked} answered\n"
    spread = f"median {statistics.median(times):.0f} ms, 95th {share(times, 0.95):.0f} ms"
    return f"{name}: {len(times)} of {asked} answered, {spread}\n"


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def finish(figures: dict[str, float]) -> None:
    say(json.dumps(figures) + "\n")


def wait_until(moment: float) -> float:
    return max(0.0, moment - time.time())
