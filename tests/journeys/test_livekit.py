"""The agent with LiveKit configured, against a double of its agent socket."""

import asyncio
import signal

import pytest

from tests.doubles.livekit_server import KEY, SECRET, LiveKitServer
from tests.journeys.test_typed import Rows

BEGIN = """
from supervision import calls
call = calls.open_call(channel="practice", phone="+14155552671")
print(calls.record_utterance(call, speaker="caller", text="What are your opening hours?").pk)
"""


@pytest.fixture
async def livekit():
    server = LiveKitServer()
    server.url = await server.start()
    yield server
    await server.stop()


def keys(livekit: LiveKitServer) -> dict[str, str]:
    return {"LIVEKIT_URL": livekit.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}


async def test_it_registers_takes_jobs_that_reach_the_database_and_drains(scratch, livekit):
    rows = Rows(scratch)
    agent = scratch.start("runagent", **keys(livekit), AGENT_MAX_CALLS="1")

    registered = await livekit.expect("register")
    [(salon,)] = rows("select uuid from knowledge_salon")
    assert registered["agentName"].replace("-", "") == f"receptionist{salon}"

    job = await livekit.offer("call-1")
    await livekit.expect("availability", jobId=job, available=True)
    await livekit.expect("update_job", jobId=job, status="JS_RUNNING")
    # The double has no rooms: the call that could not be joined is on record all the same.
    [(channel,)] = await rows.wait_for("select channel from supervision_call where state = 'lost'", seconds=60)
    assert channel == "phone"

    agent.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(agent.wait, 15) == 0, scratch.printed()
    assert "Serves typed conversations, and calls from LiveKit." in scratch.printed()


async def test_two_agents_are_forked_from_a_parent_without_threads_and_answer_as_one(scratch, livekit):
    rows = Rows(scratch)
    agent = scratch.start("runagent", **keys(livekit), AGENT_PROCESSES="2")

    async with asyncio.timeout(60):
        while sum(kind == "register" for kind, _ in livekit.received) < 2:
            await asyncio.sleep(0.05)
    said = await asyncio.to_thread(scratch.ask, BEGIN)
    query = "select text from supervision_utterance where reply_to_id = ? and finished_at is not null"
    assert await rows.wait_for(query, said)

    assert "would not survive" not in scratch.printed()
    assert await rows.wait_for("""select 1 from supervision_heartbeat where detail like '%"processes": 2%'""")
    assert rows("select count(*) from supervision_utterance where speaker = 'receptionist'") == [(2,)]
    agent.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(agent.wait, 10) == 0, scratch.printed()
