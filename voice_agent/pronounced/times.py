"""Dates, days of the week and times of day as people say them."""

import re

from knowledge.models import Salon
from voice_agent.pronounced.marks import DOT, TO

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_FIRST = ("US", "CA", "PH")  # where 12/24 is Christmas Eve
_SHORT_DAYS = {day[:3].lower(): day for day in DAYS} | {
    "tues": "Tuesday", "thur": "Thursday", "thurs": "Thursday", "weds": "Wednesday",
}  # fmt: skip
_SHORT_MONTHS = {month[:3].lower(): month for month in MONTHS} | {"sept": "September"}
_DAY = r"(?:Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_FULL_MONTH = rf"(?:{'|'.join(MONTHS)})"
_AMPM = r"(?:[ap]\.m\.(?=\W|$)|[ap]m\b)"
_TIME = rf"(?<![\d:.])(\d{{1,2}})[:.](\d\d)(?!\d|[.:]\d)(?:\s*({_AMPM}))?"
_HOURS = rf"(?<![\d:.])(\d{{1,2}})\s*({_AMPM})"
_HOUR = r"\d{1,2}(?:[:.]\d\d)?"


def dates(text: str, salon: Salon) -> str:
    first = salon.region in MONTH_FIRST
    text = re.sub(
        r"\b(\d{4})-(\d\d)-(\d\d)\b", lambda found: _date(found[0], int(found[3]), int(found[2]), first, found[1]), text
    )
    text = re.sub(
        rf"\b({_DAY})\b\.?(?=,?\s+(?:{_MONTH}\b|{_FULL_MONTH}|\d{{1,2}}\.?\s+(?:{_MONTH}|{_FULL_MONTH})))",
        lambda found: _SHORT_DAYS[found[1].lower()],
        text,
    )
    text = re.sub(rf"\b({_MONTH})\b\.?(?=\s+\d)", lambda found: _SHORT_MONTHS[found[1].lower()], text)
    text = re.sub(rf"(?<=\d\s)({_MONTH})\b\.?(?!\w)", lambda found: _SHORT_MONTHS[found[1].lower()], text)
    text = re.sub(rf"\b({_FULL_MONTH}) (\d{{1,2}})(?!\d|st|nd|rd|th|:)", lambda f: f"{f[1]} {_nth(int(f[2]))}", text)
    text = re.sub(
        rf"(?<![\d:])(\d{{1,2}})\.? ({_FULL_MONTH})\b", lambda found: f"the {_nth(int(found[1]))} of {found[2]}", text
    )
    text = re.sub(r"\b(the|The) the\b", r"\1", text)
    return re.sub(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d\d))?(?![\d/])", lambda f: _slashed(f, first), text)


def _slashed(found: re.Match, month_first: bool) -> str:
    """Only what can be nothing but a date: 3/4 may be three quarters."""
    month, day = (int(found[1]), int(found[2])) if month_first else (int(found[2]), int(found[1]))
    if found[0] == "24/7":
        return found[0]
    before = found.string[: found.start()].rstrip().lower()
    is_named = bool(re.search(r"\b(?:on|until|till|from|by|since|before|after|and|to|through)$", before))
    if month > 12 and day <= 12:
        month, day = day, month
    if not (found[3] or is_named or max(month, day) > 12):
        return found[0]
    year = f"20{found[3]}" if found[3] and len(found[3]) == 2 else found[3] or ""
    return _date(found[0], day, month, month_first, year)


def _date(written: str, day: int, month: int, month_first: bool, year: str = "") -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return written
    said = f"{MONTHS[month - 1]} {_nth(day)}" if month_first else f"the {_nth(day)} of {MONTHS[month - 1]}"
    return f"{said}, {year}" if year else said


def _nth(day: int) -> str:
    if not 1 <= day <= 31:
        return str(day)
    return f"{day}{'th' if 10 < day < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def days(text: str, salon: Salon) -> str:
    """`Mon-Fri`, `Mon, Tue & Wed`, `Sat 9-5`; a lone "Sun" or "Sat" may be something else."""
    pattern = rf"\b({_DAY})\b\.?{TO}({_DAY})\b{DOT}(?!\w)"
    text = re.sub(pattern, lambda f: f"{_SHORT_DAYS[f[1].lower()]} to {_SHORT_DAYS[f[2].lower()]}", text)
    near = rf"\b({_DAY})\b\.?(?=:?\s*\d|\s*(?:,|/|&|\band\b|\bor\b)\s*(?:{_DAY}\b|\w+day\b))"
    text = re.sub(near, lambda found: _SHORT_DAYS[found[1].lower()], text)
    after = rf"((?:day|days)\s*(?:,|/|&|\band\b|\bor\b|\bto\b|-|–)+\s*(?:and\s+|or\s+)?)({_DAY})\b{DOT}(?!\w)"
    text = re.sub(after, lambda found: f"{found[1]}{_SHORT_DAYS[found[2].lower()]}", text)
    text = re.sub(r"\b(Mon|Tues|Weds?|Thurs?|Thu|Tue|Fri)\b(?![\w'])", lambda f: _SHORT_DAYS[f[1].lower()], text)
    return re.sub(r"(\w+day)\s*[-–]\s*(?=\w+day\b)", r"\1 to ", text)


def times(text: str, salon: Salon) -> str:
    text = re.sub(rf"(?<![\d:.-])({_HOUR})\s*({_AMPM})?\s*[-–—]\s*({_HOUR})\s*({_AMPM})", _time_range, text)
    text = re.sub(r"(?<![\d:.-])(\d{1,2}:\d\d)\s*[-–—]\s*(\d{1,2}:\d\d)", r"\1 to \2", text)
    text = re.sub(_TIME, lambda found: _clock(found, salon), text)
    return re.sub(_HOURS, lambda found: f"{int(found[1])} {_half(found[2])}", text)


def _time_range(found: re.Match) -> str:
    first = f"{found[1]} {found[2]}" if found[2] else found[1]
    return f"{first} to {found[3]} {found[4]}"


def _clock(found: re.Match, salon: Salon) -> str:
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if hour > 23 or minute > 59 or ("." in found[0][:3] and not half):
        return found[0]
    if not half and hour > 12 and not salon.clock_24h:
        hour, half = hour - 12, "pm"
    minutes = f" oh {minute}" if 0 < minute < 10 else f" {minute}" if minute else "" if half else " o'clock"
    return f"{hour}{minutes} {_half(half)}".strip()


def _half(half: str | None) -> str:
    return f"{half[0].upper()}M" if half else ""
