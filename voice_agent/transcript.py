"""A spoken call as rows: of her words what the caller heard, of his words all of them, in order."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from livekit.agents import llm

from supervision import calls
from supervision.models import Message, Utterance
from voice_agent.bridge import db_call
from voice_agent.call import OnCall
from voice_agent.turn import Said, Turn

log = logging.getLogger(__name__)
Speaker = Utterance.Speaker
KEPT = 20  # sayings whose words may still come
PARTS = {  # of a reply's latency: LiveKit's names
    "turn_end": ("user", "end_of_turn_delay"),
    "hearing": ("user", "transcription_delay"),
    "thinking": ("assistant", "llm_node_ttft"),
    "voice": ("assistant", "tts_node_ttfb"),
    "total": ("assistant", "e2e_latency"),
}


@dataclass
class Saying:
    """Words that she is about to say outside a turn; `row` is None until some of them have been heard."""

    said: Said
    message: Message | None = None
    row: Utterance | None = None
    noted: asyncio.Event = field(default_factory=asyncio.Event)


class Transcript:
    """Writes rows one after the other in a task of its own: nobody waits for the database to go on speaking."""

    def __init__(
        self, on_call: OnCall, lately: Iterable[Turn], *, on_said: Callable[[Said, bool], None] = lambda *_: None
    ) -> None:
        """`on_said` is called with what has been said, and whether all of it was heard."""
        self.on_call = on_call
        self.on_said = on_said
        self._lately = lately
        self._sayings: deque[Saying] = deque(maxlen=KEPT)
        self._user_metrics: dict = {}
        self._items: asyncio.Queue[tuple[llm.ChatMessage, dict] | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(), name="transcript")

    def expect(self, saying: Saying) -> Saying:
        self._sayings.append(saying)
        return saying

    def note(self, item: llm.ChatItem) -> None:
        """What LiveKit adds to the conversation: hers once it was played or cut off."""
        if not isinstance(item, llm.ChatMessage):
            return
        if item.role == "user":
            self._user_metrics = dict(item.metrics or {})
        elif item.role == "assistant":
            self._items.put_nowait((item, self._user_metrics))
            self._user_metrics = {}

    async def close(self) -> None:
        """Write what waits, and no more."""
        self._items.put_nowait(None)
        await self._task

    async def _run(self) -> None:
        while found := await self._items.get():
            try:
                await self._write(*found)
            except Exception as error:
                log.error("her words could not be stored: %s", type(error).__name__)

    async def _write(self, item: llm.ChatMessage, user_metrics: dict) -> None:
        text, whole = item.text_content or "", not item.interrupted
        saying = next((one for one in reversed(self._sayings) if not one.row and _is_of(text, one.said)), None)
        turn = None if saying else self._turn_of(text)
        said = saying.said if saying else turn.outcome if turn else Said(text)
        latency = _latency({"user": user_metrics, "assistant": item.metrics or {}})
        try:
            row = await db_call(
                _record, self.on_call, text, said, message=saying and saying.message, whole=whole, latency=latency
            )
            if saying:
                saying.row = row
        finally:
            if saying:
                saying.noted.set()
            self.on_call.remember(said=text, asks=said.asks)
            if turn:
                turn.leave_for_the_next(self.on_call)
            self.on_said(said, whole)

    def _turn_of(self, text: str) -> Turn | None:
        """The turn whose words these are the beginning of; None where nobody decided them."""
        return next((turn for turn in reversed(list(self._lately)) if _is_of(text, turn.outcome)), None)


def _is_of(text: str, said: Said) -> bool:
    """Whether these words begin as hers do: an interrupted reply is cut anywhere, also inside a word."""
    heard, meant = "".join(text.split()), "".join(said.text.split())
    return bool(heard) and meant.startswith(heard.removesuffix("…"))


def _record(
    on_call: OnCall, text: str, said: Said, *, message: Message | None, whole: bool, latency: dict
) -> Utterance | None:
    if on_call.call.off_the_record and not (message or said.promise):
        return None  # what she has told or promised is on record all the same
    row = calls.record_utterance(
        on_call.call, speaker=Speaker.RECEPTIONIST, text=text, asks=said.asks, promise=said.promise, message=message,
        citations=said.citations, interrupted=not whole, latency=latency,
    )  # fmt: skip
    if whole:
        calls.record_confirmation(row)
    return row


def _latency(metrics: dict[str, dict]) -> dict[str, int]:
    """The parts that are known, in whole milliseconds."""
    known = ((name, metrics[of].get(key)) for name, (of, key) in PARTS.items())
    return {name: round(seconds * 1000) for name, seconds in known if seconds is not None}
