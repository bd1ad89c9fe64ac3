"""Which of several questions ask the same: proposed by likeness, and held back by the words that differ."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from knowledge import word_guard
from knowledge.embedding import ModelFilesWrong, embed
from knowledge.wording import CALENDAR_WORDS, content_words, key_of, normalised, stem, words

if TYPE_CHECKING:
    import numpy as np

LIKE, SAME = 1, 2
# Measured on pairs of questions to a salon: below, hardly any two mean the same.
NEAR = 0.60
NEAR_WITH_A_WORD_MORE = 0.77  # "is there parking", "is there a parking lot nearby"
VERY_NEAR = 0.70  # where the words are the same too
SAME_WORD = 0.88  # "kids" and "children" are nearer; "thick" and "thin", "boys" and "girls" stand at 0.75
# What is asked about a thing; two of these never ask the same.
_KINDS = (
    ("length", re.compile(r"\bhow (?:long|much time|many (?:minutes|hours))\b")),
    ("price", re.compile(r"\bhow (?:much|expensive)\b|\b(?:pric|cost|charge|fees?\b|cheap|expensive)")),
    ("place", re.compile(r"\b(?:where|address|directions)\b")),
    ("time", re.compile(r"\b(?:when|what time|hours)\b")),
    ("person", re.compile(r"\b(?:who|whose|whom)\b")),
    ("reason", re.compile(r"\b(?:why|how do|how does)\b")),
)
# Small words that turn a question round.
_TURNS = CALENDAR_WORDS | {"not", "no", "never", "without", "before", "after", "under", "over", "more", "less", "only"}


@dataclass(frozen=True)
class Group:
    """Questions by their places in what was given: the first, and those like it; `same` asks in the same words."""

    first: int
    others: tuple[int, ...] = ()
    same: frozenset[int] = field(default_factory=frozenset)

    def __iter__(self):
        return iter((self.first, *self.others))

    def __len__(self) -> int:
        return 1 + len(self.others)


@lru_cache(maxsize=64)
def alike(questions: tuple[str, ...]) -> tuple[Group, ...]:
    """Every question in one group, in the order of the firsts; kept, since an open page asks again and again.

    Each is compared with the first of a group, never with its followers: likeness is not handed on.
    """
    groups: list[tuple[int, list[int], set[int]]] = []
    for place, question in enumerate(questions):
        for first, others, same in groups:
            if found := likeness(questions[first], question):
                others.append(place)
                same.update([place] if found == SAME else [])
                break
        else:
            groups.append((place, [], set()))
    return tuple(Group(first, tuple(others), frozenset(same)) for first, others, same in groups)


@lru_cache(maxsize=50_000)
def likeness(one: str, other: str) -> int:
    """0: another question, as far as can be told; LIKE: a person should look; SAME: only filling words differ."""
    a, b = _read(one), _read(other)
    if not (a.words and b.words and a.kind == b.kind and a.turns == b.turns):
        return 0
    if a.key == b.key:
        return SAME
    if a.vector is None or b.vector is None:
        return 0
    near = float(a.vector @ b.vector)
    if near < NEAR:
        return 0
    if a.stems == b.stems:
        return SAME if near >= VERY_NEAR else LIKE
    more, less = _unmatched(a, b), _unmatched(b, a)
    if more and less:  # "do you offer X", "do you offer Y"
        return 0
    return LIKE if not (more or less) or (near >= NEAR_WITH_A_WORD_MORE and a.stems & b.stems) else 0


@dataclass(frozen=True)
class _Question:
    key: str
    words: tuple[str, ...]
    stems: frozenset[str]
    kind: str
    turns: frozenset[str]
    vector: "np.ndarray | None"


@lru_cache(maxsize=4096)
def _read(question: str) -> _Question:
    said = words(question)
    about = tuple(dict.fromkeys(content_words(question)))
    text = normalised(question)
    return _Question(
        key=key_of(question),
        words=about,
        stems=frozenset(map(stem, about)),
        kind=next((kind for kind, pattern in _KINDS if pattern.search(text)), ""),
        turns=frozenset(word for word in said if word in _TURNS or word[0].isdigit()),
        vector=_vector(question),
    )


def _vector(question: str) -> "np.ndarray | None":
    try:
        return embed(question)
    except ModelFilesWrong:  # then only the same words are the same question
        return None


def _unmatched(one: _Question, other: _Question) -> list[str]:
    """The words of the one for which the other has none that means the same."""
    strange = (word for word in one.words if stem(word) not in other.stems)
    return [word for word in strange if not _has_twin(word, other.words)]


def _has_twin(word: str, others: Sequence[str]) -> bool:
    return any(word_guard.closeness(word, other) >= SAME_WORD for other in others)
