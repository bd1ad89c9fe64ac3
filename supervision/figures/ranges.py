"""Which days a page is about, as its address names them."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from supervision.figures.days import DAY

LENGTHS = {"today": 1, "7": 7, "28": 28, "90": 90}
USUAL = "28"
LONGEST = timedelta(days=1096)  # three years


@dataclass(frozen=True)
class Range:
    """Both days included; `name` is a key of LENGTHS, or empty for chosen dates."""

    first: date
    last: date
    name: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def query(self) -> str:
        """How an address names it."""
        chosen = {"range": self.name} if self.name else {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return urlencode(chosen)

    def before(self) -> "Range":
        """As many days, right before it."""
        return Range(self.first - DAY * self.days, self.first - DAY)


def read(asked: dict[str, str], *, today: date) -> tuple[Range, bool]:
    """(the range that a query asks for, whether it could be read); else the usual one.

    Dates the wrong way round are turned, future days left out, and of too many the last are taken.
    """
    if "from" in asked or "to" in asked:
        try:
            return _chosen(asked, today), True
        except ValueError:
            return _named(USUAL, today), False
    name = asked.get("range") or USUAL
    return (_named(name, today), True) if name in LENGTHS else (_named(USUAL, today), False)


def _named(name: str, today: date) -> Range:
    return Range(today - DAY * (LENGTHS[name] - 1), today, name)


def _chosen(asked: dict[str, str], today: date) -> Range:
    given = [asked.get(name) for name in ("from", "to") if asked.get(name)]
    if not given:
        raise ValueError("no date")
    first, *_, last = sorted(min(date.fromisoformat(one), today) for one in (given[0], given[-1]))
    return Range(max(first, last - LONGEST + DAY), last)
