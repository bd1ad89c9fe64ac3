"""Never silent: whatever has failed, the caller hears something true within four seconds."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from livekit.agents import AgentSession

log = logging.getLogger(__name__)
FIRST_SECONDS = 2.2  # after the caller's last word, then a recorded "one moment"
NOISE_SECONDS = 1.0  # what was shorter and has yielded no words was none
LAST_SECONDS = 5.2  # then whatever was to be said is given up, and the caller is asked to say it again


class Guard:
    """Armed while the caller waits for her, disarmed by her first sound; knows neither ears nor model nor voice."""

    def __init__(
        self,
        session: AgentSession,
        *,
        soothe: Callable[[], None],
        apologise: Callable[[], Awaitable[None]],
        may: Callable[[], bool],
        listens: Callable[[], bool] = lambda: True,
    ) -> None:
        """`soothe` plays "one moment" beside the session; `apologise` gives up the reply and says so.

        `may` is False while nobody waits for her voice: on hold, or with a person. `listens` is True while what was
        said may still turn out to be words: a door that slams asks nothing.
        """
        self.session = session
        self.soothe = soothe
        self.apologise = apologise
        self.may = may
        self.listens = listens
        self._began_at = self._spoke_for = 0.0  # the caller
        self._has_words = False  # that she has not replied to
        self._task: asyncio.Task | None = None
        session.on("user_state_changed", self._user_changed)
        session.on("agent_state_changed", self._agent_changed)
        session.on("user_input_transcribed", self._understood)
        session.on("error", self._failed)

    def close(self) -> None:
        if self._task and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None

    def arm(self) -> None:
        """The caller waits from now on."""
        self.close()
        self._task = asyncio.create_task(self._watch(), name="guard")

    def _user_changed(self, event) -> None:
        if event.new_state == "speaking":
            self._began_at = time.monotonic()
            self.close()
        elif event.old_state == "speaking":
            self._spoke_for = time.monotonic() - self._began_at
            self.arm()

    def _agent_changed(self, event) -> None:
        if event.new_state == "speaking":
            self._has_words = False
            self.close()

    def _understood(self, event) -> None:
        self._has_words |= bool(event.is_final and event.transcript.strip())

    def _failed(self, event) -> None:
        """An error that LiveKit does not repeat: her reply is lost."""
        kind = getattr(event.error, "type", "")
        log.warning("a part of the call failed: %s", kind or type(event.error).__name__)
        if not getattr(event.error, "recoverable", True) and kind in ("llm_error", "tts_error"):
            self.close()
            self._task = asyncio.create_task(self._give_up(), name="guard")

    async def _watch(self) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        if not self._is_waited_for():
            return
        self.soothe()
        await asyncio.sleep(LAST_SECONDS - FIRST_SECONDS)
        if self._is_waited_for():
            await self._give_up()

    def _is_waited_for(self) -> bool:
        return self.may() and (self._has_words or self.listens() or self._spoke_for > NOISE_SECONDS)

    async def _give_up(self) -> None:
        if self.may() and self.session.agent_state != "speaking":
            await self.apologise()
