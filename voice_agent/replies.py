"""What she asked, and what a caller's next words mean for it: pure, so that no model can read a yes into them."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Asked(StrEnum):
    """The kinds of `Utterance.asks`."""

    DO_YOU_MEAN = "do_you_mean"
    NUMBER = "number"


class Meaning(StrEnum):
    YES = "yes"
    NO = "no"
    NUMBER = "number"


@dataclass(frozen=True)
class Reply:
    """`rest` is what the caller said beside it, such as another question; `number` as it was typed or spoken."""

    meaning: Meaning
    rest: str = ""
    number: str = ""


YES = (
    "yes", "yes please", "yes i do", "yes i mean that", "yes it is", "yes that", "yes that is it", "yep", "yup", "yeah",
    "yea", "ya", "sure", "ok", "okay", "right", "correct", "exactly", "of course", "absolutely", "definitely", "indeed",
    "that is right", "that is it", "that one", "i do", "that is correct", "that is what i mean", "please do", "uh huh",
)  # fmt: skip
NO = (
    "no", "no thanks", "no thank you", "nope", "nah", "no i do not", "no i mean something else", "not that",
    "not really", "not at all", "i do not", "wrong", "that is wrong", "something else", "neither", "no it is not",
    "not what i mean", "that is not what i mean", "that is not it", "incorrect", "negative", "no that is not it",
)  # fmt: skip
REFUSED = (
    "i would rather not", "i prefer not to", "i do not want to", "i do not want that", "i will not", "no texts",
    "no number", "no text please", "i have no number", "i have no phone", "i do not have one", "i do not have a number",
    "i do not have a phone", "never mind", "nevermind", "forget it", "do not text me", "please do not text me",
    "do not text", "no way", "skip", "skip that", "none", "not now", "i will call again", "i will call back",
)  # fmt: skip
SHORT = {
    "that's": "that is", "it's": "it is", "i'd": "i would", "i'll": "i will", "don't": "do not", "dont": "do not",
    "isn't": "is not", "won't": "will not", "thats": "that is", "what's": "what is",
}  # fmt: skip
DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "plus": "+",
}  # fmt: skip
_SPOKEN_DIGITS = re.compile(rf"(?:\b(?:{'|'.join(DIGITS)})\b[\s,.-]*){{3,}}", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\(?\d(?:[\s().,/-]*\d)*")
_ABOUT_NUMBER = re.compile(r"\b(?:number|phone|telephone|mobile|cell|text|it's|it is)\b", re.IGNORECASE)
FEWEST_DIGITS = 7


def read(words: str, *, asks: dict) -> Reply | None:
    """What these words mean for what she asked; None when they are no reply to it but something new."""
    if asks.get("kind") == Asked.DO_YOU_MEAN:
        return _yes_or_no(words)
    if asks.get("kind") == Asked.NUMBER:
        return _number(words) or _refusal(words)
    return None


def _yes_or_no(words: str) -> Reply | None:
    for meaning, phrases in ((Meaning.YES, YES), (Meaning.NO, NO)):
        if (rest := _after(words, phrases)) is not None:
            return Reply(meaning, rest)
    return None


def _refusal(words: str) -> Reply | None:
    rest = _after(words, (*NO, *REFUSED))
    return None if rest is None else Reply(Meaning.NO, rest)


def _number(words: str) -> Reply | None:
    """A number of seven digits or more anywhere, or fewer where the caller plainly means a number."""
    said = _SPOKEN_DIGITS.sub(_written, words)
    found = max(_NUMBER.findall(said), key=len, default="")
    digits = sum(letter.isdigit() for letter in found)
    only_digits = digits and not re.search(r"[^\W\d_]", said)
    about_a_number = digits >= 3 and _ABOUT_NUMBER.search(said) and "?" not in said
    plainly = only_digits or about_a_number
    if digits < FEWEST_DIGITS and not plainly:
        return None
    _, _, rest = said.partition(found)
    return Reply(Meaning.NUMBER, rest=_question_in(rest), number=found.strip(" ,."))


def _written(spoken: re.Match) -> str:
    return "".join(DIGITS[word.lower()] for word in re.findall(r"[A-Za-z]+", spoken[0])) + " "


def _after(words: str, phrases: tuple[str, ...]) -> str | None:
    """What follows the longest of the phrases that these words begin with; None when they begin with none.

    A phrase counts only when it is all there is or stands apart, by a comma, a stop or "and": "yes, and when do you
    close?" but not "right side or left side?".
    """
    first, rest = _first_clause(words)
    said = _plain(first)
    if said in phrases:
        return _without_and(rest)
    if not rest and said.removesuffix(" please").removesuffix(" thanks").removesuffix(" thank you") in phrases:
        return ""
    if " and " in said and said.partition(" and ")[0] in phrases:
        return re.split(r"\band\b", words, maxsplit=1, flags=re.IGNORECASE)[1].strip()
    return None


def _first_clause(words: str) -> tuple[str, str]:
    first, *rest = re.split(r"[,.;:!?\n–—-]+(?:\s+|$)", words.strip(), maxsplit=1)
    rest = rest[0].strip() if rest else ""
    if _plain(rest) in ("please", "thanks", "thank you", *YES, *NO, *REFUSED):
        rest = ""
    return first, rest


def _without_and(rest: str) -> str:
    return re.sub(r"^(?:and|but|also)\b\s*", "", rest, flags=re.IGNORECASE)


def _question_in(rest: str) -> str:
    rest = _without_and(rest.strip(" ,.;!"))
    return rest if rest.endswith("?") else ""


def _plain(words: str) -> str:
    said = re.sub(r"[^\w\s']", " ", words.lower().replace("’", "'"))
    return " ".join(SHORT.get(word, word) for word in said.split())
