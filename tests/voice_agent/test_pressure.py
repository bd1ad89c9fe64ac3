"""A machine that is late itself blames no vendor."""

import pytest

from voice_agent.pressure import Pressure


@pytest.fixture
def counted(tmp_path):
    return tmp_path / "cpu"


def looked(counted, *waits: float, share: float) -> Pressure:
    """After a look at the start and one after each of these seconds, in which so much of the time was waiting."""
    now = 0.0
    pressure = Pressure(counted, clock=lambda: now)
    for seconds in (0.0, *waits):
        now += seconds
        look(pressure, now * share)
    return pressure


def look(pressure: Pressure, waited: float) -> None:
    lines = f"some avg10=0.00 avg60=0.00 avg300=0.00 total={waited * 1e6:.0f}", "full avg10=0.00 total=0"
    pressure.counted.write_text("\n".join(lines))
    pressure.look()


def test_waiting_most_of_the_time_is_high_and_doubles_the_patience(counted):
    pressure = looked(counted, *[0.25] * 8, share=0.95)

    assert pressure.is_high
    assert pressure.patience == 2.0


def test_five_calls_on_two_cores_are_not(counted):
    pressure = looked(counted, *[0.25] * 8, share=0.5)

    assert not pressure.is_high
    assert pressure.patience == 1.0


def test_a_moment_says_nothing_yet(counted):
    assert not looked(counted, 0.25, share=1.0).is_high


def test_it_is_over_once_nothing_has_waited_for_two_seconds(counted):
    pressure = looked(counted, *[0.25] * 8, share=0.95)
    pressure.clock = iter((3.0, 4.0)).__next__
    for _ in range(2):
        look(pressure, 2.0 * 0.95)

    assert not pressure.is_high


def test_it_is_never_high_where_nothing_is_counted(counted):
    pressure = Pressure(counted)
    pressure.look()

    assert not pressure.is_high


def test_it_can_be_switched_off(counted, settings):
    settings.AGENT_BUSY_PERCENT = 101

    assert not looked(counted, *[0.25] * 8, share=1.0).is_high
