"""Splits text into the pieces of a BERT vocabulary, uncased, as the embedding model expects."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

LONGEST_WORD = 100
# Scripts that are written without spaces: each sign is a word of its own.
CJK = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


class WordPiece:
    """Greedy longest match first, after https://github.com/google-research/bert (tokenization.py)."""

    def __init__(self, vocabulary: Path):
        lines = vocabulary.read_text(encoding="utf-8").splitlines()
        self.ids = {piece: number for number, piece in enumerate(lines)}
        self.unknown, self.start, self.end = (self.ids[name] for name in ("[UNK]", "[CLS]", "[SEP]"))

    def encode(self, text: str, limit: int) -> list[int]:
        """At most `limit` ids, the two that mark start and end included."""
        ids: list[int] = []
        for word in _words(text):
            ids += self._pieces(word)
            if len(ids) >= limit - 2:
                break
        return [self.start, *ids[: limit - 2], self.end]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self.unknown]
        ids, begin = [], 0
        while begin < len(word):
            for end in range(len(word), begin, -1):
                piece = self.ids.get(("##" if begin else "") + word[begin:end])
                if piece is not None:
                    break
            else:
                return [self.unknown]
            ids.append(piece)
            begin = end
        return ids


def _words(text: str) -> list[str]:
    kept = "".join(map(_spaced, text)).lower()
    plain = "".join(c for c in unicodedata.normalize("NFD", kept) if unicodedata.category(c) != "Mn")
    return [part for word in plain.split() for part in _split_punctuation(word)]


@lru_cache(maxsize=4096)
def _spaced(char: str) -> str:
    if char.isspace():
        return " "
    if char == "\ufffd" or unicodedata.category(char).startswith("C"):
        return ""
    return f" {char} " if any(low <= ord(char) <= high for low, high in CJK) else char


def _split_punctuation(word: str) -> list[str]:
    spaced = "".join(f" {c} " if _is_punctuation(c) else c for c in word)
    return spaced.split()


@lru_cache(maxsize=4096)
def _is_punctuation(char: str) -> bool:
    return bool(re.match(r"[!-/:-@\[-`{-~]", char)) or unicodedata.category(char).startswith("P")
