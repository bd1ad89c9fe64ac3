"""Reads a business from a TOML file; a mistake is told with file, line and field."""

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from knowledge.models import Closure, OpeningHours, Salon, Service
from knowledge.wording import clean_answer, clean_question, key_of

TABLES = ("salon", "hours", "closure", "service", "answer")
FIELDS = {
    "salon": {"name": str, "assistant_name": str, "time_zone": str, "region": str, "currency": str, "clock_24h": bool},
    "closure": {"starts_on": object, "ends_on": object, "reason": str, "also_called": list},
    "service": {
        "category": str, "name": str, "also_called": list, "description": str, "price": object,
        "price_from": object, "price_to": object, "minutes": int,
    },
    "answer": {"question": str, "answer": str, "phrasings": list, "valid_until": dt.datetime},
}  # fmt: skip
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d) to (?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


class ContextError(Exception):
    """What is wrong, where: file, line, field, in words for the person who wrote the file."""


class Context:
    """Unsaved rows, checked whole: `salon`, `hours`, `closures`, `services`, and `answers` as arguments of `learn`."""

    def __init__(self, path: PurePath, *, text: str | None = None):
        """`text` is what the file holds, where it is not on this machine's disk."""
        self.path = path
        self.text = _read(Path(path)) if text is None else text
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"\(at line (\d+)", str(error))
            line = found[1] if found else max(1, len(self.text.splitlines()))
            raise ContextError(f"{path}, line {line}: not valid TOML: {error}") from None
        for name in self.data:
            if name not in TABLES:
                self._fail(name, 0, "", f"there is no table [{name}]; there are {', '.join(TABLES)}")
        self.salon = self._salon()
        self.hours = self._hours()
        self.closures = [self._closure(number, row) for number, row in enumerate(self._rows("closure"))]
        self.services = [self._service(number, row) for number, row in enumerate(self._rows("service"))]
        self.answers = [self._answer(number, row) for number, row in enumerate(self._rows("answer"))]
        self._refuse_twice("service", "name", str)
        self._refuse_twice("answer", "question", key_of)

    def _salon(self) -> Salon:
        row = self.data.get("salon")
        if not isinstance(row, dict):
            self._fail("salon", 0, "", "the table [salon] is missing")
        self._check("salon", 0, row, required=("name", "time_zone", "region"))
        return self._clean("salon", 0, Salon(**row, context=self.path.stem))

    def _hours(self) -> list[OpeningHours]:
        days = self.data.get("hours", {})
        if not isinstance(days, dict):
            self._fail("hours", 0, "", 'hours is a table: monday = ["09:00 to 18:00"]')
        known = {one.name.lower(): one for one in OpeningHours.Weekday}
        for day in days:
            if day not in known:
                self._fail("hours", 0, day, f"there is no weekday {day!r}")
        return [span for day, spans in days.items() for span in self._spans(known[day], day, spans)]

    def _spans(self, weekday: int, day: str, spans: Any) -> list[OpeningHours]:
        if not isinstance(spans, list):
            self._fail("hours", 0, day, 'expected a list such as ["09:00 to 18:00"], or [] for closed')
        found = [SPAN.fullmatch(span) if isinstance(span, str) else None for span in spans]
        if None in found:
            self._fail("hours", 0, day, f'expected "09:00 to 18:00", got {spans[found.index(None)]!r}')
        times = [(f"{one[1]}:{one[2]}", f"{one[3]}:{one[4]}" if one[3] else "00:00") for one in found]
        if len({opens for opens, _ in times}) < len(times):
            self._fail("hours", 0, day, "the same opening time stands here twice")
        rows = [OpeningHours(weekday=weekday, opens=opens, closes=closes) for opens, closes in times]
        return [self._clean("hours", 0, row, field=day) for row in rows]

    def _closure(self, number: int, row: dict) -> Closure:
        self._check("closure", number, row, required=("starts_on", "reason"))
        row = {"ends_on": row["starts_on"]} | row | {"also_called": self._names("closure", number, row)}
        closure = self._clean("closure", number, Closure(**row))
        if closure.ends_on < closure.starts_on:
            self._fail("closure", number, "ends_on", "the last day lies before the first")
        return closure

    def _service(self, number: int, row: dict) -> Service:
        self._check("service", number, row, required=("category", "name"))
        row = row | {"also_called": self._names("service", number, row)}
        if "price" in row:
            if {"price_from", "price_to"} & row.keys():
                self._fail("service", number, "price", "either price, or price_from and price_to")
            row["price_from"] = row["price_to"] = row.pop("price")
        service = self._clean("service", number, Service(**row))
        if service.price_to is not None and (service.price_from is None or service.price_to < service.price_from):
            self._fail("service", number, "price_to", "the highest price lies below the lowest")
        return service

    def _answer(self, number: int, row: dict) -> dict:
        self._check("answer", number, row, required=("question", "answer"))
        for field, texts, check in (
            ("question", [row["question"]], clean_question),
            ("answer", [row["answer"]], clean_answer),
            ("phrasings", row.get("phrasings", []), clean_question),
        ):
            for text in texts:
                try:
                    check(text) if isinstance(text, str) else self._fail("answer", number, field, "expected text")
                except ValidationError as error:
                    self._fail("answer", number, field, " ".join(error.messages))
        if row.get("valid_until") and row["valid_until"].tzinfo is None:
            self._fail("answer", number, "valid_until", "write its zone, too: 2026-12-24T18:00:00-06:00")
        return row

    def line_of_answer(self, number: int) -> int:
        return self._line("answer", number, "question")

    def _rows(self, table: str) -> list[dict]:
        rows = self.data.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._fail(table, 0, "", f"write [[{table}]], with two brackets")
        return rows

    def _check(self, table: str, number: int, row: dict, *, required: tuple[str, ...]) -> None:
        for field, value in row.items():
            kind = FIELDS[table].get(field)
            if kind is None:
                self._fail(table, number, field, "there is no such field")
            if not isinstance(value, kind):
                self._fail(table, number, field, f"expected {_KINDS[kind]}, got {value!r}")
        for field in required:
            if row.get(field, "") == "":
                self._fail(table, number, field, "is missing")

    def _names(self, table: str, number: int, row: dict) -> str:
        names = row.get("also_called", [])
        if not all(isinstance(name, str) and "," not in name for name in names):
            self._fail(table, number, "also_called", "expected a list of names without commas")
        return ", ".join(names)

    def _clean(self, table: str, number: int, row: models.Model, *, field: str = "") -> Any:
        try:
            row.clean_fields()
        except ValidationError as error:
            name, messages = next(iter(error.message_dict.items()))
            given = "price" if name.startswith("price") and "price" in str(self._row(table, number)) else name
            self._fail(table, number, field or given, " ".join(messages))
        return row

    def _row(self, table: str, number: int) -> Any:
        rows = self.data.get(table)
        return rows[number] if isinstance(rows, list) and number < len(rows) else rows

    def _refuse_twice(self, table: str, field: str, key: Callable[[str], str]) -> None:
        seen: set[str] = set()
        for number, row in enumerate(self._rows(table)):
            if key(row[field]) in seen:
                self._fail(table, number, field, f"{row[field]!r} stands here twice")
            seen.add(key(row[field]))

    def _fail(self, table: str, number: int, field: str, words: str) -> None:
        where = f"[{table}] {field}" if table in ("salon", "hours") else f"[[{table}]] {field}"
        raise ContextError(f"{self.path}, line {self._line(table, number, field)}, {where.strip()}: {words}")

    def _line(self, table: str, number: int, field: str) -> int:
        """Where the field stands, else where its table begins, else the first line."""
        lines = self.text.splitlines()
        heads = [at for at, line in enumerate(lines) if re.match(rf"\s*\[\[?{re.escape(table)}\]\]?\s*(#|$)", line)]
        if number >= len(heads):
            return 1
        for at in range(heads[number] + 1, len(lines)):
            if re.match(r"\s*\[", lines[at]) and not re.match(r"\s*\[\s*\"", lines[at]):
                break
            if field and re.match(rf"\s*\"?{re.escape(field)}\"?\s*=", lines[at]):
                return at + 1
        return heads[number] + 1


_KINDS = {
    str: "text in quotation marks",
    int: "a whole number",
    bool: "true or false",
    list: "a list in brackets",
    dt.datetime: "a moment such as 2026-12-24T18:00:00-06:00",
}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContextError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ContextError(f"{path}, line {line}: is not UTF-8 text") from None
