"""The agent process: typed calls always, LiveKit's jobs when it is configured, and signs of life."""

import asyncio
import gc
import logging
import math
import os
import signal
import socket
import sys
import uuid
from collections.abc import Callable

os.environ.setdefault("LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE", "0")  # else 244 MB for a model that is not used

from django.conf import settings
from livekit.agents import AgentServer, JobContext, JobExecutorType, JobRequest

from knowledge.models import Salon
from knowledge.search import find_answers
from voice_agent.beats import Beats
from voice_agent.brain import build_brain, note_fallback
from voice_agent.bridge import db_call
from voice_agent.spoken_call import SpokenCall
from voice_agent.typed import TypedCalls

log = logging.getLogger(__name__)
DRAIN_SECONDS = 4
WARM_UP = "hello"


async def serve(*, drain: bool, say: Callable[[str], None]) -> None:
    """Hold conversations until SIGTERM or SIGINT; with `drain`, calls and turns under way may end first."""
    stopping = _stop_on_signals()
    salon = await db_call(warm_up)
    brain = build_brain(on_fallback=note_fallback)
    holder = f"agent-{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    beats = Beats(holder, process="agent", detail=lambda held: {"calls": held, "brain": brain.model})
    with beats:
        jobs = [TypedCalls(brain, beats).run(stopping)]
        if is_livekit_configured():
            jobs.append(_run_server(build_server(salon, beats), stopping, drain=drain))
            say("Serves typed conversations, and calls from LiveKit.")
        else:
            say("Serves typed conversations; calls need LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.")
        await asyncio.gather(*jobs)
    await brain.aclose()


def is_livekit_configured() -> bool:
    return bool(settings.LIVEKIT_URL and settings.LIVEKIT_API_KEY and settings.LIVEKIT_API_SECRET)


def build_server(salon: Salon, beats: Beats) -> AgentServer:
    """LiveKit's worker: jobs in threads (five calls in 190 MB), full by number of calls, not by CPU."""
    from livekit.plugins import elevenlabs  # noqa: F401  plugins can only be registered on the main thread

    server = AgentServer(
        job_executor_type=JobExecutorType.THREAD,
        num_idle_processes=1,
        host="127.0.0.1",
        port=0,
        load_threshold=math.inf,
        load_fnc=lambda worker: min(len(worker.active_jobs) / settings.AGENT_MAX_CALLS, 1.0),
        drain_timeout=DRAIN_SECONDS,
        shutdown_process_timeout=DRAIN_SECONDS,
        max_retry=sys.maxsize,  # typed calls go on while LiveKit is away
        ws_url=settings.LIVEKIT_URL,
        api_key=settings.LIVEKIT_API_KEY,
        api_secret=settings.LIVEKIT_API_SECRET,
    )

    async def entrypoint(context: JobContext) -> None:
        await SpokenCall(context, beats).start()

    server.rtc_session(entrypoint, agent_name=f"receptionist-{salon.uuid}", on_request=Door(server).answer)
    return server


class Door:
    """Takes jobs while there is room; what has been accepted but not started yet counts."""

    def __init__(self, server: AgentServer) -> None:
        self.server = server
        self.coming = 0

    async def answer(self, request: JobRequest) -> None:
        if len(self.server.active_jobs) + self.coming >= settings.AGENT_MAX_CALLS:
            await request.reject(terminate=False)
            return
        self.coming += 1
        try:
            await request.accept(identity=f"agent-{request.id}", name="Receptionist")
        finally:
            self.coming -= 1


async def _run_server(server: AgentServer, stopping: asyncio.Event, *, drain: bool) -> None:
    running = asyncio.create_task(server.run())
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if running.done():
        return running.result()
    if drain:
        try:
            await server.drain()
        except TimeoutError:
            log.warning("calls were still under way when this process had to stop")
    await server.aclose()
    return await running


def warm_up() -> Salon:
    """Load the embedding model and the index before the first caller waits for them.

    What is loaded by then stays, so the collector is told to leave it alone: a pass over it takes longer than a turn.
    """
    find_answers(WARM_UP)
    gc.collect()
    gc.freeze()
    return Salon.objects.current()


def _stop_on_signals() -> asyncio.Event:
    """A second signal ends the process at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    return stopping
