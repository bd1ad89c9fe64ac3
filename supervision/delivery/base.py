"""What every delivery backend can do, and the one way in which it fails."""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from supervision.models import Message


class NotDelivered(Exception):
    """A text was not handed over, or nobody can say whether it was. `detail` is for people and names nobody.

    `code` is the provider's own for it, where it has one.
    """

    class Kind(StrEnum):
        REFUSED = "refused"  # for good: another try would end the same way
        NOT_SENT = "not_sent"  # surely not accepted: try again
        UNKNOWN = "unknown"  # perhaps accepted: ask before trying again

    REFUSED, NOT_SENT, UNKNOWN = Kind

    def __init__(self, detail: str, kind: Kind, code: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.kind = kind
        self.code = code


class Received(NamedTuple):
    """A text that somebody sent to our number, as `inbound.take` takes it."""

    provider_id: str
    sender: str
    recipient: str
    text: str
    at: datetime


class Backend:
    at_once = 1  # texts on their way at a time; with more, `send` and `find` run in threads and touch no database
    can_find = False  # can be asked whether it has a message
    can_poll = False  # can be asked, in threads too, for texts that came in and for what became of one that it took
    find_is_final = False  # and its "no" is true at once: no list that lags behind

    @property
    def name(self) -> str:
        return type(self).__name__

    def send(self, message: Message) -> str:
        """Hand it over; the provider's id, "" where there is none. Raises NotDelivered; anything else is UNKNOWN."""
        raise NotImplementedError

    def find(self, message: Message, since: datetime, owned: Collection[str] = ()) -> str | None:
        """The provider's id of a message handed over since then, None where it has none. Raises NotDelivered.

        `owned` are ids of other messages to the same recipient.
        """
        raise NotImplementedError

    def received(self, since: datetime) -> Iterable[Received]:
        """The texts that came in since then, in any order."""
        raise NotImplementedError

    def status(self, provider_id: str) -> tuple[str, str]:
        """Twilio's word for what became of a text, as `reports.note` knows it, and the error code or ""."""
        raise NotImplementedError
