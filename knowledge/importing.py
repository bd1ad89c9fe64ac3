"""What a file of answers would change, line by line, and the change itself."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from knowledge import learning, sheet
from knowledge.context_file import Context, ContextError
from knowledge.models import LearnedAnswer, Phrasing
from knowledge.sheet import FileError
from knowledge.wording import clean_answer, clean_question, key_of

MOST_BYTES = 1_000_000
MOST_ROWS = 800  # each is a field of the preview's form, of which Django reads a thousand


class Mark(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    CONFLICTING = "conflicting"
    UNCHANGED = "unchanged"


class Choice(StrEnum):
    TAKE = "take"
    REPLACE = "replace"
    BOTH = "both"
    LEAVE = "leave"


CHOICES = {
    Mark.NEW: ((Choice.TAKE, "add it"), (Choice.LEAVE, "leave it out")),
    Mark.CHANGED: ((Choice.TAKE, "take the file's"), (Choice.LEAVE, "keep hers")),
    Mark.CONFLICTING: (
        (Choice.LEAVE, "leave it out"),
        (Choice.REPLACE, "replace the other"),
        (Choice.BOTH, "keep both; she asks back"),
    ),
    Mark.UNCHANGED: (),
}


@dataclass
class Row:
    """One answer of a file beside what she says now."""

    number: int
    line: int
    question: str
    answer: str
    phrasings: list[str]
    valid_until: dt.datetime | None
    mark: Mark = Mark.NEW
    known: LearnedAnswer | None = None  # with the same question
    others: list[LearnedAnswer] = field(default_factory=list)  # to which one of the wordings leads, too
    why: str = ""

    @property
    def choices(self) -> tuple:
        return CHOICES[self.mark]

    @property
    def new_wordings(self) -> list[str]:
        had = {one.key for one in self.known.phrasings.all()} if self.known else set()
        return [text for text in self.phrasings if key_of(text) not in had | {key_of(self.question)}]


def read(name: str, raw: bytes, zone: ZoneInfo) -> list[Row]:
    """The answers of a CSV or of a context file, each marked. Raises FileError with words."""
    if len(raw) > MOST_BYTES:
        raise FileError(f"The file has {len(raw):,} bytes; {MOST_BYTES:,} are the limit. Split it.")
    found = _of_context(name, _text(raw)) if name.lower().endswith(".toml") else sheet.read(_text(raw), zone)
    if len(found) > MOST_ROWS:
        raise FileError(f"The file has {len(found):,} answers; {MOST_ROWS} are the limit. Split it.")
    if not found:
        raise FileError("There is no answer in this file.")
    _refuse_twice(found)
    return _marked([Row(number, **one) for number, one in enumerate(found)])


@transaction.atomic
def apply(rows: Iterable[Row], chosen: Mapping[int, str], *, by: AbstractBaseUser) -> int:
    """All that was chosen, or nothing; returns how many answers were added or changed."""
    taken = [row for row in rows if chosen.get(row.number, Choice.LEAVE) != Choice.LEAVE and row.choices]
    for row in taken:
        _apply(row, chosen[row.number], by)
    return len(taken)


def _apply(row: Row, choice: str, by: AbstractBaseUser) -> None:
    reason = "import"
    if row.known:
        learned = row.known
        if row.answer != learned.answer:
            learning.correct(learned, answer=row.answer, by=by, reason=reason)
        if row.valid_until != learned.valid_until:
            learning.hold_until(learned, row.valid_until, by=by)
        for text in row.new_wordings:
            learning.add_phrasing(learned.pk, text, source=reason, by=by)
    else:
        values = {name: getattr(row, name) for name in ("question", "answer", "phrasings", "valid_until")}
        learned = learning.learn(**values, taught_by=by, origin=LearnedAnswer.Origin.IMPORT, reason=reason)
    if choice == Choice.REPLACE:
        for other in row.others:
            learning.give_way(other, to=learned, by=by, reason=reason)


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileError(f"Line {line}: is not UTF-8 text. Save it as “CSV UTF-8”.") from None
    if "\0" in text:
        raise FileError(f"Line {text[: text.index(chr(0))].count(chr(10)) + 1}: is not text.")
    return text


def _of_context(name: str, text: str) -> list[dict]:
    try:
        read = Context(PurePath(name), text=text)
    except ContextError as error:
        raise FileError(str(error)) from None
    return [
        {
            "line": read.line_of_answer(number),
            "question": clean_question(one["question"]),
            "answer": clean_answer(one["answer"]),
            "phrasings": [clean_question(text) for text in one.get("phrasings", [])],
            "valid_until": one.get("valid_until"),
        }
        for number, one in enumerate(read.answers)
    ]


def _refuse_twice(found: list[dict]) -> None:
    lines: dict[str, int] = {}
    for one in found:
        first = lines.setdefault(key_of(one["question"]), one["line"])
        if first != one["line"]:
            raise FileError(f"Line {one['line']}: the same question stands in line {first} already.")


def _marked(rows: list[Row]) -> list[Row]:
    """Compared with what she knows now: two queries, however many rows."""
    keys = {key_of(text) for row in rows for text in (row.question, *row.phrasings)}
    led: dict[str, set] = {}
    for key, pk in Phrasing.objects.approved().of_active_answers().values_list("key", "learned_answer"):
        if key in keys:
            led.setdefault(key, set()).add(pk)
    concerned = LearnedAnswer.objects.active().filter(pk__in=set().union(*led.values()))
    answers = {one.pk: one for one in concerned.prefetch_related("phrasings")}
    retired = set(LearnedAnswer.objects.filter(active=False).values_list("question_key", flat=True))
    for row in rows:
        _mark(row, led, answers, retired)
    return rows


def _mark(row: Row, led: dict[str, set], answers: dict, retired: set[str]) -> None:
    own = key_of(row.question)
    hit = {pk for text in (row.question, *row.phrasings) for pk in led.get(key_of(text), ())}
    row.known = next((answers[pk] for pk in hit if answers[pk].question_key == own), None)
    row.others = [answers[pk] for pk in hit if answers[pk] != row.known and answers[pk].answer != row.answer]
    if row.others and (row.known is None or row.new_wordings or row.answer != row.known.answer):
        row.mark, row.why = Mark.CONFLICTING, "another answer has one of these wordings"
    elif row.known:
        same = (row.answer, row.valid_until) == (row.known.answer, row.known.valid_until) and not row.new_wordings
        row.mark = Mark.UNCHANGED if same else Mark.CHANGED
    elif own in retired:
        row.mark, row.why = Mark.CONFLICTING, "somebody has retired the answer to this"
