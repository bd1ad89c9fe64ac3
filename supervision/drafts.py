"""A first wording of an answer, put together from what she nearly knew; a person reads it before it goes anywhere."""

import re
from collections.abc import Sequence

from knowledge.search import Candidate
from supervision.lifecycle import ANSWER_LIMIT

NEAR_ENOUGH = 0.5  # below, an answer is about something else
VERDICT = re.compile(r"^(?:yes|no|sure|of course|certainly|sorry|we do|we don't)\b[,.!;: –-]*", re.IGNORECASE)


def compose(candidates: Sequence[Candidate]) -> str:
    """What the near answers say, each once, without their yes or no, which was said to another question.

    "" where fewer than two are near: that one is a draft as it stands.
    """
    near = list(dict.fromkeys(one.answer.strip() for one in candidates if one.score >= NEAR_ENOUGH))
    parts = [said for one in near if (said := _without_verdict(one))]
    return _within_limit(parts) if len(parts) > 1 else ""


def _without_verdict(answer: str) -> str:
    said = VERDICT.sub("", answer).strip()
    said = said[:1].upper() + said[1:]
    return said if not said or said[-1] in ".!?" else f"{said}."


def _within_limit(parts: Sequence[str]) -> str:
    """As many of them as an answer may hold, the nearest first."""
    text = parts[0]
    for part in parts[1:]:
        if len(text) + 1 + len(part) <= ANSWER_LIMIT:
            text = f"{text} {part}"
    return text
