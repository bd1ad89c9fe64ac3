"""What she keeps in mind during one call."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge.models import Salon
    from supervision.models import Call, Utterance


@dataclass
class OnCall:
    """One call, in the memory of the process that holds it; all of it can be rebuilt from the call's utterances."""

    call: "Call"
    salon: "Salon"
    asks: dict = field(default_factory=dict)  # what she asked last and waits for
    asked_about: set[str] = field(default_factory=set)  # questions to which she has said "Do you mean …?"
    last_said: str = ""
    utterance: "Utterance | None" = None  # the caller's words that she is replying to

    def has_asked_about(self, question: str) -> bool:
        return question.casefold() in self.asked_about

    def remember(self, *, said: str, asks: dict) -> None:
        """What she said has reached the caller."""
        self.last_said, self.asks = said, asks
        if question := asks.get("question"):
            self.asked_about.add(question.casefold())
