"""When a caller's turn has ended: at once where what was said is complete and known, else after a pause for thought."""

import asyncio
import re
import time
from collections.abc import Collection
from dataclasses import dataclass

from livekit.agents import LanguageCode, llm

from knowledge.search import find_sure_answers
from supervision import screening
from voice_agent import hearing, replies, spoken_replies
from voice_agent.bridge import db_call
from voice_agent.call import OnCall
from voice_agent.ears import Ears
from voice_agent.questions import starts_a_question
from voice_agent.small_talk import SmallTalk, recognise
from voice_agent.turn import Turn

VAD_SILENCE = 0.15  # seconds without speech until the ears are asked for words
MIN_DELAY = 0.2  # seconds from the last word to her answer, where the turn is complete
MAX_DELAY = 1.2  # where it may go on
JOINED_WITHIN = 1.5  # seconds in which more words belong to the turn before
GOES_ON_WITHIN = 8.0  # seconds from the turn before to the end of what may belong to it
DECIDED_WITHIN = 0.8  # seconds for which a decision that has begun is waited for
LOOK = 0.02
ANSWERS = {"answer", "do_you_mean"}  # the tools that say something to these words; after others more may come
COMPLETE, OPEN = 1.0, 0.0
THRESHOLD = 0.5
_HANGING = re.compile(
    r"""(?:[,;:–—-]|\.\.\.|…)$ | \b(?:
    and|or|but|so|because|cause|um+|uh+|er+m?|hm+|like|if|that|than|then|also|with|without|for|from|to|of|in|on|at|by|
    about|into|until|till|before|after|between|the|an?|my|your|our|his|her|their|this|these|those|some|any|every|
    i|you|we|they|he|she|it's|i'm|i'd|i'll|is|are|was|do|does|did|can|could|would|will|should|may|have|has|had|
    what|what's|when|where|whether|which|who|how|why|want|need|wanna|tell\ me|you\ know|i\ mean|let\ me\ see|
    let\ me\ think|know|wondering|maybe|ask|asking|question\ is
    )[\s,]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_CAN_HANG = (
    "to talk to",
    "what is this about",
    "what for",
    "what is it for",
    "i don't know",
    "thank you",
    "see you",
    "are you",
)
_GOES_ON = (SmallTalk.GREETING, SmallTalk.WAIT, SmallTalk.ACKNOWLEDGED)  # after these most callers say more


class TurnDetector:
    """LiveKit's turn detector for one call; `ears` are asked first whether all that was said is there."""

    model = "turns"
    provider = "salon"

    def __init__(self, on_call: OnCall, *, ears: Ears | None = None, lately: Collection[Turn] = ()) -> None:
        """`lately` are the turns for which a decision has begun; the reply to words that may be all begins early."""
        self.on_call = on_call
        self.ears = ears
        self.lately = lately

    async def unlikely_threshold(self, language: LanguageCode | None) -> float | None:
        return THRESHOLD

    async def supports_language(self, language: LanguageCode | None) -> bool:
        return True

    async def predict_end_of_turn(self, chat_ctx: llm.ChatContext, *, timeout: float | None = None) -> float:
        """COMPLETE or OPEN. Waits for words that are still being recognised: without them a half would be answered."""
        if self.ears:
            await self.ears.understood()
        earlier = chat_ctx.copy()
        words = earlier.items.pop().text_content or "" if _is_caller(earlier.items[-1:]) else ""
        before = cut_off(earlier)
        if await db_call(self._is_complete, words, before):
            return COMPLETE
        return OPEN if hangs(words) or not await self._is_answerable(words) else COMPLETE

    async def _is_answerable(self, words: str) -> bool:
        """Whether the model has decided, or does so soon, that something stored answers these words."""
        for _ in range(round(DECIDED_WITHIN / LOOK)):
            decided = next((turn.tools for turn in reversed(self.lately) if _same(turn.words, words)), None)
            if decided is not None:
                return bool(decided) and set(decided) <= ANSWERS
            await asyncio.sleep(LOOK)
        return False

    def _is_complete(self, words: str, before: "CutOff | None") -> bool:
        if is_complete(words, self.on_call):
            return True
        goes_on = before and not self.on_call.asks and time.time() - before.ended_at < GOES_ON_WITHIN
        return (
            bool(goes_on)
            and not hangs(words)
            and is_complete(joined(before.words, words, pause=0.0, was_cut=True), self.on_call)
        )


@dataclass(frozen=True)
class CutOff:
    """A turn whose answer the caller has not heard to its end; `ended_at` by the clock of `time.time`."""

    words: str
    ended_at: float


def cut_off(chat_ctx: llm.ChatContext) -> CutOff | None:
    """The last turn of this conversation, if that is one."""
    messages = [item for item in chat_ctx.items if item.type == "message" and item.role in ("user", "assistant")]
    if messages and messages[-1].role == "assistant" and messages[-1].interrupted:
        messages.pop()
    if not _is_caller(messages[-1:]):
        return None
    return CutOff(messages[-1].text_content or "", (messages[-1].metrics or {}).get("stopped_speaking_at") or 0.0)


def _is_caller(last: list[llm.ChatItem]) -> bool:
    return bool(last) and last[0].type == "message" and last[0].role == "user"


def is_complete(words: str, on_call: OnCall) -> bool:
    """Whether these words are a whole turn that she has something to say to. Reads the database."""
    words = words.strip()
    if len(words) > screening.TURN_LIMIT or screening.emergency_in(words):  # what is said beyond it is not read
        return True
    if hangs(words):
        return False
    if on_call.asks and (reply := spoken_replies.read(hearing.as_written(words), asks=on_call.asks)):
        is_part = reply.meaning == replies.Meaning.NUMBER and not reply.place
        return not is_part or _is_whole_number(on_call.asks.get("digits", "") + reply.number)
    kind = recognise(words)
    if kind:
        return kind not in _GOES_ON
    return find_sure_answers(words) is not None


def hangs(words: str) -> bool:
    """Whether more must come: "I'd like to know if", "um", "a haircut and"."""
    bare = re.sub(r"[.!?]+$", "", words) if not words.endswith("...") else words
    if bare.lower().endswith(_CAN_HANG):
        return False
    return not words or (bool(_HANGING.search(bare)) and not words.endswith("?"))


def _same(one: str, other: str) -> bool:
    """The same words: the sign at their end, and what is masked in them, may differ."""
    first, second = (re.findall(r"[^\W\d_]+", words.lower()) for words in (one, other))
    return first == second


def joined(before: str, now: str, *, pause: float, was_cut: bool) -> str:
    """What a turn answers: what followed within `pause` seconds of a turn whose answer was cut off belongs to that.

    `was_cut`: her reply to `before` had not been said whole.
    """
    if not before or not was_cut or pause > JOINED_WITHIN:
        return now
    if not starts_a_question(now):  # the recogniser took the first half for a sentence
        before = before.rstrip(" .?!")
    return f"{before.rstrip()} {now.lstrip()}"


def _is_whole_number(number: str) -> bool:
    return sum(sign.isdigit() for sign in number) >= 10
