"""Asks back only where the caller's words are known, or resemble the candidate's."""

from functools import lru_cache

import numpy as np

from knowledge.embedding import embed
from knowledge.wording import content_words, stem, stems

RESEMBLES = 0.45


def unknown_words(question: str, known: set[str]) -> list[str]:
    """The question's content words of which nothing she knows has the stem."""
    return [word for word in content_words(question) if stem(word) not in known]


def resembles(word: str, text: str) -> bool:
    """Whether the word means about the same as some content word of the text."""
    vector = _vector(word)
    return any(float(vector @ _vector(other)) >= RESEMBLES for other in set(content_words(text)))


def strangers(question: str, text: str) -> int:
    """How many of the question's content words neither stand in the text nor resemble a word of it."""
    there = stems(text)
    return sum(stem(word) not in there and not resembles(word, text) for word in content_words(question))


@lru_cache(maxsize=4096)
def _vector(word: str) -> np.ndarray:
    return embed(word)
