"""The agent with LiveKit configured, against a double of its agent socket."""

import asyncio
import signal

import pytest

from tests.doubles.livekit_server import KEY, SECRET, LiveKitServer
from tests.journeys.test_typed import Rows


@pytest.fixture
async def livekit():
    server = LiveKitServer()
    server.url = await server.start()
    yield server
    await server.stop()


async def test_it_registers_takes_jobs_that_reach_the_database_and_drains(scratch, livekit):
    rows = Rows(scratch)
    settings = {"LIVEKIT_URL": livekit.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    agent = scratch.start("runagent", **settings, AGENT_MAX_CALLS="1")

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
