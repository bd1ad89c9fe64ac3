"""What the salon knows: its facts, and the answers that people taught."""

from knowledge.models.learned_answer import LearnedAnswer, Phrasing
from knowledge.models.salon import Closure, OpeningHours, Salon, Service

__all__ = ["Closure", "LearnedAnswer", "OpeningHours", "Phrasing", "Salon", "Service"]
