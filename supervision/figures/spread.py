"""How a day's durations are spread: counts in steps of 5 %, which add up over days as medians do not."""

import math
from collections import Counter
from collections.abc import Iterable

STEP = math.log(1.05)


def spread(values: Iterable[float]) -> dict[str, int]:
    """How many values lie in each step; anything below 1 counts as 1. Keys are text, as JSON wants them."""
    return {str(step): count for step, count in sorted(Counter(map(_step, values)).items())}


def added(spreads: Iterable[dict[str, int]]) -> dict[str, int]:
    """One spread of all."""
    total = Counter()
    for one in spreads:
        total.update(one)
    return dict(total)


def quantile(spread: dict[str, int], share: float) -> float | None:
    """The value below which this share lies, 2.5 % more or less; None of nothing."""
    wanted, seen = share * sum(spread.values()), 0
    for step in sorted(spread, key=int):
        seen += spread[step]
        if seen >= wanted:
            return math.exp(int(step) * STEP)
    return None


def _step(value: float) -> int:
    return round(math.log(max(1.0, value)) / STEP)
