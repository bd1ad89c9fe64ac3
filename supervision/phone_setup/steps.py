"""What is there, what is to be done, and what stands in the way."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from knowledge.models import Salon

NUMBER = re.compile(r"\+[1-9]\d{6,14}")


class Trouble(Exception):
    """Why nothing can be planned or done, in one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Step:
    """One thing that is as it should be, or what `take` would do about it."""

    sign: str  # "=" as it should be, "+" to be made, "~" to be changed, "-" to be removed
    text: str
    take: Callable[[], object] | None = None

    def __str__(self) -> str:
        return f"{self.sign} {self.text}"


def number() -> str:
    """The number that callers dial. Raises Trouble where none is set that a carrier would understand."""
    if not settings.PHONE_NUMBER:
        raise Trouble("No number is set: put the one that callers dial into PHONE_NUMBER, with a + in front.")
    if not NUMBER.fullmatch(settings.PHONE_NUMBER):
        raise Trouble("PHONE_NUMBER is no telephone number: write a +, the country and the number, without spaces.")
    return settings.PHONE_NUMBER


def salon() -> Salon:
    """The salon whose uuid marks what is ours. Raises Trouble where none is loaded."""
    try:
        return Salon.objects.current()
    except Salon.DoesNotExist as error:
        raise Trouble(str(error)) from None
