"""The agent process: typed calls always, LiveKit's jobs when it is configured, and signs of life."""

import asyncio
import logging
import os
import signal
import socket
import uuid
from collections.abc import Callable

os.environ.setdefault("LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE", "0")  # else 244 MB for a model that is not used

from django.conf import settings

from knowledge.search import find_answers
from voice_agent.beats import Beats
from voice_agent.brain import build_brain, note_fallback
from voice_agent.bridge import db_call
from voice_agent.typed import TypedCalls

log = logging.getLogger(__name__)
WARM_UP = "hello"


async def serve(*, drain: bool, say: Callable[[str], None]) -> None:
    """Hold conversations until SIGTERM or SIGINT; with `drain`, turns that are under way are finished first."""
    stopping = _stop_on_signals()
    await db_call(find_answers, WARM_UP)  # loads the embedding model and the index before the first caller waits
    brain = build_brain(on_fallback=note_fallback)
    holder = f"agent-{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    beats = Beats(holder, process="agent", detail=lambda held: {"calls": held, "brain": brain.model})
    with beats:
        jobs = [TypedCalls(brain, beats).run(stopping)]
        if is_livekit_configured():
            from voice_agent.jobs import run_server

            jobs.append(run_server(stopping, drain=drain))
            say("Serves typed conversations, and calls from LiveKit.")
        else:
            say("Serves typed conversations; calls need LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.")
        await asyncio.gather(*jobs)


def is_livekit_configured() -> bool:
    return bool(settings.LIVEKIT_URL and settings.LIVEKIT_API_KEY and settings.LIVEKIT_API_SECRET)


def _stop_on_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    return stopping
