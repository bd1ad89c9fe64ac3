"""Reads one environment variable and fails loudly when it makes no sense."""

import os
import re
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SECONDS_IN = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def load(path: Path) -> None:
    """Put the `NAME=value` lines of a `.env` file into the environment; what is already set wins."""
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, found, value = line.partition("=")
        if not found or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name.strip()):
            raise ImproperlyConfigured(f"{path}, line {number}: expected NAME=value")
        os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def forget(*beginnings: str) -> None:
    """Whatever begins like this counts as unset, wherever it was set."""
    for name in [name for name in os.environ if name.startswith(beginnings)]:
        del os.environ[name]


def text(name: str, default: str = "") -> str:
    """An empty variable counts as unset, so that a line of .env.example may stay as it is."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if value in ("", "1", "0", "true", "false", "yes", "no", "on", "off"):
        return default if value == "" else value in ("1", "true", "yes", "on")
    raise ImproperlyConfigured(f"{name}: expected yes or no, got {value!r}")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not re.fullmatch(r"-?\d{1,12}", value):
        raise ImproperlyConfigured(f"{name}: expected a whole number, got {value!r}")
    return int(value)


def amount(name: str) -> Decimal | None:
    """An amount of money such as 0.0083, in whatever currency; None where none is given."""
    value = text(name)
    if not re.fullmatch(r"(\d{1,6}(\.\d{1,6})?)?", value):
        raise ImproperlyConfigured(f"{name}: expected an amount such as 0.0083, got {value!r}")
    return Decimal(value) if value else None


def duration(name: str, default: str) -> timedelta:
    """`30s`, `15m`, `24h` or `7d`; several may follow each other, as in `1h30m`."""
    value = text(name, default)
    if not re.fullmatch(r"(\d{1,9}[smhd])+", value):
        raise ImproperlyConfigured(f"{name}: expected a duration such as 30s, 15m or 24h, got {value!r}")
    return timedelta(seconds=sum(int(n) * SECONDS_IN[unit] for n, unit in re.findall(r"(\d+)([smhd])", value)))


def clock(name: str, default: str) -> time:
    """A time of day such as 08:00."""
    value = text(name, default)
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
        raise ImproperlyConfigured(f"{name}: expected a time of day such as 08:00, got {value!r}")
    hour, minute = value.split(":")
    return time(int(hour), int(minute))


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
