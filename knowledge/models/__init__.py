"""What the salon knows: its facts, the answers that people taught, and how those came about."""

from knowledge.models.change import Change
from knowledge.models.learned_answer import LearnedAnswer, Phrasing
from knowledge.models.salon import Closure, OpeningHours, Salon, Service

__all__ = ["Change", "Closure", "LearnedAnswer", "OpeningHours", "Phrasing", "Salon", "Service"]
