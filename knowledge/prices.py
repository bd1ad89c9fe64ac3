"""Reads which service a question about price, length or offer names, exactly or not at all; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.models import Service
from knowledge.wording import stem, words

LISTED = 4
MOST_CATEGORIES = 8
PRICE, LENGTH, OFFER, NAME = "price", "length", "offer", "name"
IGNORED = frozenset(
    ["a", "an", "the", "your", "our", "some", "any", "one", "of", "for", "and", "with", "in", "just", "to", "get"]
)
_ENDS = r"(?: (?:here|with you|at your (?:salon|shop|place|studio)|cost|costs|take|be|run|run me|go for|set me back))*"
_IS = "is|are|does|do|would|will"
_GET = "to get|to have|to do|for"
# "Do you have brakes?" may want to buy some: "have" is about things, "do" and "offer" are about services.
_FRAMES = [
    (re.compile(frame), about)
    for frame, about in (
        (
            rf"how (?:much|expensive) (?:(?:{_IS}) (?:it )?(?:cost |run |be )?)?(?:(?:{_GET}) )?(?P<what>.+?){_ENDS}",
            PRICE,
        ),
        (r"how much (?:do|would) you (?:guys )?(?:charge|ask|take|want) for (?P<what>.+)", PRICE),
        (rf"what (?:does|do|would|will) (?:it cost (?:{_GET}) )?(?P<what>.+?){_ENDS}", PRICE),
        (r"what (?:do|would) you (?:guys )?charge for (?P<what>.+)", PRICE),
        (
            r"(?:what (?:is|are) )?(?:the |your )?(?:price|cost|rate|fee|charge|pricing)s? (?:of|for|on) (?P<what>.+)",
            PRICE,
        ),
        (r"(?:what (?:is|are) )?(?:the |your )?(?P<what>.+?) (?:price|cost|pricing)s?", PRICE),
        (rf"how long (?:is|does|do|would|will)(?: it take (?:{_GET}))? (?P<what>.+?){_ENDS}", LENGTH),
        (rf"how (?:much time|many minutes|many hours) (?:{_IS})(?: it take (?:{_GET}))? (?P<what>.+?){_ENDS}", LENGTH),
        (r"(?:what is )?the (?:duration|length) of (?P<what>.+)", LENGTH),
        (r"do you (?:guys |also |all |still )*(?:do|offer|provide) (?P<what>.+)", OFFER),
        (r"can you (?:guys |also )?do (?P<what>.+)", OFFER),
        (r"(?P<what>.+)", NAME),
    )
]
_ALL_PRICES = re.compile(
    r"(?:(?:what|how much) (?:are|is) )?(?:the |your |all (?:the |your )?)?(?:prices?|pricing|rates|price list)"
    r"|do you have a price list|(?:what|how much) do you (?:guys )?charge"
)
# Not "and how long does it last?", which is about the result.
_AND_HOW_LONG = re.compile(
    r"(?P<first>.+) and (?:also )?"
    r"(?:(?:about |for )?how (?:long|much time|much) (?:does|do|is|are|will|would) (?:it|that|they|those)"
    r"(?: (?:take|cost|be))?|what (?:does|do|will|would) (?:it|that|they|those) cost)"
)


@dataclass(frozen=True)
class Named:
    """What was asked about: single services, or all of a category."""

    services: tuple[Service, ...]
    category: bool = False


def read_services(said: str, services: Sequence[Service]) -> str | None:
    """The id of the answer to a normalised question, such as `service:3+4`; None when a word is left over.

    A service when one of its names is said whole; several when what is said is what each of them is, as a haircut;
    `category:` and one of its services when the category is named; `prices:all` when nothing is.
    """
    if _ALL_PRICES.fullmatch(said):
        return "prices:all" if 0 < len({one.category for one in services}) <= MOST_CATEGORIES else None
    both = _AND_HOW_LONG.fullmatch(said)
    for frame, about in _FRAMES:
        found = frame.fullmatch(both["first"] if both else said)
        named = found and _named(found["what"], services)
        if named and _is_answered(named, {about, LENGTH} if both else {about}):
            return _id(named)
    return None


def _id(named: Named) -> str:
    if named.category:
        return f"category:{named.services[0].pk}"
    return "service:" + "+".join(str(one.pk) for one in named.services)


def _is_answered(named: Named, about: set[str]) -> bool:
    """A name by itself must be one service's; lengths are told only where they are known, of no whole category."""
    if NAME in about and (named.category or len(named.services) > 1):
        return False
    return LENGTH not in about or (not named.category and all(one.minutes for one in named.services))


def _named(what: str, services: Sequence[Service]) -> Named | None:
    """What all the words name: as one thing, or as the several that "and" joins."""
    if whole := _one_thing(what, services):
        return whole
    several = re.split(r" (?:and|or) ", what)
    parts = [_one_thing(part, services) for part in several] if len(several) > 1 else [None]
    if not all(parts) or any(part.category for part in parts):
        return None
    together = {one.pk: one for part in parts for one in part.services}
    return Named(tuple(together.values())) if len(together) <= LISTED else None


def _one_thing(what: str, services: Sequence[Service]) -> Named | None:
    asked = _stems(what)
    if not asked:
        return None
    if exact := [one for one in services if asked in map(_stems, _names(one))]:
        return Named(tuple(exact[:LISTED]))
    if same := [one for one in services if asked == _stems(one.category)]:
        return Named(tuple(same), category=True)
    return _kind(asked, services)


def _kind(asked: frozenset[str], services: Sequence[Service]) -> Named | None:
    """All services that are such a thing: of "gel manicure" it is "manicure", and neither "gel" nor "cuticle".

    "Cut" leads to all haircuts, where it ends other names of some of them.
    """
    found = [one for one in services if any(_ends_with(name, asked) for name in _names(one))]
    heads = {_kind_of(one) for one in found}
    if len(found) < 2 or len(heads) > 1:
        return None
    if len(asked) == 1:
        found = [one for one in services if _kind_of(one) in heads]
    if len(found) <= LISTED:
        return Named(tuple(found))
    whole = [one for one in services if one.category == found[0].category]
    return Named(tuple(found), category=True) if found == whole else None


def _kind_of(service: Service) -> str:
    return stem((_head(service.name) or words(service.name))[-1])


def _ends_with(name: str, asked: frozenset[str]) -> bool:
    return frozenset(map(stem, _head(name)[-len(asked) :])) == asked


def _names(service: Service) -> tuple[str, ...]:
    return _all_names(service.name, service.also_called)


# Every question is held against every name, which the next question finds as they were.
@lru_cache(maxsize=2_000)
def _all_names(name: str, also_called: str) -> tuple[str, ...]:
    return tuple(one for one in (name, *also_called.split(",")) if _stems(one))


@lru_cache(maxsize=5_000)
def _head(name: str) -> tuple[str, ...]:
    """The words up to what only describes: "haircut" of "haircut for a woman"."""
    head = re.split(r" (?:for|with|in|on) ", " ".join(words(name)))[0].split()
    return tuple(word for word in head if word not in IGNORED)


@lru_cache(maxsize=5_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in IGNORED)
