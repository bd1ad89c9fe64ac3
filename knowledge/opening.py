"""Reads which days, or which holiday, a question about opening hours means; pure."""

import datetime as dt
import re

from knowledge.clock import parse, split
from knowledge.dates import read_days, without_part
from knowledge.hours import Hours
from knowledge.models import Closure
from knowledge.wording import stem, words

ONE_DAY = dt.timedelta(days=1)

_WHO = r"(?:you|you guys|you all|the (?:salon|shop|store|place|studio|workshop))"
_OPEN = r"(?:open|opening|closed|closing|close)"
_WHEN = r"(?: (?P<when>.+?))?(?: or not| or are you closed| or closed)?"
_TIME = r"(?:(?:until |till |at )?what time|(?:until |till )?when|how (?:early|late|long))"
_UNTIL = r"(?: (?:up|until|till|to))?"
_HOURS = r"(?:(?:opening|business|working|store|salon|shop|normal|regular) )?(?:hours|times|schedule)"
_NOW = ("", "now", "right now", "currently", "at the moment", "yet", "still", "at this moment", "just now", "soon")
# "Are you open at 9?" is about the whole time, "do you open at 9?" about a moment.
_ARE = {"open": "open", "closed": "closed", "opening": "opens", "closing": "closes", "close": "closes"}
_DO = {"open": "opens", "close": "closes", "work": "open"}
_FRAMES = [
    (re.compile(frame), without_day, states)
    for frame, without_day, states in (
        (rf"when are {_WHO} (?:open|closed)", "week", {}),
        (rf"(?:what|which) (?:hours|days|times?) are {_WHO} {_OPEN}{_WHEN}", "week", {}),
        (rf"(?:are|is|will) {_WHO}(?: all)?(?: be)?(?: still)? (?P<is>{_OPEN})(?: for business)?{_WHEN}", "now", _ARE),
        (rf"do {_WHO} (?:guys )?(?P<is>open|close|work){_WHEN}", "now", _DO),
        (rf"{_WHO}(?: are| is)?(?: still)? (?P<is>open|closed){_WHEN}", "now", _ARE),
        (rf"{_TIME} (?:do|does|are|is|will) {_WHO}(?: guys)?(?: be)?(?: next)? {_OPEN}{_UNTIL}{_WHEN}", "next", {}),
        (rf"(?:what|until what) time {_WHO} {_OPEN}{_WHEN}", "next", {}),
        (rf"what (?:are|is) (?:your|the) {_HOURS}(?: of operation)?{_WHEN}", "week", {}),
        (rf"what (?:your|the) {_HOURS} are{_WHEN}", "week", {}),
        (rf"(?:your |the )?{_HOURS}{_WHEN}", "week", {}),
        (rf"(?:what (?:are|is) )?(?:your |the )?(?P<when>.+) {_HOURS}", "week", {}),
        (rf"(?P<is>{_OPEN})(?P<when> .+)", "now", {"open": "open", "closed": "closed"}),
        (r"(?P<when>(?:on |at )?.+) are you (?P<is>open|closed)", "now", _ARE),
    )
]


def read_opening(said: str, hours: Hours, *, at: dt.datetime, day_first: bool) -> str | None:
    """The id of the answer to normalised text; None when a word is left, or the day lies too far ahead.

    Such as `hours:2026-11-26`, `closure:4`, or with a time of day `hours:2026-11-26@open-at-17:00`.
    """
    if not hours.weekly:
        return None
    for frame, without_day, states in _FRAMES:
        if found := frame.fullmatch(said):
            about = found.groupdict()
            when, state = (about.get("when") or "").strip(), states.get(about.get("is"), "")
            read = (
                _WITHOUT_DAY[without_day](hours, at) if when in _NOW else _read_when(when, state, hours, at, day_first)
            )
            if read:
                return read
    return None


def _today_or_next(hours: Hours, at: dt.datetime) -> str:
    """ "When do you close?" is about today while today's hours last, then about the next opening."""
    span, today = hours.span_at(at), hours.local(at).date()
    return f"hours:{today}" if span and hours.local(span[0]).date() == today else "hours:now"


def _read_when(when: str, state: str, hours: Hours, at: dt.datetime, day_first: bool) -> str | None:
    today = hours.local(at).date()
    rest, asked = split(when, state=state, day_first=day_first)
    if closures := _named_closures(without_part(rest), hours, today):
        return "closure:" + "+".join(str(one.pk) for one in closures)
    days = _read_days(rest, hours, today, day_first) if rest else ["week"]
    if not days:
        return None
    return "hours:" + "+".join(days) + (f"@{asked}" if asked and parse(str(asked)) else "")


def _read_days(when: str, hours: Hours, today: dt.date, day_first: bool) -> list[str] | None:
    if beside := _beside_a_closure(when, hours, today):
        return [beside.isoformat()] if hours.knows(beside, today) else None
    parts = re.split(r" (?:and|or) (?:on )?", when)
    read = [read_days(part, today, day_first=day_first) for part in parts]
    if not all(read):
        return None
    days = list(dict.fromkeys(day for days in read for day in days))
    dates = [dt.date.fromisoformat(day) for day in days if day[0].isdigit()]
    return days if all(hours.knows(date, today) for date in dates) else None


def _beside_a_closure(when: str, hours: Hours, today: dt.date) -> dt.date | None:
    """The day after Thanksgiving; a closure of several days has no such day that everybody means."""
    found = re.fullmatch(r"(?:on )?(?:the )?day (?P<side>before|after) (?P<closure>.+)", when)
    named = _closures_called(found["closure"], hours, today) if found else []
    if len(named) != 1 or named[0].starts_on != named[0].ends_on:
        return None
    return named[0].starts_on + (-ONE_DAY if found["side"] == "before" else ONE_DAY)


def _named_closures(when: str, hours: Hours, today: dt.date) -> list[Closure]:
    if whole := _closures_called(when, hours, today):
        return whole
    parts = [_closures_called(part, hours, today) for part in re.split(r" (?:and|or) ", when)]
    return list({one.pk: one for part in parts for one in part}.values()) if all(parts) else []


def _closures_called(name: str, hours: Hours, today: dt.date) -> list[Closure]:
    asked = _name_stems(re.sub(r"^(?:on|for|over|during|at) ", "", name))
    upcoming = [one for one in hours.closures if one.ends_on >= today]
    if asked in (["holiday"], ["public", "holiday"], ["bank", "holiday"]):
        return upcoming[:4]
    return [one for one in upcoming if any(asked == _name_stems(name) for name in _closure_names(one))][:1]


def _closure_names(closure: Closure) -> list[str]:
    return [name for name in (closure.reason, *closure.also_called.split(",")) if name.strip()]


def _name_stems(name: str) -> list[str]:
    found = [stem(word) for word in words(name) if word not in ("the", "your")]
    return found[:-1] if len(found) > 1 and found[-1] == "day" else found


_WITHOUT_DAY = {"now": lambda hours, at: "hours:now", "week": lambda hours, at: "hours:week", "next": _today_or_next}
