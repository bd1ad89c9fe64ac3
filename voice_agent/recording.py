"""A call's sound in a file of this machine, the caller left and she right; never anywhere else."""

import logging
import os
from pathlib import Path

from django.conf import settings
from livekit.agents import AgentSession
from livekit.agents.voice.recorder_io import RecorderIO

from supervision.models import Call

log = logging.getLogger(__name__)


class Recording:
    """Begins once the greeting that says so was heard whole. LiveKit's own option would upload it where it can."""

    def __init__(self, session: AgentSession, call: Call) -> None:
        """Call it after the session has started, before anybody speaks."""
        self.path = settings.RECORDINGS_DIR / name_of(call)
        self.is_dropped = False
        self._recorder = RecorderIO(agent_session=session)
        session.input.audio = self._recorder.record_input(session.input.audio)
        session.output.audio = self._recorder.record_output(session.output.audio)

    async def start(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        await self._recorder.start(output_path=self.path)

    async def close(self) -> str:
        """The file's name; "" where nothing was recorded."""
        await self._recorder.aclose()
        if self.is_dropped:
            return ""
        return self.path.name if self.path.exists() and self.path.stat().st_size else ""

    async def drop(self) -> None:
        """The caller does not want it."""
        self.is_dropped = True
        await self._recorder.aclose()
        _delete(self.path)


def name_of(call: Call) -> str:
    return f"{call.pk}.ogg"


def _delete(path: Path) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        log.debug("a recording was gone already")
