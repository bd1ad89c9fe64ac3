"""Marks that nobody says: Markdown, emoji, the dots and slashes of addresses; and those between and behind words."""

import re

from knowledge.models import Salon

TO = r"\s*(?:-|–|—|\bto\b)\s*"
DOT = r"(?:\.(?!\s*$|\s+[A-Z]))?"  # of an abbreviation; one that ends the sentence stays
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]")


def plain(text: str, salon: Salon) -> str:
    """Without Markdown and emoji; a line is a sentence."""
    text = re.sub(r"!?\[([^\]]+)\]\((?:[^)]+)\)", r"\1", text)
    text = re.sub(r"(?m)^\s*(?:#{1,6}\s+|[-*+•]\s+|>\s*|\d+[.)]\s+(?=[A-Z]))", "", text)
    text = re.sub(r"(?m)^\s*(?:[-*_]\s*){3,}$|```\w*", "", text)
    text = re.sub(r"(\*\*|__|\*|~~|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = _EMOJI.sub("", text).replace("’", "'").replace("\u00a0", " ")
    return re.sub(r"([^\s.!?,:;])[ \t]*\n+\s*", r"\1. ", text.strip())


def addresses(text: str, salon: Salon) -> str:
    text = re.sub(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", lambda found: _dotted(found[0]), text)
    return re.sub(
        r"\b(?:https?://|www\.)[^\s<>()]*[\w/]|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|example|co\.uk|de|ca|io|salon)\b"
        r"(?:/[\w/-]*)?",
        lambda found: _dotted(re.sub(r"^https?://(?:www\.)?|^www\.", "", found[0]).rstrip("/")),
        text,
    )


def _dotted(address: str) -> str:
    for sign, word in (("@", "at"), (".", "dot"), ("/", "slash"), ("-", "dash"), ("_", "underscore"), ("+", "plus")):
        address = address.replace(sign, f" {word} ")
    return address
