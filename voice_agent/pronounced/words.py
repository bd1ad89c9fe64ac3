"""Abbreviations as the words that they stand for."""

import re

from knowledge.models import Salon
from voice_agent.pronounced.marks import DOT

_WORDS = {
    r"\bw/o\b": "without",
    r"\bw/(?=\s|\w)\s*": "with ",
    r"\be\.g\.,?": "for example",
    r"\bi\.e\.,?": "that is",
    rf"\betc\b{DOT}": "et cetera",
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
    rf"(?<=\d)\s*hrs?\b{DOT}(?!\w)": " hours",
    rf"(?<=\d)\s*mins?\b{DOT}(?!\w)": " minutes",
    rf"(?<=\d)\s*secs?\b{DOT}(?!\w)": " seconds",
    rf"/\s*hrs?\b{DOT}": " per hour",
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


def words(text: str, salon: Salon) -> str:
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
