"""Digits as they are typed or said: "4242", "four two", "double five", "twenty six seventy one"; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

ONES = {
    "zero": 0, "oh": 0, "o": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "niner": 9,
    "cero": 0, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
    "null": 0, "eins": 1, "zwei": 2, "zwo": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8,
    "neun": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
TIMES = {"double": 2, "triple": 3}
_ONE, _TEEN, _TEN, _TIMES = ("|".join(table) for table in (ONES, TEENS, TENS, TIMES))
_TOKEN = re.compile(
    rf"\d+|\b(?:(?P<times>{_TIMES})[ -](?:(?P<again>{_ONE})s?|(?P<figure>\d))|(?P<ten>{_TEN})(?:[ -](?P<unit>{_ONE}))?"
    rf"|(?P<teen>{_TEEN})|(?P<one>{_ONE}))\b",
    re.IGNORECASE,
)
# What may stand between two digits of one number.
_MARKS = r"(?:[^\w+]|_)"
_BETWEEN = re.compile(
    rf"{_MARKS}{{0,5}}(?:(?:and|then|um|uh|next|dash|hyphen|space|slash|dot|point){_MARKS}{{1,5}})?", re.IGNORECASE
)


@dataclass(frozen=True)
class Token:
    """Digits that were written or said in one go, and where; `spoken` in words."""

    digits: str
    start: int
    end: int
    spoken: bool


@dataclass(frozen=True)
class Chain:
    """Digits that follow each other with nothing but marks, blanks and "then" between them."""

    tokens: tuple[Token, ...]

    @property
    def digits(self) -> str:
        return "".join(token.digits for token in self.tokens)

    @property
    def is_spoken(self) -> bool:
        return any(token.spoken for token in self.tokens)


def chains(text: str) -> Iterator[Chain]:
    """All digits of a text, taken together as somebody who reads a number aloud takes them."""
    found: list[Token] = []
    for token in _tokens(text):
        if found and not _BETWEEN.fullmatch(text, found[-1].end, token.start):
            yield Chain(tuple(found))
            found = []
        found.append(token)
    if found:
        yield Chain(tuple(found))


def written(text: str, *, fewest: int = 3) -> str:
    """The text with the numbers that are said in words, from so many digits on, in figures."""
    pieces, end = [], 0
    for chain in chains(text):
        if chain.is_spoken and len(chain.digits) >= fewest:
            pieces += [text[end : chain.tokens[0].start], chain.digits]
            end = chain.tokens[-1].end
    return "".join([*pieces, text[end:]])


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        said = _digits(found)
        yield Token(said, found.start(), found.end(), spoken=not found[0][0].isdecimal())


def _digits(found: re.Match) -> str:
    part = {name: (value or "").lower() for name, value in found.groupdict().items()}
    if part["times"]:
        return str(ONES[part["again"]] if part["again"] else int(part["figure"])) * TIMES[part["times"]]
    if part["ten"]:
        return str(TENS[part["ten"]] + (ONES[part["unit"]] if part["unit"] else 0))
    if part["teen"]:
        return str(TEENS[part["teen"]])
    return str(ONES[part["one"]]) if part["one"] else "".join(str(int(digit)) for digit in found[0])
