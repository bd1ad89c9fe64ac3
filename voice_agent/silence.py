"""Asks a caller who says nothing whether he is still there, and ends the call when he says nothing to that either."""

import asyncio
from collections.abc import Awaitable, Callable

from livekit.agents import AgentSession

from voice_agent.hold import is_quiet


class Silence:
    """`ask(times)` is awaited after each silence of `seconds`: 1, 2, …; any sound of the caller begins anew."""

    def __init__(
        self, session: AgentSession, *, seconds: float, ask: Callable[[int], Awaitable[None]], may: Callable[[], bool]
    ) -> None:
        """`may` is False while something is waited for together: then silence means nothing."""
        self.session = session
        self.seconds = seconds
        self.ask = ask
        self.may = may
        self.times = 0
        self._timer: asyncio.Task | None = None
        session.on("user_state_changed", self._user_changed)
        session.on("agent_state_changed", self._agent_changed)

    def heard(self) -> None:
        """The caller has given a sign of life."""
        self.times = 0
        self._restart()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _user_changed(self, event) -> None:
        if event.new_state == "speaking":
            self.times = 0
            self.close()
        else:
            self._restart()

    def _agent_changed(self, event) -> None:
        self._restart() if event.new_state == "listening" else self.close()

    def _restart(self) -> None:
        self.close()
        self._timer = asyncio.create_task(self._wait(), name="silence")

    async def _wait(self) -> None:
        await asyncio.sleep(self.seconds)
        if not is_quiet(self.session) or not self.may():  # something may be about to be said
            self._restart()
            return
        self.times += 1
        self._timer = None  # what is said now must not cancel the saying
        await self.ask(self.times)
