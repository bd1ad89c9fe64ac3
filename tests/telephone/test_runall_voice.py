"""`runall --voice`: a telephone on this machine, with no account and no network."""

import signal

import pytest

from tests.journeys.conftest import House
from tests.scratch import wait_for
from tests.telephone import server


@pytest.fixture
def house(prepared, tmp_path):
    server.program()
    house = House(tmp_path / "var", like=prepared)
    house.runall = house.start("runall", "--voice")
    wait_for(lambda: "Ctrl-C" in house.printed(), seconds=60, describe="the banner of runall")
    yield house
    house.stop()


def test_the_banner_says_that_she_can_be_called_and_what_is_embedded(house):
    banner = house.printed()

    assert f"Call her:  {house.url}/admin/practice/" in banner
    assert "a LiveKit server on this machine" in banner
    assert "embedded, without a network" in banner
    assert "Not up yet" not in banner

    house.runall.send_signal(signal.SIGINT)
    assert house.runall.wait(timeout=8) == 0
