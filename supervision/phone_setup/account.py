"""What only Twilio knows of the account and of the sender of texts."""

from django.conf import settings

from supervision.health import Finding
from supervision.phone_setup.client import client

A_WHILE = 4  # seconds for one question: the doctor does not wait for ever
SERVICE = "MG"  # how the ids of messaging services begin


def has_account() -> bool:
    return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN)


def account() -> Finding:
    """Raises Trouble where Twilio cannot be asked."""
    with client(timeout=A_WHILE) as twilio:
        found = twilio.api.v2010.accounts(settings.TWILIO_ACCOUNT_SID).fetch()
    if found.status != "active":
        return Finding(f"the account is {found.status}.", do="Settle it on Twilio's console.")
    if found.type == "Trial":
        return Finding("a trial account texts verified numbers only.", do="Verify your own number, or upgrade it.")
    return Finding("the account is active.")


def sender() -> Finding:
    """Raises Trouble where Twilio cannot be asked, or does not know the messaging service."""
    if not settings.TWILIO_SENDER:
        return Finding("texts have no sender.", do="Put a number of the account, or a service, into TWILIO_SENDER.")
    with client(timeout=A_WHILE) as twilio:
        if settings.TWILIO_SENDER.startswith(SERVICE):
            name = twilio.messaging.v1.services(settings.TWILIO_SENDER).fetch().friendly_name
            return Finding(f"texts are sent by the service {name!r}.")
        bought = twilio.incoming_phone_numbers.list(phone_number=settings.TWILIO_SENDER)
    if not bought:
        do = "Buy it there, or put a number of the account into TWILIO_SENDER."
        return Finding("the sender of texts is no number of this account.", do=do)
    if not (bought[0].capabilities or {}).get("sms", True):
        return Finding("the sender's number cannot send texts.", do="Buy one that can, and set TWILIO_SENDER.")
    return Finding("the sender of texts is there.")
