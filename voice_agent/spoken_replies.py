"""What a caller means who answers by voice: may she ask him to hold, may she text, is the number right; pure.

A transcript may have no punctuation, so phrases are taken from the front one after the other. Whatever is left over
makes an answer unclear: nobody has consented by a word that was taken out of its sentence.
"""

import re
from dataclasses import replace

from supervision import screening
from voice_agent import replies
from voice_agent.replies import Asked, Meaning, Reply
from voice_agent.wordings import Says, taken_apart

_QUESTION = re.compile(
    r"(?:and |but |also |so )*(?:what|where|when|who|why|how|which|is|are|do|does|did|can|could|would|will|should"
    r"|may)\b"
)
_ASKS_BACK = re.compile(
    r"(?:and |but |so )*(?:what|who|why|how|how come|what for|what(?: is|'s) (?:this|that|it)(?: about)?"
    r"|who (?:is this|are you)|what (?:do|did) you (?:mean|say|want)|what was that|are you (?:a robot|there|real))"
)
_AGAIN = re.compile(r"\b(?:start (?:over|again)|begin again|from the (?:start|beginning)|scratch that)\b")
_PART = re.compile(
    r"\b(?:the )?(?:last|first|final) (?:two|three|four|five|six|seven|\d)?(?: digits?| numbers?| ones?)?\b"
)
_AT_START = re.compile(r"\b(?:area code|at the (?:start|beginning|front)|first|begins? with|starts? with)\b")
_AROUND = frozenset((  # said around the digits of a number
    "actually", "again", "and", "answer", "are", "area", "at", "be", "beginning", "begins", "can", "cell",
    "code", "course", "dash", "digit", "digits", "end", "ends", "er", "front", "go", "have", "here", "hyphen",
    "i", "in", "is", "it", "it's", "its", "me", "mobile", "my", "next", "no", "not", "number", "of", "oh", "ok",
    "okay", "on", "other", "phone", "please", "plus", "reach", "ready", "rest", "said", "send", "should", "so",
    "sorry", "space", "start", "starts", "sure", "text", "thank", "thanks", "that", "the", "then", "there",
    "uh", "um", "us", "use", "wait", "well", "with", "yeah", "yes", "you",
))  # fmt: skip
_SLIPS = {"to": "two", "too": "two", "for": "four", "ate": "eight", "won": "one"}
_DIGIT = re.compile(r"\d+|zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple")
WHOLE = 7  # digits from which on they are a number by themselves
SHORT = 3  # words
MOST_LEFT = 5  # words left over after a yes or a no; with more it is something new


def read(words: str, *, asks: dict) -> Reply | None:
    """As `replies.read`, for the questions that she asks in spoken calls."""
    kind = asks.get("kind")
    if kind == Asked.NUMBER:
        reply = _number(words)
    elif kind == Asked.NUMBER_RIGHT:
        reply = _number_right(words)
    elif kind in (Asked.HOLD, Asked.TEXT, Asked.PASS_ON):
        reply = _agreement(words, kind)
    else:
        return replies.read(words, asks=asks)
    return reply and replace(reply, words=words)


def is_about_texts(words: str, *, asks: dict) -> bool:
    """ "Yes, but don't text me", or "no, text me", to a question about texts: a reply to it, and no wish for ever.

    Who has agreed to texts before, and is asked only to hold, takes that back by "don't text me".
    """
    said, rest = taken_apart(words)
    if rest or asks.get("kind") not in (Asked.HOLD, Asked.TEXT):
        return False
    if Says.NO_TEXT in said:
        return bool(asks.get("texts", True))
    return Says.TEXT in said


def wants_another_number(words: str) -> bool:
    """Said by itself, whatever was asked before: "text it to my other number"."""
    said, rest = taken_apart(words)
    return not rest and Says.OTHER in said and not said & {Says.NO, Says.NO_TEXT}


def _asks_more(rest: str) -> bool:
    """Whether what follows a yes or a no is a question of its own; "yes, what?" has not understood hers."""
    return bool(_QUESTION.match(rest)) and not _ASKS_BACK.fullmatch(rest.strip(" ?!.,"))


# --- may she ask him to hold, may she text ------------------------------------------------------------------------


def _agreement(words: str, kind: str) -> Reply | None:
    given = replies.read(words, asks={"kind": Asked.NUMBER})
    said, rest = taken_apart(words)
    if given and given.meaning == Meaning.NUMBER:
        return Reply(Meaning.OTHER_NUMBER, number=given.number, holds=Says.YES in said or None)
    asks_more = _asks_more(rest)
    if not said and _ends_in_a_reply(words):
        return Reply(Meaning.UNCLEAR)
    if not said or (rest and not asks_more and len(rest.split()) > MOST_LEFT):
        return None
    if (rest and not asks_more) or Says.UNSURE in said:
        return Reply(Meaning.UNCLEAR)
    reply = _to_hold(said) if kind == Asked.HOLD else _to_texts(said)
    return replace(reply, rest=replies.without_and(rest))


def _ends_in_a_reply(words: str) -> bool:
    """ "is fine": a recogniser has lost the first word, and nothing is asked by the rest."""
    said = replies.plain(words).split()
    ends = (taken_apart(" ".join(said[at:])) for at in range(1, len(said)))
    is_short = len(said) <= SHORT and "?" not in words
    return is_short and any(not rest and found & {Says.YES, Says.NO} for found, rest in ends)


def _to_hold(said: set[Says]) -> Reply:
    holds, texts = _about_holding(said), _about_texts(said)
    if Says.OTHER in said:
        return Reply(Meaning.OTHER_NUMBER, holds=holds)
    if holds is None and texts is True:
        holds = False  # "just text me"
    if holds is None:
        return Reply(Meaning.UNCLEAR, texts=texts)
    return Reply(Meaning.YES if holds else Meaning.NO, holds=holds, texts=texts)


def _about_holding(said: set[Says]) -> bool | None:
    if said & {Says.HOLDS, Says.NO_HOLD}:
        return None if said >= {Says.HOLDS, Says.NO_HOLD} else Says.HOLDS in said
    if said >= {Says.YES, Says.NO}:
        return False if said & {Says.TEXT, Says.NO_TEXT} else None
    if said & {Says.YES, Says.NO}:
        return Says.YES in said
    return None


def _about_texts(said: set[Says]) -> bool | None:
    """Only a yes that names texts, or that stands alone after a sentence that named them, is one."""
    if said >= {Says.TEXT, Says.NO_TEXT}:
        return None
    if said & {Says.TEXT, Says.NO_TEXT, Says.OWN}:
        return Says.NO_TEXT not in said
    alone = Says.YES in said and not said & {Says.NO, Says.HOLDS, Says.NO_HOLD}
    return True if alone else None


def _to_texts(said: set[Says]) -> Reply:
    if Says.OTHER in said:
        return Reply(Meaning.OTHER_NUMBER)
    texts = _about_texts(said)
    if texts is None and said & {Says.NO, Says.NO_HOLD} and not said & {Says.YES, Says.TEXT}:
        texts = False
    if texts is None:
        return Reply(Meaning.UNCLEAR)
    return Reply(Meaning.YES if texts else Meaning.NO, texts=texts)


# --- a number, said in one go or in several -------------------------------------------------------------------------


def _number(words: str) -> Reply | None:
    digits, _ = _digits(words)
    if _AGAIN.search(words.lower()):
        return Reply(Meaning.AGAIN, number=digits)
    if digits:
        return Reply(Meaning.NUMBER, number=digits)
    said, rest = taken_apart(words)
    if not rest and said:
        return _without_digits(said)
    return replies.read(words, asks={"kind": Asked.NUMBER})


def _without_digits(said: set[Says]) -> Reply:
    if Says.OWN in said:
        return Reply(Meaning.OWN_NUMBER)
    if said & {Says.NO, Says.NO_TEXT} and Says.YES not in said:
        return Reply(Meaning.NO)
    return Reply(Meaning.UNCLEAR)


def _number_right(words: str) -> Reply | None:
    digits, place = _digits(words)
    if digits:
        return Reply(Meaning.NUMBER, number=digits, place="" if len(digits) >= WHOLE else place or "end")
    said, rest = taken_apart(words)
    asks_more = _asks_more(rest)
    if not said and _ends_in_a_reply(words):
        return Reply(Meaning.UNCLEAR)
    if not said or (rest and not asks_more and len(rest.split()) > MOST_LEFT):
        return None
    if said & {Says.OTHER, Says.OWN} and Says.YES not in said:
        return Reply(Meaning.OTHER_NUMBER if Says.OTHER in said else Meaning.OWN_NUMBER)
    if (rest and not asks_more) or Says.UNSURE in said or len(said & {Says.YES, Says.NO}) != 1:
        return Reply(Meaning.UNCLEAR)
    return Reply(Meaning.YES if Says.YES in said else Meaning.NO, rest=replies.without_and(rest))


def _digits(words: str) -> tuple[str, str]:
    """The digits, where hardly anything else is said, and the place of a correction; "" for what there is not."""
    plain = replies.plain(words)
    place = "start" if _AT_START.search(plain) else ""
    said = screening.written(" ".join(_without_slips(_PART.sub(" ", plain).split())), fewest=1)
    around = re.findall(r"[^\W\d_']+(?:'[^\W\d_]+)?", said)
    digits = "".join(re.findall(r"\d", said))
    if not digits or not _AROUND.issuperset(around):
        return "", ""
    is_abroad = re.search(r"\+\s*\d", words) or re.search(r"\bplus \d", said)
    return f"+{digits}" if is_abroad else digits, place


def _without_slips(said: list[str]) -> list[str]:
    """A recogniser hears "two" and "four" as words that sound alike: digits where digits stand around them."""
    heard = list(said)
    for at, word in enumerate(heard):
        before = at > 0 and _DIGIT.fullmatch(heard[at - 1])
        after = at + 1 == len(heard) or _DIGIT.fullmatch(heard[at + 1]) or heard[at + 1] in _SLIPS
        if word in _SLIPS and before and after:
            heard[at] = _SLIPS[word]
    return heard
