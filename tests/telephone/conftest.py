"""A telephone call as it is: LiveKit's real server, real audio, and the vendors' real clients against wire doubles."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.telephone import server
from tests.telephone.salon import GREETING, Salon, Vendors, open_salon
from tests.telephone.server import LiveKit


@pytest.fixture(scope="session")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    with server.running(tmp_path_factory.mktemp("livekit")) as livekit:
        yield livekit


@pytest.fixture(scope="session")
def _vendors(livekit: LiveKit) -> Iterator[Vendors]:
    vendors = Vendors()
    yield vendors
    vendors.stop()


@pytest.fixture
def vendors(_vendors: Vendors) -> Vendors:
    """Without the faults of the test before."""
    _vendors.reset()
    return _vendors


@pytest.fixture(scope="session")
def _salons(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, livekit: LiveKit, _vendors: Vendors
) -> Iterator[Callable[..., Salon]]:
    """The salon that is open, or another one in its place."""
    now: list[Salon] = []

    def a_salon(*, another: bool) -> Salon:
        if another:
            close.close()
        if another or not now:
            folder = tmp_path_factory.mktemp("salon")
            place = open_salon(folder, livekit, _vendors, prepared, HOLD_WINDOW="10s", PERSON_WINDOW="4s")
            now[:] = [close.enter_context(place)]
            now[0].words("greeting_spoken.txt", GREETING)
            now[0].worker()
            now[0].agent()
        return now[0]

    with ExitStack() as close:
        yield a_salon


@pytest.fixture
def salon(request: pytest.FixtureRequest, _salons: Callable[..., Salon]) -> Salon:
    """One agent and one worker for all who disturb nothing: each test with numbers and questions of its own.

    A second try gets a salon in which nobody has asked anything yet. The greeting is short; the real one is heard in
    `test_runall_voice.py`.
    """
    return _salons(another=getattr(request.node, "execution_count", 1) > 1)


@pytest.fixture
def own_salon(prepared: Path, tmp_path: Path, livekit: LiveKit, _vendors: Vendors) -> Iterator[Salon]:
    """A salon for one test, with nothing started: for those who kill, stop or configure its processes."""
    with open_salon(tmp_path, livekit, _vendors, prepared) as salon:
        salon.words("greeting_spoken.txt", GREETING)
        yield salon
