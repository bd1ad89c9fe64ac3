"""Reads which days, or which holiday, a question about opening hours means; pure."""

import datetime as dt
import re

from knowledge.dates import read_days
from knowledge.hours import Hours
from knowledge.models import Closure
from knowledge.wording import stem, words

_WHO = r"(?:you|you guys|you all|we|they|it|the (?:salon|shop|store|place|studio|workshop))"
_OPEN = r"(?:open|opening|closed|closing|close)"
_WHEN = r"(?: (?P<when>.+?))?(?: or not| or are you closed| or closed)?"
_TIME = r"(?:(?:until |till |at )?what time|(?:until |till )?when|how (?:early|late|long))"
_UNTIL = r"(?: (?:up|until|till|to))?"
_HOURS = r"(?:(?:opening|business|working|store|salon|shop|normal|regular) )?(?:hours|times|schedule)"
_NOW = ("", "now", "right now", "currently", "at the moment", "yet", "still", "at this moment", "just now", "soon")
_FRAMES = [
    (re.compile(frame), without_day)
    for frame, without_day in (
        (rf"when are {_WHO} (?:open|closed)", "week"),
        (rf"(?:what|which) (?:hours|days|times?) are {_WHO} {_OPEN}{_WHEN}", "week"),
        (rf"(?:are|is|will) {_WHO}(?: all)?(?: be)?(?: still)? {_OPEN}(?: for business)?{_WHEN}", "now"),
        (rf"do {_WHO} (?:guys )?(?:open|close|work){_WHEN}", "now"),
        (rf"{_TIME} (?:do|does|are|is|will) {_WHO}(?: guys)?(?: be)?(?: next)? {_OPEN}{_UNTIL}{_WHEN}", "next"),
        (rf"what (?:are|is) (?:your|the) {_HOURS}(?: of operation)?{_WHEN}", "week"),
        (rf"what (?:your|the) {_HOURS} are{_WHEN}", "week"),
        (rf"(?:your |the )?{_HOURS}{_WHEN}", "week"),
        (rf"(?:what (?:are|is) )?(?:your |the )?(?P<when>.+) {_HOURS}", "week"),
        (rf"{_OPEN}(?P<when> .+)", "now"),
        (r"(?P<when>(?:on |at )?.+) are you (?:open|closed)", "now"),
    )
]


def read_opening(said: str, hours: Hours, *, at: dt.datetime, day_first: bool) -> str | None:
    """The id of the answer, such as `hours:2026-11-26` or `closure:4`, to normalised text; None when a word is left."""
    if not hours.weekly:
        return None
    for frame, without_day in _FRAMES:
        if found := frame.fullmatch(said):
            when = (found.groupdict().get("when") or "").strip()
            if read := _WITHOUT_DAY[without_day](hours, at) if when in _NOW else _read_when(when, hours, at, day_first):
                return read
    return None


def _today_or_next(hours: Hours, at: dt.datetime) -> str:
    """ "When do you close?" is about today while today's hours last, then about the next opening."""
    span, today = hours.span_at(at), hours.local(at).date()
    return f"hours:{today}" if span and hours.local(span[0]).date() == today else "hours:now"


def _read_when(when: str, hours: Hours, at: dt.datetime, day_first: bool) -> str | None:
    today = hours.local(at).date()
    if closures := _named_closures(when, hours, today):
        return "closure:" + "+".join(str(one.pk) for one in closures)
    parts = re.split(r" (?:and|or) (?:on )?", when)
    read = [read_days(part, today, day_first=day_first) for part in parts]
    return "hours:" + "+".join(day for days in read for day in days) if all(read) else None


def _named_closures(when: str, hours: Hours, today: dt.date) -> list[Closure]:
    asked = _name_stems(re.sub(r"^(?:on|for|over|during|at) ", "", when))
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
