"""Takes a turn apart into the several things that were asked in it; in doubt it stays whole."""

import re

from voice_agent.small_talk import recognise

_STARTS = (
    r"(?:what|where|when|who|whom|whose|why|how|which|is|are|am|was|were|do|does|did|can|could|would|will|should|may|"
    r"have|has|what's|where's|when's|who's|how's|i need to know|tell me|i want to know|i would like to know)"
)
_ASKS = re.compile(rf"^(?:and |also |so |but |or |plus |then |oh |um |uh )*{_STARTS}\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[?!.])\s+|\n+")
_JOINT = re.compile(
    rf"\s*,?\s+(?:and also|and then|and|also|plus)\s+(?={_STARTS}\b)|\s*,\s+(?={_STARTS}\b)", re.IGNORECASE
)
_POINTS_BACK = re.compile(r"\b(?:it|that|this|they|them|those|these|one|there)\b", re.IGNORECASE)
_LEADING = re.compile(r"^(?:and also|and|also|plus|but|so|or)\b[\s,]*", re.IGNORECASE)
MOST_PARTS = 10


def parts(words: str) -> list[str]:
    """The questions and the small talk of a turn, in order, in the caller's own words; `[words]` when it is one.

    A statement belongs to the question after it ("I have curly hair. Do you do perms?"); a question that points back
    ("and how much is it?") to the one before.
    """
    found: list[str] = []
    statement = ""
    for piece in _pieces(words):
        if recognise(piece):
            found.append(piece)
        elif not _asks(piece):
            statement = f"{statement} {piece}".strip()
        elif found and not statement and _POINTS_BACK.search(piece) and _asks(found[-1]):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(f"{statement} {_LEADING.sub('', piece)}".strip())
            statement = ""
    if statement:
        found.append(statement)
    return found if 1 < len(found) <= MOST_PARTS else [words.strip()]


def starts_a_question(words: str) -> bool:
    return bool(_ASKS.match(words))


def _pieces(words: str) -> list[str]:
    sentences = (sentence.strip() for sentence in _SENTENCE.split(words.strip()))
    return [piece for sentence in sentences if sentence for piece in _clauses(sentence)]


def _clauses(sentence: str) -> list[str]:
    """Cut before a joint only where what stands on both sides asks something."""
    clauses = [clause.strip() for clause in _JOINT.split(sentence)]
    if len(clauses) > 1 and all(_asks(clause) or recognise(clause) for clause in clauses):
        return clauses
    return [sentence]


def _asks(piece: str) -> bool:
    return starts_a_question(piece) or piece.rstrip().endswith("?")
