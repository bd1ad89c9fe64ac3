"""`runall --voice`: a telephone on this machine, with no account and no network, with a real recogniser and a voice."""

import json
import os
import signal
from types import SimpleNamespace

import pytest

from tests.journeys.conftest import House
from tests.scratch import wait_for
from tests.telephone import server
from tests.telephone.phone import Phone

AGENT = "from knowledge.models import Salon\nprint(json.dumps(f'receptionist-{Salon.objects.current().uuid}'))"


@pytest.fixture(scope="module")
def house(prepared, tmp_path_factory):
    server.program()
    house = House(tmp_path_factory.mktemp("house") / "var", like=prepared)
    house.runall = house.start("runall", "--voice")
    wait_for(lambda: "Ctrl-C" in house.printed(), seconds=60, describe="the banner of runall")
    yield house
    house.stop()


def place(house: House) -> SimpleNamespace:
    """Where the server of this house is, and what opens it."""
    written = json.loads((house.folder / "livekit" / "livekit.yaml").read_text())
    [(key, secret)] = written["keys"].items()
    return SimpleNamespace(url=f"ws://127.0.0.1:{written['port']}", key=key, secret=secret)


def livekit_pid(house: House) -> int:
    config = f"\0--config\0{house.folder / 'livekit' / 'livekit.yaml'}\0"
    found = (pid for pid in os.listdir("/proc") if pid.isdigit() and config in _command(pid))
    return int(next(found, 0))


def _command(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read()
    except OSError:
        return ""


def test_the_banner_says_that_she_can_be_called_and_what_is_embedded(house):
    banner = house.printed()

    assert f"Call her:  {house.url}/admin/practice/" in banner
    assert "a LiveKit server on this machine" in banner
    assert "embedded, without a network" in banner


async def test_she_hears_and_answers_without_any_key(house):
    async with Phone(place(house), house.ask(AGENT)) as caller:
        greeting = await caller.hears(within=30)
        answer = await caller.ask("Where can I park?", within=20)

    assert greeting.says("How can I help you?")
    assert "transcribed" in greeting, greeting
    assert answer.says("There are six free spaces behind the salon")


def test_a_killed_server_is_started_again(house):
    old = wait_for(lambda: livekit_pid(house))

    os.kill(old, signal.SIGKILL)

    wait_for(lambda: livekit_pid(house) not in (0, old), seconds=10)


def test_ctrl_c_stops_the_server_too(house):
    house.runall.send_signal(signal.SIGINT)

    assert house.runall.wait(timeout=8) == 0
    assert livekit_pid(house) == 0
