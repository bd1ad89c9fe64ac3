"""What follows what was said: the end of a call only where the caller has nothing more to say."""

import asyncio
from types import SimpleNamespace

import pytest

from supervision.models import Call
from voice_agent.attendant import Attendant
from voice_agent.tasks import Tasks
from voice_agent.turn import After, Said

GOODBYE = Said("Thank you for calling. Goodbye!", after=After.HANG_UP)


@pytest.fixture
def ended() -> list[str]:
    """Why she hung up."""
    return []


def attendant(ended: list[str], *, silences: int = 0) -> Attendant:
    async def hang_up(because: str) -> None:
        ended.append(because)

    line = SimpleNamespace(hang_up=hang_up)
    found = Attendant(line, SimpleNamespace(call=Call()), Tasks("a room"))
    found.silence = SimpleNamespace(times=silences)
    return found


async def test_her_goodbye_ends_the_call(ended):
    attendant(ended).follow(GOODBYE, True)
    await asyncio.sleep(0)

    assert ended == [Call.EndedBecause.GOODBYE]


async def test_a_caller_who_speaks_into_her_goodbye_has_something_more_to_say(ended):
    attendant(ended).follow(GOODBYE, False)
    await asyncio.sleep(0)

    assert ended == []


async def test_the_goodbye_to_a_silent_caller_says_why(ended):
    attendant(ended, silences=3).follow(GOODBYE, True)
    await asyncio.sleep(0)

    assert ended == [Call.EndedBecause.SILENCE]
