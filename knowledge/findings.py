"""What a search returns: a verdict, a reason and the candidates."""

from dataclasses import dataclass
from enum import StrEnum

from django.template.loader import render_to_string


class Verdict(StrEnum):
    SURE = "sure"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Candidate:
    """A stored answer; `score` is 1.0 for what was read exactly, else a cosine."""

    id: str
    question: str
    answer: str
    score: float


@dataclass(frozen=True)
class Findings:
    """`candidates` come best first, at most five; with an unknown verdict they are only for people to look at.

    `may_ask` is the one candidate she may offer in "Do you mean: …?", or None.
    """

    verdict: Verdict
    reason: str
    candidates: tuple[Candidate, ...] = ()
    may_ask: Candidate | None = None

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None


def reason(name: str, **about: object) -> str:
    """One sentence for supervisors, from `templates/knowledge/reasons/`."""
    return render_to_string(f"knowledge/reasons/{name}.txt", about).strip()
