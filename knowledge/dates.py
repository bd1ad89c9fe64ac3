"""Reads which days a question is about, exactly or not at all; pure."""

import datetime as dt
import re
from collections.abc import Callable, Mapping

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
SHORT = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6}
ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
TEENS = (
    "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth",
    "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
)  # fmt: skip
ORDINALS = (
    {word: number for number, word in enumerate(ONES + TEENS, start=1)}
    | {f"twenty {word}": number for number, word in enumerate(ONES, start=21)}
    | {"twentieth": 20, "thirtieth": 30, "thirty first": 31}
)
FARTHEST = dt.timedelta(days=400)

_WEEKDAY = "|".join((*WEEKDAYS, *SHORT))
_MONTH = "|".join((*MONTHS, *(name[:3] for name in MONTHS), "sept"))
_ORDINAL_WORDS = re.compile("|".join(sorted(map(r"\b{}\b".format, ORDINALS), key=len, reverse=True)))
_PART = r"(?:(?:(?:in |during |at )?(?:the )?)(?:mornings?|afternoons?|evenings?|nights?|lunch ?time))"
_DAY_NUMBER = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"

Days = list[str]


def read_days(when: str, today: dt.date, *, day_first: bool = False) -> Days | None:
    """The days that all of `when` names: dates as 2026-11-26, weekdays as "sunday", or "week" and "next_week".

    `when` is normalised text such as "on next friday"; `day_first` is how 3/4 is read. None when any word is left over.
    """
    text = _ORDINAL_WORDS.sub(lambda found: f"{ORDINALS[found[0]]}th", when.strip())
    if re.fullmatch(_PART, text):
        return ["week"]
    for bare in map(_without_preposition, (text, without_part(text))):
        for pattern, read in _GRAMMAR:
            if (found := re.fullmatch(pattern, bare)) and (days := read(found, today, day_first)) is not None:
                return days
    return None


def without_part(when: str) -> str:
    """Hours are told whole, whatever part of the day was asked about."""
    return re.sub(rf"^{_PART}(?: |$)", "", re.sub(rf"(?:^| ){_PART}$", "", when))


def _without_preposition(text: str) -> str:
    """ "In the" is said of weeks only, and no article stands before a short name: "in the sun" is no Sunday."""
    text = re.sub(r"^(?:late|early)(?: |$)", "", text)
    text = re.sub(r"^(?:(?:on|for|during|over|at|of) |in (?=(?:the )?week))", "", text)
    return re.sub(rf"^the (?!(?:{'|'.join(SHORT)})$)", "", text).strip()


def _weekday(name: str) -> int:
    return SHORT[name] if name in SHORT else WEEKDAYS.index(name)


def _coming(weekday: int, today: dt.date) -> dt.date:
    return today + dt.timedelta(days=(weekday - today.weekday()) % 7)


def _week_of(day: dt.date, *, sunday_first: bool) -> dt.date:
    return day - dt.timedelta(days=(day.weekday() + sunday_first) % 7)


def _next_weekday(weekday: int, today: dt.date) -> Days:
    """ "Next Friday" said on a Wednesday means either of two days to people: then both are told."""
    coming = _coming(weekday, today)
    later = coming + dt.timedelta(days=7)
    if coming == today:
        return _iso(later)
    in_this_week = any(_week_of(coming, sunday_first=s) == _week_of(today, sunday_first=s) for s in (True, False))
    return _iso(coming, later) if in_this_week else _iso(coming)


def _weekend(saturday: dt.date, today: dt.date) -> Days:
    return _iso(*(day for day in (saturday, saturday + dt.timedelta(days=1)) if day >= today))


def _this_saturday(today: dt.date) -> dt.date:
    return today - dt.timedelta(days=1) if today.weekday() == 6 else _coming(5, today)


def _dated(today: dt.date, month: int | None, day: int, year: int | None = None, weekday: str | None = None) -> Days:
    """The next such day; an empty list is never returned, None when there is none, or not on that weekday."""
    for candidate in _candidates(today, month, day, year):
        if candidate >= today and candidate - today <= FARTHEST:
            fits = weekday is None or candidate.weekday() == _weekday(weekday)
            return _iso(candidate) if fits else None
    return None


def _candidates(today: dt.date, month: int | None, day: int, year: int | None):
    for ahead in range(13):
        years, months = divmod(today.month - 1 + ahead, 12)
        this = (today.year + years, months + 1)
        if (month is None or month == this[1]) and (year is None or year == this[0]):
            try:
                yield dt.date(*this, day)
            except ValueError:  # the 31st of a shorter month
                continue


def _month(name: str) -> int:
    return next(number for number, full in enumerate(MONTHS, start=1) if full.startswith(name[:3]))


def _numbers(found: re.Match, today: dt.date, day_first: bool) -> Days | None:
    first, second, year = int(found["one"]), int(found["two"]), found["year"]
    if found["sign"] == "." and not (day_first or year):  # a time, where dates are written with strokes
        return None
    day, month = (first, second) if day_first else (second, first)
    full = int(year) + (2000 if len(year) == 2 else 0) if year else None
    return _dated(today, month, day, full) if month <= 12 else None


def _named(found: re.Match, today: dt.date, _: bool) -> Days | None:
    about: Mapping = found.groupdict()
    month = _month(about["month"]) if about.get("month") else None
    year = int(about["year"]) if about.get("year") else None
    return _dated(today, month, int(about["day"]), year, about.get("weekday"))


def _iso(*days: dt.date) -> Days:
    return [day.isoformat() for day in days]


def _after(days: int) -> Callable:
    return lambda found, today, _: _iso(today + dt.timedelta(days=days))


_ON_WEEKDAY = rf"(?:(?P<weekday>{_WEEKDAY}) (?:the )?)?"
_GRAMMAR: list[tuple[str, Callable]] = [
    (r"today|tonight|this (?:morning|afternoon|evening)|later(?: today)?|later on", _after(0)),
    (r"tomorrow", _after(1)),
    (r"(?:the )?day after tomorrow", _after(2)),
    (rf"(?:this |coming |this coming |upcoming )?({_WEEKDAY})", lambda f, t, _: _iso(_coming(_weekday(f[1]), t))),
    (rf"next ({_WEEKDAY})", lambda f, t, _: _next_weekday(_weekday(f[1]), t)),
    (rf"({_WEEKDAY})s|every ({_WEEKDAY})|an? ({_WEEKDAY})", lambda f, t, _: [WEEKDAYS[_weekday(f[1] or f[2] or f[3])]]),
    (rf"({'|'.join(WEEKDAYS)})s and ({'|'.join(WEEKDAYS)})s", lambda f, t, _: [f[1], f[2]]),
    (r"(?:this |coming |this coming )?weekend", lambda f, t, _: _weekend(_this_saturday(t), t)),
    (r"next weekend", lambda f, t, _: _weekend(_coming(5, t + dt.timedelta(days=7 if t.weekday() < 5 else 1)), t)),
    (r"(?:a |every )?weekends?", lambda f, t, _: ["saturday", "sunday"]),
    (r"next week", lambda f, t, _: ["next_week"]),
    (
        r"|every ?day|each day|daily|all week|(?:this |a )?week|weekdays|(?:a )?weekday|7 days a week",
        lambda f, t, _: ["week"],
    ),
    (rf"{_ON_WEEKDAY}(?P<month>{_MONTH}) (?:the )?{_DAY_NUMBER}(?: (?P<year>20\d\d))?", _named),
    (rf"{_ON_WEEKDAY}{_DAY_NUMBER} (?:of )?(?P<month>{_MONTH})(?: (?P<year>20\d\d))?", _named),
    (rf"{_ON_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)", _named),
    (r"(?P<one>\d{1,2})(?P<sign>[/.])(?P<two>\d{1,2})(?:[/.](?P<year>20\d\d|\d\d))?", _numbers),
    (r"(20\d\d)-(\d\d)-(\d\d)", lambda f, t, _: _dated(t, int(f[2]), int(f[3]), int(f[1]))),
]
