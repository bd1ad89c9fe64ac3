"""What a supervisor answers while the caller is still there, and the soft sound that he hears until then."""

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from livekit import rtc
from livekit.agents import AgentSession

from supervision import calls
from voice_agent.beside import RATE, Beside, Sound
from voice_agent.bridge import db_call

if TYPE_CHECKING:
    from supervision.models import Utterance
    from voice_agent.conversation import Conversation

NOTES = (392.0, 493.9)  # Hz: g and b, one after the other
NOTE_SECONDS = 1.2
FRAME = RATE // 50
LOUDNESS = 2200  # of 32,767
DWELL_SECONDS = 0.2  # the line must be quiet for so long, else she speaks before the caller's own answer
LOOK_SECONDS = 0.05


async def tell_news(conversation: "Conversation") -> AsyncIterator["Utterance"]:
    """Type each message that is held for this call, oldest first; yields the rows of what was said."""
    for message in await db_call(calls.news, conversation.on_call.call):
        if row := await conversation.tell(message):
            yield row


async def wait_for_quiet(session: AgentSession, *, seconds: float = DWELL_SECONDS) -> None:
    """Until nobody has spoken, and nothing has been about to be said, for so long.

    LiveKit's own `wait_for_idle` is cancelled from within when the caller goes on talking.
    """
    quiet = 0.0
    while quiet < seconds:
        await asyncio.sleep(LOOK_SECONDS)
        quiet = quiet + LOOK_SECONDS if is_quiet(session) else 0.0


def is_quiet(session: AgentSession) -> bool:
    is_listening = session.agent_state == "listening" and session.user_state != "speaking"
    return is_listening and session.current_speech is None


class HoldSound:
    """Sounds while it is wanted and nobody speaks: silence would be taken for a dead line, by people and carriers."""

    def __init__(self, session: AgentSession, beside: Beside) -> None:
        self.session = session
        self.beside = beside
        self.is_wanted = False
        self._playing: Sound | None = None
        session.on("agent_state_changed", lambda event: self._look())
        session.on("user_state_changed", lambda event: self._look())

    def start(self) -> None:
        self.is_wanted = True
        self._look()

    def stop(self) -> None:
        self.is_wanted = False
        self._look()

    def _look(self) -> None:
        wanted = self.is_wanted and self.session.agent_state == "listening" and self.session.user_state != "speaking"
        if wanted and not self._playing:
            self._playing = self.beside.play(_notes())
        elif not wanted and self._playing:
            self._playing.stop()
            self._playing = None


async def _notes() -> AsyncIterator[rtc.AudioFrame]:
    """For ever, beginning with sound."""
    while True:
        for frame in _melody():
            yield rtc.AudioFrame(frame, RATE, 1, FRAME)


@cache
def _melody() -> tuple[bytes, ...]:
    time = np.arange(int(RATE * NOTE_SECONDS)) / RATE
    notes = [np.sin(2 * np.pi * pitch * time) * np.exp(-2.5 * time) * np.minimum(1, time / 0.02) for pitch in NOTES]
    samples = (np.concatenate(notes) * LOUDNESS).astype(np.int16)
    return tuple(samples[at : at + FRAME].tobytes() for at in range(0, len(samples) - FRAME + 1, FRAME))
