"""Who is in the room beside her: keys arrive faster than a database answers, and lines are lost."""

import asyncio
from types import SimpleNamespace

import pytest
from livekit.rtc import ConnectionQuality

from voice_agent import company
from voice_agent.company import Company
from voice_agent.tasks import Tasks


async def test_keys_are_read_in_the_order_in_which_they_were_pressed(monkeypatch):
    read: list[str] = []

    async def db_call(verb, digit: str, on_call) -> None:
        await asyncio.sleep(0.03 if digit == "4" else 0)
        read.append(digit)

    monkeypatch.setattr(company, "db_call", db_call)
    attendant = SimpleNamespace(hear_from=lambda: None)
    here = Company(SimpleNamespace(is_quiet=False, on_call=None), attendant, Tasks("a room"))

    await asyncio.gather(*(here._pressed(digit) for digit in "415"))

    assert "".join(read) == "415"


def supervisor(name: str, quality: ConnectionQuality) -> SimpleNamespace:
    return SimpleNamespace(identity=f"desk-{name}", connection_quality=quality)


@pytest.mark.parametrize(("others", "is_back"), [((), True), ((ConnectionQuality.QUALITY_GOOD,), False)])
async def test_a_lost_line_gives_the_call_back_unless_a_supervisor_is_there(monkeypatch, others, is_back):
    """The same one in another window, or a colleague."""
    done: list[str] = []

    async def db_call(verb, call, *, reason: str) -> None:
        done.append(reason)

    monkeypatch.setattr(company, "db_call", db_call)
    lost = supervisor("1-ab", ConnectionQuality.QUALITY_LOST)
    there = {one.identity: one for one in [lost, *(supervisor("1-cd", quality) for quality in others)]}
    context = SimpleNamespace(room=SimpleNamespace(remote_participants=there))
    attendant = SimpleNamespace(watcher=SimpleNamespace(ring=lambda: None))
    tasks = Tasks("a room")
    here = Company(SimpleNamespace(is_quiet=True, call=None, context=context), attendant, tasks)

    here._is_heard(lost, ConnectionQuality.QUALITY_LOST)
    await asyncio.gather(*tasks._running)

    assert done == (["the supervisor's line was lost"] if is_back else [])
