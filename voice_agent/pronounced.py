"""What is written, as people say it: prices, times, dates, numbers, abbreviations. Only her voice reads this."""

import re
from collections.abc import Callable

from knowledge.models import Salon

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNITS = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "pence"), "¥": ("yen", "")}
MONTH_FIRST = ("US", "CA", "PH")  # where 12/24 is Christmas Eve
_SHORT_DAYS = {day[:3].lower(): day for day in DAYS} | {
    "tues": "Tuesday", "thur": "Thursday", "thurs": "Thursday", "weds": "Wednesday",
}  # fmt: skip
_SHORT_MONTHS = {month[:3].lower(): month for month in MONTHS} | {"sept": "September"}
_DAY = r"(?:Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_FULL_MONTH = rf"(?:{'|'.join(MONTHS)})"
_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?"
_TO = r"\s*(?:-|–|—|\bto\b)\s*"
_SIGN = r"[$€£¥]"
_AMPM = r"(?:[ap]\.m\.(?=\W|$)|[ap]m\b)"
_DOT = r"(?:\.(?!\s*$|\s+[A-Z]))?"  # of an abbreviation; one that ends the sentence stays
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]")
_TIME = rf"(?<![\d:.])(\d{{1,2}})[:.](\d\d)(?!\d|[.:]\d)(?:\s*({_AMPM}))?"
_HOURS = rf"(?<![\d:.])(\d{{1,2}})\s*({_AMPM})"
_HOUR = r"\d{1,2}(?:[:.]\d\d)?"
_WORDS = {
    r"\bw/o\b": "without",
    r"\bw/(?=\s|\w)\s*": "with ",
    r"\be\.g\.,?": "for example",
    r"\bi\.e\.,?": "that is",
    rf"\betc\b{_DOT}": "et cetera",
    r"\bapprox\.?(?=\s)": "approximately",
    r"\bincl\.?(?=\s)": "including",
    r"\bexcl\.?(?=\s)": "excluding",
    r"\bvs\.?(?=\s)": "versus",
    r"\bappts\b\.?": "appointments",
    r"\bappt\b\.?": "appointment",
    r"\bext\.\s*(?=\d)": "extension ",
    r"\b[Tt]el\.:?\s*(?=[+(\d])": "telephone ",
    r"\b[Nn]o\.\s*(?=\d)": "number ",
    r"#\s*(?=\d)": "number ",
    rf"(?<=\d)\s*hrs?\b{_DOT}(?!\w)": " hours",
    rf"(?<=\d)\s*mins?\b{_DOT}(?!\w)": " minutes",
    rf"(?<=\d)\s*secs?\b{_DOT}(?!\w)": " seconds",
    rf"/\s*hrs?\b{_DOT}": " per hour",
    r"/\s*(hour|day|week|month|year|person|session|visit)\b": r" per \1",
    r"\b24/7\b": "24 hours a day, 7 days a week",
    r"(?<![\w/])1/2\s+hour\b": "half an hour",
    r"½": " and a half",
    r"(?<=\d)\s*%": " percent",
    r"\s*&\s*": " and ",
    r"(?<=\d)\+(?=\W|$)": " or more",
    r"(?<=[A-Za-z])/(?=[A-Za-z])": " or ",
}
_STREETS = {
    "St": "Street", "Ave": "Avenue", "Av": "Avenue", "Rd": "Road", "Blvd": "Boulevard", "Ln": "Lane", "Dr": "Drive",
    "Hwy": "Highway", "Pkwy": "Parkway", "Sq": "Square", "Ct": "Court", "Pl": "Place",
}  # fmt: skip
_TITLES = {"St": "Saint", "Dr": "Doctor", "Mt": "Mount"}
_ONES = {r"\b1 hours\b": "1 hour", r"\b1 minutes\b": "1 minute", r"\b1 seconds\b": "1 second"}


def as_spoken(text: str, *, salon: Salon) -> str:
    """The same words for the ear, on one line; no Markdown, no emoji."""
    for rule in _RULES:
        text = rule(text, salon)
    text = re.sub(r"\b([Bb]etween [\d,.]+) to (?=\d)", r"\1 and ", text)
    return re.sub(r"\s+", " ", text).strip()


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


def _plain(text: str, salon: Salon) -> str:
    """Without Markdown and emoji; a line is a sentence."""
    text = re.sub(r"!?\[([^\]]+)\]\((?:[^)]+)\)", r"\1", text)
    text = re.sub(r"(?m)^\s*(?:#{1,6}\s+|[-*+•]\s+|>\s*|\d+[.)]\s+(?=[A-Z]))", "", text)
    text = re.sub(r"(?m)^\s*(?:[-*_]\s*){3,}$|```\w*", "", text)
    text = re.sub(r"(\*\*|__|\*|~~|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = _EMOJI.sub("", text).replace("’", "'").replace("\u00a0", " ")
    return re.sub(r"([^\s.!?,:;])[ \t]*\n+\s*", r"\1. ", text.strip())


def _addresses(text: str, salon: Salon) -> str:
    text = re.sub(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", lambda found: _dotted(found[0]), text)
    return re.sub(
        r"\b(?:https?://|www\.)[^\s<>()]*[\w/]|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|example|co\.uk|de|ca|io|salon)\b"
        r"(?:/[\w/-]*)?",
        lambda found: _dotted(re.sub(r"^https?://(?:www\.)?|^www\.", "", found[0]).rstrip("/")),
        text,
    )


def _dotted(address: str) -> str:
    for sign, word in (("@", "at"), (".", "dot"), ("/", "slash"), ("-", "dash"), ("_", "underscore"), ("+", "plus")):
        address = address.replace(sign, f" {word} ")
    return address


def _phones(text: str, salon: Salon) -> str:
    """Seven digits or more in the groups of a telephone number; a date or a price is none."""
    return re.sub(
        rf"(?<![\w.,/:{_SIGN[1:-1]}+-])(?:\+\d[\d ().-]{{7,}}\d|\(\d{{3}}\)\s*\d{{3}}[ .-]?\d{{4}}"
        r"|\d{3}[ .-]\d{3}[ .-]\d{4}|\d{3}[.-]\d{4}|1[ .-]\d{3}[ .-]\d{3}[ .-]\d{4}|0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}"
        r"|\d{10,11})(?![\w/%]|[.,]\d)",
        lambda found: digit_by_digit(found[0]),
        text,
    )


def _prices(text: str, salon: Salon) -> str:
    ranged = rf"({_SIGN})\s?({_AMOUNT}){_TO}{_SIGN}?\s?({_AMOUNT})|({_AMOUNT}){_TO}({_AMOUNT})\s?([€£])"
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


def _dates(text: str, salon: Salon) -> str:
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


def _days(text: str, salon: Salon) -> str:
    """`Mon-Fri`, `Mon, Tue & Wed`, `Sat 9-5`; a lone "Sun" or "Sat" may be something else."""
    pattern = rf"\b({_DAY})\b\.?{_TO}({_DAY})\b{_DOT}(?!\w)"
    text = re.sub(pattern, lambda f: f"{_SHORT_DAYS[f[1].lower()]} to {_SHORT_DAYS[f[2].lower()]}", text)
    near = rf"\b({_DAY})\b\.?(?=:?\s*\d|\s*(?:,|/|&|\band\b|\bor\b)\s*(?:{_DAY}\b|\w+day\b))"
    text = re.sub(near, lambda found: _SHORT_DAYS[found[1].lower()], text)
    after = rf"((?:day|days)\s*(?:,|/|&|\band\b|\bor\b|\bto\b|-|–)+\s*(?:and\s+|or\s+)?)({_DAY})\b{_DOT}(?!\w)"
    text = re.sub(after, lambda found: f"{found[1]}{_SHORT_DAYS[found[2].lower()]}", text)
    text = re.sub(r"\b(Mon|Tues|Weds?|Thurs?|Thu|Tue|Fri)\b(?![\w'])", lambda f: _SHORT_DAYS[f[1].lower()], text)
    return re.sub(r"(\w+day)\s*[-–]\s*(?=\w+day\b)", r"\1 to ", text)


def _times(text: str, salon: Salon) -> str:
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


def _ranges(text: str, salon: Salon) -> str:
    """`45-60`, `9-5`, `10-15%`; what has more dashes is a number of another kind."""
    return re.sub(
        r"(?<![\d\w.,/-])(\d{1,4}(?:\.\d+)?)\s?[-–]\s?(\d{1,4}(?:\.\d+)?)(?![\d/-]|\s?-\d)", r"\1 to \2", text
    )


def _words(text: str, salon: Salon) -> str:
    text = re.sub(r"(?<=\d)½", " and a half", text).replace("½", "half")
    for pattern, word in (_WORDS | _ONES).items():
        text = re.sub(pattern, word, text)
    names = "|".join(_STREETS)
    text = re.sub(
        rf"(?<=\s)((?:\d+(?:st|nd|rd|th)|[A-Z][\w']+))\s({names})\b\.?(?!\s+[A-Z][a-z]+\s+(?:{names})\b)(\.?)(?=\s*$|\s+[A-Z])?",
        lambda found: f"{found[1]} {_STREETS[found[2]]}{_stop(found)}",
        text,
    )
    return re.sub(r"\b(St|Dr|Mt)\.\s+(?=[A-Z])", lambda found: f"{_TITLES[found[1]]} ", text)


def _stop(found: re.Match) -> str:
    """The full stop of an abbreviation may be that of the sentence too."""
    rest = found.string[found.end() :]
    return "." if found[0].endswith(".") and (not rest.strip() or re.match(r"\s+[A-Z]", rest)) else ""


_RULES: tuple[Callable[[str, Salon], str], ...] = (
    _plain, _addresses, _phones, _prices, _dates, _days, _times, _words, _ranges,
)  # fmt: skip
