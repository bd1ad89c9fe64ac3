"""What is written, as people say it: prices, times, dates, numbers, abbreviations. Only her voice reads this."""

import re
from collections.abc import Callable

from knowledge.models import Salon
from voice_agent.pronounced import marks, numbers, times, words

__all__ = ["as_spoken"]

_RULES: tuple[Callable[[str, Salon], str], ...] = (
    marks.plain, marks.addresses, numbers.phones, numbers.prices, times.dates, times.days, times.times, words.words,
    numbers.ranges,
)  # fmt: skip


def as_spoken(text: str, *, salon: Salon) -> str:
    """The same words for the ear, on one line; no Markdown, no emoji."""
    for rule in _RULES:
        text = rule(text, salon)
    text = re.sub(r"\b([Bb]etween [\d,.]+) to (?=\d)", r"\1 and ", text)
    return re.sub(r"\s+", " ", text).strip()
