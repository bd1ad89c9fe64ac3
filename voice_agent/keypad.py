"""What a caller's keys mean: 0 is a person, unless a number is being keyed in; pure."""

from dataclasses import dataclass
from enum import StrEnum


class Key(StrEnum):
    PERSON = "person"
    NUMBER = "number"
    CONFIRMED = "confirmed"
    AGAIN = "again"


@dataclass(frozen=True)
class Pressed:
    key: Key
    digits: str = ""


@dataclass
class Keypad:
    """`press` collects digits while a number is asked for: # ends it, * begins again."""

    digits: str = ""

    def press(self, key: str, *, collects: bool, whole: int = 0) -> Pressed | None:
        """None while there is nothing to do yet; `whole` is how many digits end a number without #, 0 for no limit."""
        if not collects:
            self.digits = ""
            return Pressed(Key.PERSON) if key == "0" else None
        if key == "*":
            self.digits = ""
            return Pressed(Key.AGAIN)
        if key == "#":
            return self._end() if self.digits else Pressed(Key.CONFIRMED)
        if not key.isdecimal():
            return None
        self.digits += key
        return self._end() if len(self.digits) == whole else None

    def _end(self) -> Pressed:
        digits, self.digits = self.digits, ""
        return Pressed(Key.NUMBER, digits)
