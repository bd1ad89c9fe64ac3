"""The agent as a real process, killed and told to end in the middle of a reply."""

import asyncio
import signal
import sqlite3
import time

import pytest

from tests.doubles.groq import SILENCE, Groq
from tests.scratch import Scratch

QUESTION = "Do you offer keratin treatments?"
BEGIN = f"""
from supervision import calls
call = calls.open_call(channel="practice", phone="+14155552671")
said = calls.record_utterance(call, speaker="caller", text="{QUESTION}")
print(said.pk)
"""
REPLY = "select text, finished_at from supervision_utterance where reply_to_id = ?"


class Rows:
    """The scratch database, read from outside."""

    def __init__(self, scratch: Scratch) -> None:
        self.path = scratch.folder / "db.sqlite3"

    def __call__(self, query: str, *values: object) -> list[tuple]:
        database = sqlite3.connect(self.path, timeout=20)
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()

    async def wait_for(self, query: str, *values: object, seconds: float = 40.0) -> list[tuple]:
        async with asyncio.timeout(seconds):
            while not (found := self(query, *values)):
                await asyncio.sleep(0.02)
        return found


@pytest.fixture
async def groq():
    groq = Groq(replies={"first": SILENCE, "second": [("request_help", {"question": "keratin"})]})
    groq.url = await groq.start()
    yield groq
    await groq.stop()


@pytest.fixture
def slow(groq) -> dict[str, str]:
    """Settings with which every reply that needs a model takes more than a second."""
    return {
        "GROQ_API_KEY": "a-key",
        "GROQ_BASE_URL": groq.url,
        "GROQ_MODEL": "first",
        "GROQ_FALLBACK_MODEL": "second",
    }


async def asked(groq: Groq) -> None:
    async with asyncio.timeout(60):
        while not groq.asked:
            await asyncio.sleep(0.01)


async def test_killed_in_the_middle_of_a_reply_nothing_is_lost_or_doubled(scratch, groq, slow):
    rows = Rows(scratch)
    said = await asyncio.to_thread(scratch.ask, BEGIN)
    first = scratch.start("runagent", **slow)
    await asked(groq)

    first.kill()
    first.wait()
    assert rows(REPLY, said) == [("", None)]  # begun, and nothing promised
    second = scratch.start("runagent")
    [(text, _)] = await rows.wait_for(f"{REPLY} and finished_at is not null", said)

    assert "check with my supervisor" in text
    assert rows("select count(*) from supervision_helprequest") == [(1,)]
    assert rows("select count(*) from supervision_utterance where speaker = 'receptionist'") == [(2,)]
    second.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(second.wait, 10) == 0


async def test_told_to_end_it_finishes_the_reply_and_leaves_within_five_seconds(scratch, groq, slow):
    rows = Rows(scratch)
    groq.replies["first"], groq.delay = groq.replies["second"], 0.5
    said = await asyncio.to_thread(scratch.ask, BEGIN)
    agent = scratch.start("runagent", **slow)
    await asked(groq)

    began = time.monotonic()
    agent.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(agent.wait, 10)

    assert code == 0, scratch.printed()
    assert time.monotonic() - began < 5
    [(text, finished_at)] = rows(REPLY, said)
    assert "check with my supervisor" in text
    assert finished_at
    assert "Serves typed conversations" in scratch.printed()
