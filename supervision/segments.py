"""How much room a text takes on a telephone: its alphabet, its segments, and what in it costs double."""

import unicodedata
from typing import NamedTuple

# 3GPP TS 23.038: what has one place of seven bits, and what takes two because an escape goes before it.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
GSM_7, UCS_2 = "GSM-7", "UCS-2"
ROOM = {GSM_7: (160, 153), UCS_2: (70, 67)}  # alone, and as one of several, which begin with a header
# What has a twin in the alphabet that a reader takes for the same; letters keep their accents.
TWINS = {
    "’": "'", "‘": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "″": '"',
    "«": '"', "»": '"', "‹": "'", "›": "'", "–": "-", "—": "-", "―": "-", "‐": "-", "‑": "-", "‒": "-", "−": "-",
    "…": "...", "•": "-", "·": "-", "×": "x", "⁄": "/", "\t": " ", "\u00a0": " ", "\u2002": " ", "\u2003": " ",
    "\u2009": " ", "\u202f": " ", "\u200b": "", "\u2060": "", "\ufeff": "", "\u00ad": "", "½": "1/2", "¼": "1/4",
    "¾": "3/4", "™": "(TM)",
}  # fmt: skip
_PLAIN = str.maketrans(TWINS)


class Size(NamedTuple):
    """What a text weighs; `characters` as people count them, `units` as the network does."""

    characters: int
    units: int
    segments: int
    alphabet: str
    costly: tuple[str, ...]  # the characters for which the whole text is UCS-2, each once


def plain(text: str) -> str:
    """The text with what costs double replaced by its plain twin, where it has one."""
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def measure(text: str) -> Size:
    """A character that takes two units is never torn apart, so that a segment may end with one unit to spare."""
    costly = tuple(dict.fromkeys(one for one in text if one not in BASIC and one not in EXTENSION))
    alphabet = UCS_2 if costly else GSM_7
    weights = [_weight(one, alphabet) for one in text]
    units = sum(weights)
    alone, of_several = ROOM[alphabet]
    segments = int(bool(text)) if units <= alone else _filled(weights, of_several)
    return Size(len(text), units, segments, alphabet, costly)


def _weight(character: str, alphabet: str) -> int:
    if alphabet == GSM_7:
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _filled(weights: list[int], room: int) -> int:
    segments, used = 1, 0
    for weight in weights:
        if used + weight > room:
            segments, used = segments + 1, 0
        used += weight
    return segments
