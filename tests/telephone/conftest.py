"""A telephone call as it is: LiveKit's real server, real audio, and the vendors' real clients against wire doubles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telephone import server
from tests.telephone.salon import Salon, Vendors, open_salon
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
def salon(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, livekit: LiveKit, _vendors: Vendors
) -> Iterator[Salon]:
    """One agent and one worker for all who disturb nothing: each test with numbers and questions of its own."""
    folder = tmp_path_factory.mktemp("salon")
    with open_salon(folder, livekit, _vendors, prepared, HOLD_WINDOW="10s", PERSON_WINDOW="4s") as salon:
        salon.worker()
        salon.agent()
        yield salon


@pytest.fixture
def own_salon(prepared: Path, tmp_path: Path, livekit: LiveKit, _vendors: Vendors) -> Iterator[Salon]:
    """A salon for one test, with nothing started: for those who kill, stop or configure its processes."""
    with open_salon(tmp_path, livekit, _vendors, prepared) as salon:
        yield salon
