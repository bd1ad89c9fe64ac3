"""When a caller's turn has ended: at once where what was said is complete and known, else after a pause for thought."""

import re

from livekit.agents import LanguageCode, llm

from knowledge.search import find_sure_answers
from supervision import screening
from voice_agent import replies
from voice_agent.bridge import db_call
from voice_agent.call import OnCall
from voice_agent.ears import Ears
from voice_agent.small_talk import SmallTalk, recognise

VAD_SILENCE = 0.15  # seconds without speech until the ears are asked for words
MIN_DELAY = 0.2  # seconds from the last word to her answer, where the turn is complete
MAX_DELAY = 1.2  # where it may go on
JOINED_WITHIN = 1.5  # seconds in which more words belong to the turn before
COMPLETE, OPEN = 1.0, 0.0
THRESHOLD = 0.5
_HANGING = re.compile(
    r"""(?:[,;:–—-]|\.\.\.|…)$ | \b(?:
    and|or|but|so|because|cause|um+|uh+|er+m?|hm+|like|if|that|than|then|also|with|without|for|from|to|of|in|on|at|by|
    about|into|until|till|before|after|between|the|an?|my|your|our|his|her|their|this|these|those|some|any|every|
    i|you|we|they|he|she|it's|i'm|i'd|i'll|is|are|was|do|does|did|can|could|would|will|should|may|have|has|had|
    what|what's|when|where|which|who|how|why|want|need|wanna|please\ tell\ me|you\ know|i\ mean|let\ me\ see|
    let\ me\ think|know|wondering|maybe
    )[\s,]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_CAN_HANG = ("to talk to", "what is this about", "what for", "what is it for", "that's what i want", "i don't know")
_GOES_ON = (SmallTalk.GREETING, SmallTalk.WAIT, SmallTalk.ACKNOWLEDGED)  # after these most callers say more


class TurnDetector:
    """LiveKit's turn detector for one call; `ears` are asked first whether all that was said is there."""

    model = "turns"
    provider = "salon"

    def __init__(self, on_call: OnCall, *, ears: Ears | None = None) -> None:
        self.on_call = on_call
        self.ears = ears
        self.unanswered = ""  # the turn before, where what follows would belong to it

    async def unlikely_threshold(self, language: LanguageCode | None) -> float | None:
        return THRESHOLD

    async def supports_language(self, language: LanguageCode | None) -> bool:
        return True

    async def predict_end_of_turn(self, chat_ctx: llm.ChatContext, *, timeout: float | None = None) -> float:
        """COMPLETE or OPEN. Waits for words that are still being recognised: without them a half would be answered."""
        if self.ears:
            await self.ears.understood()
        said = (item for item in reversed(chat_ctx.items) if item.type == "message" and item.role == "user")
        words = next((item.text_content or "" for item in said), "")
        return COMPLETE if await db_call(is_complete, words, self.on_call) else OPEN


def is_complete(words: str, on_call: OnCall) -> bool:
    """Whether these words are a whole turn that she has something to say to. Reads the database."""
    words = words.strip()
    if screening.emergency_in(words):
        return True
    if hangs(words):
        return False
    if on_call.asks and (reply := replies.read(words, asks=on_call.asks)):
        return reply.meaning != replies.Meaning.NUMBER or _is_whole_number(reply.number)
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


def joined(before: str, now: str, *, pause: float, was_cut: bool) -> str:
    """What a turn answers: what followed within `pause` seconds of a turn whose answer was cut off belongs to that.

    `was_cut`: her reply to `before` had not been said whole.
    """
    if not before or not was_cut or pause > JOINED_WITHIN:
        return now
    return f"{before.rstrip()} {now.lstrip()}"


def _is_whole_number(number: str) -> bool:
    return sum(sign.isdigit() for sign in number) >= 10
