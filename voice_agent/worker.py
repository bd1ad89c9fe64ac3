"""The agent process: typed calls always, LiveKit's jobs when it is configured, and signs of life."""

import asyncio
import logging
import math
import os
import signal
import socket
import sys
import uuid
from collections.abc import Callable
from contextlib import suppress

os.environ.setdefault("LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE", "0")  # else 244 MB for a model that is not used

from django.conf import settings
from django.db import connections
from livekit.agents import AgentServer, JobContext, JobExecutorType, llm

from knowledge.models import Salon
from knowledge.search import find_answers, write_missing_vectors
from supervision import calls
from voice_agent import capacity, spool
from voice_agent.beats import Beats
from voice_agent.brain import build_brain, note_fallback
from voice_agent.bridge import db_call
from voice_agent.capacity import Board, Door
from voice_agent.forked import LOOK, ORPHANED, Family, freeze, threads
from voice_agent.orphan import Starter, outlive
from voice_agent.pressure import processors
from voice_agent.rehearsal import rehearse
from voice_agent.rescue import Rescue
from voice_agent.spoken_call import SpokenCall
from voice_agent.typed import TypedCalls

log = logging.getLogger(__name__)
UNREGISTERED = "unregistered"  # a server's id until LiveKit has given it one
WARM_UP = "hello"
VECTORS_AT_ONCE = 1000  # two seconds, once; the rest is written by the jobs
LAST_SECONDS = 2  # for what is left to end by itself, once calls may not go on any longer
WATCH_SECONDS = 0.25
SPENT = 300  # jobs: each leaves 0.2 MB behind, so that an idle process makes room for a fresh one
IDLE_SECONDS = 5.0  # without a call


def run(*, drain: bool, say: Callable[[str], None]) -> None:
    """Hold conversations until SIGTERM or SIGINT; with `drain`, calls and turns under way may end first."""
    salon = warm_up()
    if is_livekit_configured():
        warm_up_for_calls()
        rehearse(salon)
        say("Serves typed conversations, and calls from LiveKit.")
    else:
        say("Serves typed conversations; calls need LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.")
    freeze()
    names = threads()
    if names:
        log.error("one process only: these threads would not survive a fork: %s", ", ".join(names))
    if names or not is_livekit_configured():
        return _live(salon, 0, Board(1), drain=drain)
    return Family(lambda slot, board: _live(salon, slot, board, drain=drain), size=settings.AGENT_PROCESSES).run()


def is_livekit_configured() -> bool:
    return bool(settings.LIVEKIT_URL and settings.LIVEKIT_API_KEY and settings.LIVEKIT_API_SECRET)


def warm_up() -> Salon:
    """Load the embedding model and the index before the first caller waits for them, or for a lock to write vectors."""
    write_missing_vectors(VECTORS_AT_ONCE)
    find_answers(WARM_UP)
    return Salon.objects.current()


def warm_up_for_calls() -> None:
    """What the framework and its plugins load once in a process: without a thread, a loop or a socket."""
    import livekit.agents.ipc._preload  # noqa: F401
    from livekit import local_inference
    from livekit.agents import tokenize
    from livekit.plugins import elevenlabs  # noqa: F401  plugins can only be registered on the main thread

    from voice_agent import phrases, speech, turns  # noqa: F401

    if settings.GROQ_API_KEY:
        from livekit.plugins import groq  # noqa: F401

        from voice_agent import groq_client

        groq_client.trust()
    local_inference.init_vad()
    tokenize.basic.hyphenate_word(WARM_UP)  # its table of patterns: 2 MB, else made in the first call of each process


def _live(salon: Salon, slot: int, board: Board, *, drain: bool) -> None:
    asyncio.run(Agent(salon, slot, board).serve(drain=drain))


class Agent:
    """One process of hers, on its own or one of several: its conversations, its signs of life, its end."""

    def __init__(self, salon: Salon, slot: int, board: Board) -> None:
        self.salon = salon
        self.slot = slot
        self.board = board
        self.holder = f"agent-{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    async def serve(self, *, drain: bool) -> None:
        self.stopping = _stop_on_signals()
        self.board.write(self.slot, 0)
        brain = build_brain(on_fallback=note_fallback)
        self.door: Door | None = None
        self.beats = Beats(self.holder, process="agent", detail=lambda held: self._detail(brain))
        with self.beats:
            self.typed = TypedCalls(brain, self.beats)
            jobs = [self.typed.run(self.stopping)]
            if is_livekit_configured():
                server = self._build_server()
                jobs.append(self._run_server(server, drain=drain))
            jobs.append(spool.drain_for_ever(self.stopping, is_well=lambda: not self.beats.had_trouble(within=1.0)))
            jobs.append(self._watch())
            await asyncio.gather(*jobs)
        await brain.aclose()
        await db_call(calls.let_go, holder=self.holder)
        await db_call(connections.close_all)

    def _detail(self, brain: llm.LLM) -> dict:
        """One row for all: what each of them writes there is true of the family."""
        held = self.board.held()
        is_known = bool(self.door and self.door.server.id != UNREGISTERED)
        return {
            "calls": sum(held),
            "processes": len(held),
            "brain": brain.model,
            "registered": is_known,
            "family": self.board.family,
        }

    def _build_server(self) -> AgentServer:
        """LiveKit's worker: jobs in threads (five calls in 190 MB), full by number of calls, not by CPU."""
        server = AgentServer(
            job_executor_type=JobExecutorType.THREAD,
            num_idle_processes=1,
            host="127.0.0.1",
            port=0,
            load_threshold=math.inf,
            load_fnc=lambda: self.door.load(),
            drain_timeout=max(1, round(settings.AGENT_DRAIN.total_seconds())),
            shutdown_process_timeout=LAST_SECONDS,
            max_retry=sys.maxsize,  # typed calls go on while LiveKit is away
            ws_url=settings.LIVEKIT_URL,
            api_key=settings.LIVEKIT_API_KEY,
            api_secret=settings.LIVEKIT_API_SECRET,
        )
        self.door = Door(server, self.board, self.slot)

        async def entrypoint(context: JobContext) -> None:
            if capacity.is_busy_job(context):
                return await capacity.say_busy(context)
            return await SpokenCall(context, self.beats).start()

        name = f"receptionist-{self.salon.uuid}"
        server.rtc_session(entrypoint, agent_name=name, on_request=self.door.answer)
        return server

    async def _run_server(self, server: AgentServer, *, drain: bool) -> None:
        running = asyncio.create_task(server.run())
        rescue = Rescue(self.beats, self.board)
        loop, orphaned, starter = asyncio.get_running_loop(), asyncio.Event(), Starter()
        loop.add_signal_handler(LOOK, rescue.look_now)
        loop.add_signal_handler(ORPHANED, orphaned.set)
        server.on("worker_registered", lambda *_: rescue.look_now())  # now there is room for a dead one's calls
        rescuing = asyncio.create_task(rescue.run())
        outliving = asyncio.create_task(outlive(self, orphaned, starter))
        stop = asyncio.create_task(self.stopping.wait())
        await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
        for task in (stop, rescuing, outliving):
            task.cancel()
        if running.done():
            return running.result()
        if drain:
            with suppress(TimeoutError):
                await server.drain()
        if self.door.held:
            await self._hand_over()
        await server.aclose()
        return await running

    async def _hand_over(self) -> None:
        """Calls under way are as those of a process that has died: another one has them, and says that she is back."""
        log.warning("%s calls go on in another process", self.door.held)
        with suppress(Exception):
            async with asyncio.timeout(LAST_SECONDS):
                await db_call(calls.let_go, holder=self.holder)
        os._exit(0)  # closing the jobs would hang up

    async def _watch(self) -> None:
        """Tell the family how this process is, and leave for a fresh one when its jobs have left too much behind."""
        idle_since = asyncio.get_running_loop().time()
        while not self.stopping.is_set():
            now = asyncio.get_running_loop().time()
            held = self.door.held if self.door else 0
            self.board.write(self.slot, held, len(self.beats.held))
            processors.look()
            if held or self.beats.held:
                idle_since = now
            if self.door and self.door.taken >= SPENT and now - idle_since > IDLE_SECONDS:
                log.info("%s jobs: makes room for a fresh process", self.door.taken)
                self.stopping.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(WATCH_SECONDS):
                    await self.stopping.wait()


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
