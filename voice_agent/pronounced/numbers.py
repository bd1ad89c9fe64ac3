"""Numbers as people say them: of telephones, prices, ranges."""

import re

from knowledge.models import Salon
from voice_agent.pronounced.marks import TO

UNITS = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "pence"), "¥": ("yen", "")}
_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?"
_SIGN = r"[$€£¥]"


def digit_by_digit(number: str) -> str:
    """`+1 415 555 2671` as `plus 1, 4 1 5, 5 5 5, 2 6 7 1`."""
    plus, groups = number.strip().startswith("+"), re.findall(r"\d+", number)
    if len(groups) == 1 or any(len(group) > 4 for group in groups):
        groups = _grouped("".join(groups))
    return ("plus " if plus else "") + ", ".join(" ".join(group) for group in groups)


def _grouped(digits: str) -> list[str]:
    """As North America says it where the length allows, else in threes with four at the end."""
    if len(digits) == 11 and digits[0] == "1":
        return ["1", *_grouped(digits[1:])]
    if len(digits) == 10:
        return [digits[:3], digits[3:6], digits[6:]]
    head, tail = digits[:-4], digits[-4:]
    return [*(head[at : at + 3] for at in range(0, len(head), 3)), tail]


def phones(text: str, salon: Salon) -> str:
    """Seven digits or more in the groups of a telephone number; a date or a price is none."""
    return re.sub(
        rf"(?<![\w.,/:{_SIGN[1:-1]}+-])(?:\+\d[\d ().-]{{7,}}\d|\(\d{{3}}\)\s*\d{{3}}[ .-]?\d{{4}}"
        r"|\d{3}[ .-]\d{3}[ .-]\d{4}|\d{3}[.-]\d{4}|1[ .-]\d{3}[ .-]\d{3}[ .-]\d{4}|0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}"
        r"|\d{10,11})(?![\w/%]|[.,]\d)",
        lambda found: digit_by_digit(found[0]),
        text,
    )


def prices(text: str, salon: Salon) -> str:
    ranged = rf"({_SIGN})\s?({_AMOUNT}){TO}{_SIGN}?\s?({_AMOUNT})|({_AMOUNT}){TO}({_AMOUNT})\s?([€£])"
    text = re.sub(ranged, lambda found: _price_range(found.groups()), text)
    single = rf"({_SIGN})\s?({_AMOUNT})(\s(?:thousand|million))?|({_AMOUNT})\s?([€£])"
    return re.sub(single, lambda found: _money(found[1] or found[5], found[2] or found[4], found[3] or ""), text)


def _price_range(groups: tuple) -> str:
    sign, low, high = (groups[0], *groups[1:3]) if groups[0] else (groups[5], *groups[3:5])
    if "." in low or "." in high:
        return f"{_money(sign, low)} to {_money(sign, high)}"
    return f"{low} to {_money(sign, high)}"


def _money(sign: str, amount: str, scale: str = "") -> str:
    """`$45.50` as `45 dollars and 50 cents`."""
    unit, part = UNITS[sign]
    whole, _, parts = amount.partition(".")
    parts = int(parts.ljust(2, "0")) if parts and part else 0
    several = unit if (whole == "1" and not scale) or unit == "yen" else f"{unit}s"
    small = f"{parts} {part if parts == 1 or part == 'pence' else part + 's'}"
    if int(whole.replace(",", "")) == 0 and parts:
        return small
    return f"{whole}{scale} {several}" + (f" and {small}" if parts else "")


def ranges(text: str, salon: Salon) -> str:
    """`45-60`, `9-5`, `10-15%`; what has more dashes is a number of another kind."""
    return re.sub(
        r"(?<![\d\w.,/-])(\d{1,4}(?:\.\d+)?)\s?[-–]\s?(\d{1,4}(?:\.\d+)?)(?![\d/-]|\s?-\d)", r"\1 to \2", text
    )
