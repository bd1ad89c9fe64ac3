"""Reads which service a question about price, length or offer names, exactly or not at all; pure."""

import re
from collections.abc import Sequence

from knowledge.models import Service
from knowledge.wording import stem, words

LISTED = 4
IGNORED = frozenset(
    ["a", "an", "the", "your", "our", "some", "any", "one", "of", "for", "and", "with", "in", "just", "to", "get"]
)
_ENDS = r"(?: (?:here|with you|at your (?:salon|shop|place|studio)|cost|costs|take|be|run|run me|go for|set me back))*"
_IS = "is|are|does|do|would|will"
_FRAMES = [
    re.compile(frame)
    for frame in (
        rf"how (?:much|expensive) (?:{_IS}|for|to get)(?: it)?(?: to get| for)? (?P<what>.+?){_ENDS}",
        r"how much (?:do|would) (?:you|they) (?:guys )?(?:charge|ask|take|want) for (?P<what>.+)",
        rf"what (?:does|do|would|will) (?P<what>.+?){_ENDS}",
        r"what (?:do|would) you (?:guys )?charge for (?P<what>.+)",
        r"(?:what (?:is|are) )?(?:the |your )?(?:price|cost|rate|fee|charge|pricing)s? (?:of|for|on) (?P<what>.+)",
        r"(?P<what>.+?) (?:price|cost|pricing)s?",
        rf"how (?:long|much time|many minutes|many hours) (?:{_IS})(?: it take for)? (?P<what>.+?){_ENDS}",
        r"(?:what is )?the (?:duration|length) of (?P<what>.+)",
        r"do you (?:guys |also |all |still )*(?:do|offer|have|provide) (?P<what>.+)",
        r"can you (?:guys |also )?do (?P<what>.+)",
    )
]


def read_services(said: str, services: Sequence[Service]) -> list[Service]:
    """The services that all of a normalised question asks about; empty when a word is left over.

    One when a name or other name is said whole; two to four when what is said is part of each of their names.
    """
    for frame in _FRAMES:
        if (found := frame.fullmatch(said)) and (named := _named(found["what"], services)):
            return named
    return []


def _named(what: str, services: Sequence[Service]) -> list[Service]:
    asked = _stems(what)
    if not asked:
        return []
    exact = [one for one in services if asked in _names(one)]
    if exact:
        return exact[:LISTED]
    part = [one for one in services if any(asked < name for name in _names(one))]
    return part if 2 <= len(part) <= LISTED else []


def _names(service: Service) -> list[frozenset[str]]:
    return [stems for name in (service.name, *service.also_called.split(",")) if (stems := _stems(name))]


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in IGNORED)
