"""What calls and texts cost, by the prices that are set; today's prices hold for the past, too."""

from decimal import Decimal

from django.conf import settings

PARTS = {  # part: its (setting, what it counts, for how many of them the price is)
    "receptionist": (
        ("PRICE_INPUT_TOKENS", "input_tokens", 1_000_000),
        ("PRICE_OUTPUT_TOKENS", "output_tokens", 1_000_000),
        ("PRICE_VOICE", "characters", 1000),
        ("PRICE_EARS", "ears_seconds", 3600),
    ),
    "line": (("PRICE_LINE", "line_seconds", 60),),
    "texts": (("TEXT_PRICE", "segments", 1),),
}


def are_priced() -> bool:
    return any(getattr(settings, name) is not None for part in PARTS.values() for name, *_ in part)


def of(usage: dict[str, float], part: str) -> Decimal:
    """What it costs in whatever currency the prices are; what has no price costs nothing."""
    total = Decimal(0)
    for name, counted, units in PARTS[part]:
        price = getattr(settings, name)
        if price is not None:
            total += price * Decimal(str(usage.get(counted, 0))) / units
    return total


def of_all(usage: dict[str, float]) -> Decimal:
    return sum((of(usage, part) for part in PARTS), Decimal(0))
