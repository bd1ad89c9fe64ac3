"""Asks back only where the caller's words are known, or resemble the candidate's."""

from collections.abc import Container
from functools import lru_cache

import numpy as np

from knowledge.embedding import embed
from knowledge.wording import content_words, stem, stems

RESEMBLES = 0.45


def unknown_words(question: str, known: Container[str]) -> list[str]:
    """The question's content words of which nothing she knows has the stem."""
    return [word for word in dict.fromkeys(content_words(question)) if stem(word) not in known]


def resembles(word: str, text: str, *, question: str) -> bool:
    """Whether the word means about the same as a content word of the text that the question has not itself."""
    vector, spoken_for = _vector(word), stems(question)
    others = {other for other in content_words(text) if stem(other) not in spoken_for}
    return any(float(vector @ _vector(other)) >= RESEMBLES for other in others)


def missing(question: str, text: str) -> int:
    """How many of the question's content words the text has not."""
    return len(stems(question) - stems(text))


@lru_cache(maxsize=4096)
def _vector(word: str) -> np.ndarray:
    return embed(word)
