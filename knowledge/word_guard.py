"""Asks back only where the caller's words are known, or resemble the candidate's."""

import re
from collections.abc import Container
from functools import lru_cache
from typing import TYPE_CHECKING

from knowledge.dates import MONTHS
from knowledge.embedding import embed
from knowledge.wording import content_words, normalised, stem, stems, words

if TYPE_CHECKING:
    import numpy as np

RESEMBLES = 0.45
_PRICE_OR_LENGTH = re.compile(
    r"\b(?:how (?:much|long|expensive|many minutes)|pric|cost|charge|fees?\b|cheap|expensive)"
)
_ABOUT_SOMETHING_ELSE = re.compile(r"^(?:who|whose|whom|why|where|when|what (?:is|are)|which) ")
# "May" and "march" are words of their own where no number stands beside them.
_DAY_OF_A_MONTH = re.compile(
    rf"\b(?:{'|'.join(name for name in MONTHS if name not in ('march', 'may'))}|(?:march|may) \d+|\d+ (?:march|may)|"
    r"(?:in|of|next) (?:march|may)|\d+[/-]\d+|on \d+\.\d+|\d+(?:st|nd|rd|th)|20\d\d)\b"
)


def unknown_words(question: str, known: Container[str]) -> list[str]:
    """The question's content words of which nothing she knows has the stem."""
    return [word for word in dict.fromkeys(content_words(question)) if stem(word) not in known]


def resembles(word: str, text: str, *, question: str) -> bool:
    """Whether the word means about the same as a content word of the text that the question has not itself."""
    vector, spoken_for = _vector(word), stems(question)
    others = {other for other in content_words(text) if stem(other) not in spoken_for}
    return any(float(vector @ _vector(other)) >= RESEMBLES for other in others)


def closeness(word: str, other: str) -> float:
    """How near two words are: 1 for the same, about 0.3 for two that have nothing to do with each other."""
    return float(_vector(word) @ _vector(other))


def missing(question: str, text: str) -> int:
    """How many of the question's content words the text has not."""
    return len(stems(question) - stems(text))


def shares_a_word(question: str, text: str) -> bool:
    return bool(stems(question) & stems(text))


def names_a_date(question: str) -> bool:
    """A date that facts could not answer: weekly hours would leave out what may be closed then."""
    return bool(_DAY_OF_A_MONTH.search(" ".join(words(question))))


def a_price_may_answer(question: str, strange: Container[str], text: str) -> bool:
    """Whether the price and length of what `text` names could be what is asked.

    Where neither is asked for, nothing else may be: "who does the balayage?", "is there a discount on balayage?".
    """
    said = normalised(question)
    if _PRICE_OR_LENGTH.search(said):
        return True
    named = stems(text)
    known = (word for word in content_words(question) if word not in strange)
    return not _ABOUT_SOMETHING_ELSE.match(said) and all(stem(word) in named for word in known)


@lru_cache(maxsize=4096)
def _vector(word: str) -> "np.ndarray":
    return embed(word)
