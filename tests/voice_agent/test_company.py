"""Who is in the room beside her: keys arrive faster than a database answers."""

import asyncio
from types import SimpleNamespace

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
