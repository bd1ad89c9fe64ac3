"""Learned answers as a table for spreadsheets: written so that no cell is a formula, read back as they were."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable
from typing import NoReturn
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from knowledge.models import LearnedAnswer, Phrasing
from knowledge.wording import clean_answer, clean_question

COLUMNS = ("question", "answer", "phrasings", "valid_until")
NEEDED = ("question", "answer")
# https://owasp.org/www-community/attacks/CSV_Injection; the apostrophes, so that what began with one is read back whole
FORMULA = re.compile(r"'*[=+\-@\t\r]")
ESCAPED = re.compile(r"'+[=+\-@\t\r]")


class FileError(Exception):
    """What is wrong with a file, and in which line, in words for the person who made it."""


def write(answers: Iterable[LearnedAnswer], zone: ZoneInfo) -> str:
    """One line an answer; its approved wordings stand in one cell, each on a line of its own."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for one in answers:
        until = f"{one.valid_until.astimezone(zone):%Y-%m-%d %H:%M}" if one.valid_until else ""
        wordings = [phrasing.text.replace("\n", " ") for phrasing in further_wordings(one)]
        table.writerow(map(escaped, (one.question, one.answer, "\n".join(wordings), until)))
    return out.getvalue()


def further_wordings(answer: LearnedAnswer) -> list[Phrasing]:
    """The approved ones besides its own question."""
    approved = [one for one in answer.phrasings.all() if one.state == Phrasing.State.APPROVED]
    return [one for one in approved if one.key != answer.question_key]


def read(text: str, zone: ZoneInfo) -> list[dict]:
    """Arguments of `learn`, each with its `line`. Raises FileError."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found, line, place = [], 1, {}
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                pass
            elif not place:
                place = _heads(cells, line)
            else:
                found.append(_row(dict(zip(place, cells, strict=False)), cells, place, line, zone))
            line = lines.line_num + 1
    except csv.Error as error:
        _fail(line, f"not a table that can be read: {error}")
    if not place:
        raise FileError("The file is empty.")
    return found


def escaped(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescaped(cell: str) -> str:
    return cell[1:] if ESCAPED.match(cell) else cell


def _delimiter(text: str) -> str:
    """Spreadsheets of many countries write semicolons."""
    head = text.lstrip().partition("\n")[0]
    return max(",;\t", key=head.count)


def _heads(cells: list[str], line: int) -> dict[str, int]:
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    if missing := [name for name in NEEDED if name not in names]:
        _fail(line, f"the column {missing[0]} is missing; the first line names the columns {', '.join(COLUMNS)}")
    if unknown := [name for name in names if name and name not in COLUMNS]:
        _fail(line, f"there is no column {unknown[0][:40]}; there are {', '.join(COLUMNS)}")
    if len({name for name in names if name}) < len([name for name in names if name]):
        _fail(line, "a column stands here twice")
    return {name: at for at, name in enumerate(names)}


def _row(row: dict[str, str], cells: list[str], place: dict[str, int], line: int, zone: ZoneInfo) -> dict:
    if len(cells) > len(place):
        _fail(line, f"{len(cells)} cells, but {len(place)} columns: is a comma not in quotation marks?")
    row = {name: unescaped(cell) for name, cell in row.items()}
    try:
        return {
            "line": line,
            "question": clean_question(row.get("question", "")),
            "answer": clean_answer(row.get("answer", "")),
            "phrasings": [clean_question(one) for one in row.get("phrasings", "").splitlines() if one.strip()],
            "valid_until": _moment(row.get("valid_until", "").strip(), zone),
        }
    except ValidationError as error:
        _fail(line, " ".join(error.messages))


def _moment(text: str, zone: ZoneInfo) -> dt.datetime | None:
    """A date holds to its end, in the salon's zone."""
    if not text:
        return None
    try:
        if day := parse_date(text):
            return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
        moment = parse_datetime(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise ValidationError(f"“{text[:40]}” is not a date; write 2026-12-24, or 2026-12-24 18:00.")
    return timezone.make_aware(moment, zone) if timezone.is_naive(moment) else moment


def _fail(line: int, words: str) -> NoReturn:
    raise FileError(f"Line {line}: {words}") from None
