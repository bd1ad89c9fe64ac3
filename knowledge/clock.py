"""Reads the time of day in a question about opening hours, and whether the hours say yes to it; pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DAY = 24 * 60
Span = tuple[int, int]  # minutes after midnight; an end on the next day lies beyond 24 hours

_HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {
    "at": "at", "before": "before", "by": "by", "after": "after", "past": "after", "until": "until", "till": "until",
    "til": "until", "up to": "until", "as late as": "until", "around": "around", "about": "around", "from": "from",
}  # fmt: skip
_WORD = rf"(?P<word>{'|'.join(_WORDS)}) "
_HOUR = rf"(?P<hour>\d{{1,2}}|{'|'.join(_HOURS)})"
_MINUTE = r"(?P<sign>[:. ])(?P<minute>[0-5]\d)"
_HALF = r"(?: ?(?P<half>[ap]m)| in the (?P<part>morning|afternoon|evening))"
# A number alone is a time only after such a word; "3:30", "3 pm" and "noon" are times anywhere.
_TIMES = (
    rf"(?:{_WORD})?(?P<named>noon|midday|midnight)",
    rf"(?:{_WORD})?{_HOUR}(?:{_MINUTE})?{_HALF}",
    rf"{_WORD}{_HOUR}(?:{_MINUTE})?",
    rf"{_HOUR}{_MINUTE}",
)
_PATTERNS = [re.compile(found) for time in _TIMES for found in (rf"{time}(?: |$)", rf"(?:.*? )?(?<![^ ]){time}$")]
_AFTERNOON = re.compile(r"\b(?:tonight|nights?|evenings?|afternoons?)\b")
_MORNING = re.compile(r"\bmornings?\b")


@dataclass(frozen=True)
class Asked:
    """ "Open before 9?": `times` in minutes after midnight, two where morning or evening was not said."""

    state: str  # open and closed last; opens and closes are moments
    word: str
    times: tuple[int, ...]

    def __str__(self) -> str:
        times = (f"{time // 60:02}:{time % 60:02}" for time in self.times)
        return "-".join((self.state, self.word, *times))


def parse(text: str) -> Asked | None:
    """The `Asked` that was written as `text`; None when nothing was."""
    if not re.fullmatch(r"[a-z]+-[a-z]+(?:-\d\d:\d\d){1,2}", text):
        return None
    state, word, *times = text.split("-")
    minutes = tuple(int(time[:2]) * 60 + int(time[3:]) for time in times)
    return Asked(state, word, minutes) if (state, word) in _RULES else None


def split(when: str, *, state: str, day_first: bool) -> tuple[str, Asked | None]:
    """`when` without the time of day at its beginning or end, and that time; `when` and None without one."""
    for pattern in _PATTERNS:
        found = pattern.match(when)
        if found and (times := _times(found.groupdict(), when, day_first=day_first)):
            begin = found.start("word") if found.groupdict().get("word") else _begin(found)
            rest = f"{when[:begin]} {when[found.end() :]}".strip()
            word = _WORDS[found.groupdict().get("word") or "at"]
            return rest, Asked(state, word, times)
    return when, None


def says_yes(asked: Asked, days: Sequence[Sequence[Span]]) -> bool | None:
    """Whether on all these days the answer is yes, or no; None when it differs, or only the hours can tell."""
    answers = {_says_yes_on(asked, spans) for spans in days}
    return answers.pop() if len(answers) == 1 else None


def _begin(found: re.Match) -> int:
    return found.start("named" if found.groupdict().get("named") else "hour")


def _times(about: dict, when: str, *, day_first: bool) -> tuple[int, ...]:
    if named := about.get("named"):
        return (0, DAY) if named == "midnight" else (DAY // 2,)
    hour = int(about["hour"]) if about["hour"].isdigit() else 1 + _HOURS.index(about["hour"])
    minute = int(about.get("minute") or 0)
    half, part = about.get("half"), about.get("part")
    if hour > 24 or _is_a_date(about, when, day_first=day_first):
        return ()
    if hour > 12 or hour == 0:
        return () if half or part or (hour == 24 and minute) else (0, DAY) if hour in (0, 24) else (hour * 60 + minute,)
    morning = hour % 12 * 60 + minute
    if half == "am" or part == "morning" or _MORNING.search(when):
        return (morning,)
    if half == "pm" or part or _AFTERNOON.search(when):
        return (morning + DAY // 2,)
    return (morning, morning + DAY // 2)


def _is_a_date(about: dict, when: str, *, day_first: bool) -> bool:
    """ "24.12" where people write the day first, unless it is no date or a word says that it is a time."""
    if about.get("sign") != "." or about.get("word") or about.get("half") or about.get("part"):
        return False
    return " on " in f" {when}" or (day_first and 1 <= int(about["minute"]) <= 12)


def _says_yes_on(asked: Asked, spans: Sequence[Span]) -> bool | None:
    if not spans:
        return {"open": False, "opens": False, "closed": True}.get(asked.state)
    rule, edge = _RULES.get((asked.state, asked.word), (None, None))
    into_the_next_day = any(closes > DAY for _, closes in spans)
    if rule is None or (into_the_next_day and edge is None):
        return None
    times = asked.times
    if edge:
        later = [time + DAY for time in times] if into_the_next_day else []
        times = [min([*times, *later], key=lambda time: abs(time - edge(spans)))]
    answers = {rule(time, spans) for time in times}
    return answers.pop() if len(answers) == 1 else None


def _opening(spans: Sequence[Span]) -> int:
    return min(opens for opens, _ in spans)


def _closing(spans: Sequence[Span]) -> int:
    return max(closes for _, closes in spans)


def _is_open_at(time: int, spans: Sequence[Span]) -> bool:
    return any(opens <= time < closes for opens, closes in spans)


def _opens_at(time: int, spans: Sequence[Span]) -> bool | None:
    """ "Do you open at 10?" is neither yes nor no where it has been open since 9."""
    if any(opens == time for opens, _ in spans):
        return True
    return None if _is_open_at(time, spans) else False


# What the answer depends on, and the end of the hours that a time without am or pm is meant to be near.
Rule = Callable[[int, Sequence[Span]], bool | None]
_OPEN_BEFORE = (lambda time, spans: _opening(spans) < time, _opening)
_OPEN_BY = (lambda time, spans: _opening(spans) <= time, _opening)
_OPEN_AFTER = (lambda time, spans: _closing(spans) > time, _closing)
_OPEN_UNTIL = (lambda time, spans: _closing(spans) >= time, _closing)
_RULES: dict[tuple[str, str], tuple[Rule, Callable | None]] = {
    ("open", "at"): (_is_open_at, None),
    ("open", "before"): _OPEN_BEFORE,
    ("open", "by"): _OPEN_BY,
    ("open", "after"): _OPEN_AFTER,
    ("open", "until"): _OPEN_UNTIL,
    ("opens", "at"): (_opens_at, _opening),
    ("opens", "before"): _OPEN_BEFORE,
    ("opens", "by"): _OPEN_BY,
    ("opens", "until"): _OPEN_UNTIL,
    ("closed", "at"): (lambda time, spans: not _is_open_at(time, spans), None),
    ("closed", "by"): (lambda time, spans: _closing(spans) <= time, _closing),
    ("closes", "at"): (lambda time, spans: any(closes == time for _, closes in spans), _closing),
    ("closes", "before"): (lambda time, spans: _closing(spans) < time, _closing),
    ("closes", "by"): (lambda time, spans: _closing(spans) <= time, _closing),
    ("closes", "after"): _OPEN_AFTER,
}
