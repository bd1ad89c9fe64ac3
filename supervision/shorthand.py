"""What a supervisor means by a text: a pure reading of what thumbs type, in which doubt is never an answer."""

import re
from dataclasses import dataclass
from enum import Enum

from supervision import segments
from supervision.screening import texted

# Said to whoever has just written, not to a caller who waits for an answer.
TO_US = {
    "ok", "okay", "k", "kk", "thanks", "thank you", "thx", "ty", "got it", "on it", "will do", "noted", "hi", "hello",
    "hey", "test", "wait", "one moment", "one sec", "sec", "on my way", "cool", "great", "perfect", "nice",
}  # fmt: skip
BARE = {
    "on": "on", "on duty": "on", "im on": "on", "off": "off", "off duty": "off", "im off": "off", "stop": "off",
    "take": "take", "later": "later", "undo": "undo", "commands": "how", "how": "how",
}  # fmt: skip
_TAPBACK = re.compile(
    r"(?i)(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted \S{1,8} to|removed an? .{1,20} from) \""
)
_VERB = r"(?:(?P<verb>take|later|private|undo)(?![a-z0-9])[\s.:;,>-]*)?"
_BEGINS_LIKE_ONE = re.compile(rf"(?i)\W*{_VERB}[a-z]\d{{1,6}}(?!\d)")
_ENDS_LIKE_ONE = re.compile(r"(?i)(?<![a-z0-9])[a-z]\d{1,6}[a-z]{2}\W*$")
_BEFORE_WORDS = re.compile(r"[\s:;,>)\]]*(?:[.\-]+(?=\s))?\s*")


class Verb(Enum):
    ANSWER = "answer"
    TAKE = "take"
    LATER = "later"
    PRIVATE = "private"
    UNDO = "undo"
    ON = "on"
    OFF = "off"
    HOW = "how"
    STOP = "stop"  # from here on: the provider's own words
    START = "start"
    HELP = "help"
    NOT_FOR_CALLERS = "not_for_callers"  # "ok", "?", an emoji: words, but hardly an answer
    UNCLEAR = "unclear"  # a name that is right, in a sentence that could mean two things
    WRONG = "wrong"  # a name that is not


@dataclass(frozen=True)
class Shorthand:
    verb: Verb
    reference: str = ""  # K7, where it was named with the right code
    words: str = ""


def read(text: str, code: str) -> Shorthand:
    """`code` is the supervisor's own, behind each reference in a text to him."""
    if keyword := _keyword(text):
        return Shorthand(keyword)
    text = segments.plain(text).strip()
    named = list(re.finditer(rf"(?i)(?<![a-z0-9])([a-z])\s*(\d{{1,6}})[\s.:,/_-]*{code}(?![a-z0-9])", text))
    if not any(letter.isalnum() for letter in text) or _TAPBACK.match(text):
        return Shorthand(Verb.NOT_FOR_CALLERS, words=text)
    if len(named) == 1:
        return _about(named[0], text)
    if named:
        return Shorthand(Verb.UNCLEAR)
    if _BEGINS_LIKE_ONE.match(text) or _ENDS_LIKE_ONE.search(text):
        return Shorthand(Verb.WRONG)
    return _without_a_name(text)


def _keyword(text: str) -> Verb | None:
    """Only what the provider itself takes for one: the word alone."""
    word = text.strip().upper()
    kinds = {Verb.STOP: texted.STOPS, Verb.START: texted.STARTS, Verb.HELP: texted.HELPS}
    return next((verb for verb, words in kinds.items() if word in words), None)


def _about(named: re.Match, text: str) -> Shorthand:
    reference = f"{named[1]}{named[2]}".upper()
    before, after = _bare(text[: named.start()]), text[named.end() :]
    if text[: named.start()].endswith('"'):
        after = after.removeprefix('"')
    words = _unquoted(after[_BEFORE_WORDS.match(after).end() :])
    if before in ("take", "later", "undo"):
        return Shorthand(Verb(before), reference)
    if before == "private":
        return Shorthand(Verb.PRIVATE, reference, words)
    if not before and _bare(after) in ("take", "later", "undo"):
        return Shorthand(Verb(_bare(after)), reference)
    if not before and re.match(r"(?i)private\s*[:;,-]", words):
        return Shorthand(Verb.PRIVATE, reference, _unquoted(re.sub(r"(?i)^private\s*[:;,-]\s*", "", words)))
    if not before:
        return Shorthand(Verb.ANSWER, reference, words)
    if not _bare(after) and not before.startswith(("private", "take ", "later ", "undo ")):
        return Shorthand(Verb.ANSWER, reference, _unquoted(text[: named.start()].rstrip(" \n([-,:;")))
    return Shorthand(Verb.UNCLEAR, reference)


def _without_a_name(text: str) -> Shorthand:
    bare = _bare(text)
    if bare in BARE:
        return Shorthand(Verb(BARE[bare]))
    if bare.split(" ")[0] == "undo":
        return Shorthand(Verb.UNDO)
    if re.match(r"(?i)\W*private\b", text):
        return Shorthand(Verb.UNCLEAR)
    if bare in TO_US or text.endswith("?"):
        return Shorthand(Verb.NOT_FOR_CALLERS, words=text)
    return Shorthand(Verb.ANSWER, words=_unquoted(text))


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]|_", "", text.lower()).split())


def _unquoted(text: str) -> str:
    text = text.strip()
    whole = len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]
    return text[1:-1].strip() if whole else text
