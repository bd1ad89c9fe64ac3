"""What "and on Saturday?" and "how much?" mean after what was asked before; pure: the search decides if it is so."""

import re
from collections.abc import Iterator

_LEAD = re.compile(
    r"^(?:(?:and|so|ok|okay|no|sorry|oh|well|but|then|also|or|wait|yes|yeah|actually|i mean|i meant|i said"
    r"|i want to say"
    r"|what about|how about|what if it is|not \w+ but|not \w+)\b[\s,]*)+",
    re.IGNORECASE,
)
_DAY = (
    r"(?:(?:on|this|next|the|for|at)\s+)*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|today|tomorrow|tonight|"
    r"weekends?|weekdays?|next week|holidays?|christmas(?: eve| day)?|thanksgiving|new year'?s?(?: eve| day)?|easter)"
    r"(?:\s+(?:morning|afternoon|evening|night|the \d{1,2}(?:st|nd|rd|th)))?"
)
_WHEN = re.compile(_DAY, re.IGNORECASE)
_PRICE = re.compile(
    r"how much(?: (?:is|are|does|do|would|for) (?:it|that|this|they|those|one)(?: cost| be)?)?"
    r"|(?:the )?price|what(?: does| would|'s| is) (?:it|that|the price)(?: cost)?",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"how long(?: (?:is|are|does|do|would|will) (?:it|that|this|they|those)(?: take| last| be)?)?|how long for (?:it"
    r"|that)",
    re.IGNORECASE,
)
_FOR = re.compile(r"for (?:an? |the |my )?(?P<whom>\w+)", re.IGNORECASE)
_GROUPS = {
    "men": "men's", "man": "men's", "women": "women's", "woman": "women's", "ladies": "women's", "kids": "children's",
    "children": "children's", "kid": "children's", "child": "children's", "husband": "men's", "boyfriend": "men's",
    "wife": "women's", "girlfriend": "women's", "son": "children's", "daughter": "children's", "guys": "men's",
}  # fmt: skip
_OWNER = re.compile(r"\b(?:wo)?men'?s\b|\bchild(?:ren)?'?s\b|\bkids'?\b", re.IGNORECASE)
_FRAME = re.compile(
    r"^.*?\b(?:how much (?:is|are|for|does)|what(?: is|'s) the price of|how long (?:is|are|does)|do you (?:do|offer"
    r"|have|sell))"
    r"(?: an?| the)? ",
    re.IGNORECASE,
)
_MOST_WORDS = 7


def combined(words: str, *, last: str, service: str) -> Iterator[str]:
    """Whole questions these words may stand for: `last` is what she answered before, `service` what it was about."""
    said = _without_lead(words)
    if service and _PRICE.fullmatch(said):
        yield f"how much is {service}?"
    if service and _LENGTH.fullmatch(said):
        yield f"how long does {service} take?"
    if not last:
        return
    if _WHEN.fullmatch(said):
        yield from _on(said, last)
    if whose := _whose(said):
        yield from _of(whose, last, service)
    if (frame := _FRAME.match(last)) and len(said.split()) <= 4 and not _WHEN.fullmatch(said):
        yield f"{frame[0]}{re.sub(r'^(?:an?|the) ', '', said)}?"


def is_elliptical(words: str) -> bool:
    """Whether these words cannot be understood without what was said before."""
    said = _without_lead(words)
    if len(words.split()) > _MOST_WORDS:
        return False
    return any(form.fullmatch(said) for form in (_WHEN, _PRICE, _LENGTH, _FOR))


def _on(day: str, last: str) -> Iterator[str]:
    plain = last.rstrip(" ?.!")
    when = day if re.match(r"(?:on|this|next|the|for|at|today|tomorrow|tonight)\b", day, re.IGNORECASE) else f"on {day}"
    if _WHEN.search(plain):
        yield _WHEN.sub(when, plain, count=1) + "?"
    else:
        yield f"{plain} {when}?"


def _whose(said: str) -> str:
    found = _FOR.fullmatch(said)
    return _GROUPS.get((found["whom"] if found else said).lower(), "")


def _of(whose: str, last: str, service: str) -> Iterator[str]:
    if _OWNER.search(last):
        yield _OWNER.sub(whose, last, count=1)
    if frame := _FRAME.match(last):
        yield f"{frame[0]}{whose} {last[frame.end() :]}"
        if service:
            yield f"{frame[0]}{whose} {service.split()[-1]}?"


def _without_lead(words: str) -> str:
    return _LEAD.sub("", words.strip()).strip(" ?.!,")
