"""An agent process without a parent."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async

from supervision import health
from voice_agent import orphan
from voice_agent.orphan import outlive


class Starter:
    gone = False

    def is_gone(self) -> bool:
        return self.gone


class Agent:
    """With one call."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.board = SimpleNamespace(family="mine")
        self.door = SimpleNamespace(held=1, is_closed=False)
        self.beats = SimpleNamespace(process="agent")


@pytest.fixture
async def agent(transactional_db, monkeypatch):
    """Whose parent is gone, with whoever has started it."""
    monkeypatch.setattr(orphan, "LOOK_SECONDS", 0.02)
    found, orphaned = Agent(), asyncio.Event()
    found.starter = Starter()
    outliving = asyncio.create_task(outlive(found, orphaned, found.starter))
    orphaned.set()
    yield found
    outliving.cancel()


async def registered(family: str, *, registered: bool = True) -> None:
    await sync_to_async(health.beat)("agent", {"family": family, "registered": registered})


async def looks(agent: Agent) -> bool:
    """A few times; whether it will stop."""
    deadline = time.monotonic() + 0.5
    while not agent.stopping.is_set() and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    return agent.stopping.is_set()


async def test_it_goes_on_and_takes_calls_while_nobody_else_is_there(agent):
    await registered("mine")  # a sibling's, or its own of just before

    assert not await looks(agent)
    assert not agent.door.is_closed


async def test_it_no_longer_says_that_an_agent_is_there(agent):
    await looks(agent)

    assert not agent.beats.process


async def test_it_waits_for_another_one_until_livekit_knows_that(agent):
    await registered("another", registered=False)
    assert not await looks(agent)

    await registered("another")

    assert await looks(agent)


async def test_whoever_has_started_it_is_gone_too_it_takes_no_more_and_ends_with_its_last_call(agent):
    agent.starter.gone = True
    assert not await looks(agent)
    assert agent.door.is_closed

    agent.door.held = 0

    assert await looks(agent)


async def test_where_nobody_starts_another_one_it_takes_no_more_after_a_while(agent, monkeypatch):
    monkeypatch.setattr(orphan, "PATIENCE", 0.0)

    assert not await looks(agent)
    assert agent.door.is_closed
