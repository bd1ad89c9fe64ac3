"""What becomes of the demo's texts: a provider that is asked nothing and sends nothing."""

from datetime import datetime, timedelta

from supervision import reports, sending
from supervision.delivery import Backend, NotDelivered, reasons
from supervision.models import Message

ARRIVES_AFTER = timedelta(seconds=4)
AT_ONCE = 50
COMES_BACK, REFUSED, UNKNOWN = "comes back", "refused", "unknown"


class Pretended(Backend):
    at_once = AT_ONCE
    can_find = True


class Provider:
    """`fates` says what is to happen to texts for a number: one of the three above, and the provider's code."""

    def __init__(self) -> None:
        self.backend = Pretended()
        self.fates: dict[str, tuple[str, str]] = {}

    def bring(self, *, at: datetime) -> None:
        """All that is due at that moment, and what is told of it some seconds later."""
        while rides := sending.claim(AT_ONCE, self.backend, at=at):
            sending.note([(ride, self._take(ride[0])) for ride in rides], self.backend, at=at)
            for ride in rides:
                self._tell(ride[0], at=at + ARRIVES_AFTER)

    def _take(self, message: Message) -> str | NotDelivered:
        fate, code = self.fates.get(message.recipient, ("", ""))
        if fate == REFUSED:
            return NotDelivered(reasons.words(code, ""), NotDelivered.REFUSED, code)
        if fate == UNKNOWN:
            return NotDelivered("the provider did not answer in time", NotDelivered.UNKNOWN)
        return f"DEMO{message.pk:030d}"

    def _tell(self, message: Message, *, at: datetime) -> None:
        fate, code = self.fates.get(message.recipient, ("", ""))
        if fate in (REFUSED, UNKNOWN):
            return
        status = "undelivered" if fate == COMES_BACK else "delivered"
        reports.note(message.pk, provider_id=f"DEMO{message.pk:030d}", status=status, error_code=code, at=at)
