"""What only Twilio knows of the account and of the sender of texts."""

from collections.abc import Callable

import phonenumbers
from django.conf import settings

from supervision.health import Finding
from supervision.phone_setup import texts
from supervision.phone_setup.client import client

A_WHILE = 4  # seconds for one question: the doctor does not wait for ever
SERVICE = texts.SERVICE
VERIFIED = "TWILIO_APPROVED"
UNREGISTERED = "carriers of the United States turn back texts from a number that is not registered (30034)."


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


def addresses() -> Finding:
    """Whether replies come here by themselves. Raises Trouble where Twilio cannot be asked."""
    if not settings.HTTPS:
        poll = f"{settings.TWILIO_POLL.total_seconds():g} s"
        return Finding(f"replies are asked for every {poll}, as PUBLIC_URL is no https address.")
    if any(step.take for step in texts.plan()):
        return Finding(
            "replies do not come here by themselves.", do="See it with manage.py setup_phone, mend it with --apply."
        )
    return Finding("replies and states are told here.")


def registration() -> Finding | None:
    """Whether carriers let texts from the sender through; None where nobody asks. Raises Trouble."""
    with client(timeout=A_WHILE) as twilio:
        if settings.TWILIO_SENDER.startswith(SERVICE):
            return _registered(twilio.messaging.v1.services(settings.TWILIO_SENDER).fetch())
        number = phonenumbers.parse(settings.TWILIO_SENDER)
        if number.country_code != 1:
            return None
        bought = texts.number_of(twilio)
        if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE:
            return _verified(twilio.messaging.v1.tollfree_verifications.list(tollfree_phone_number_sid=bought.sid))
        return _registered(texts.service_of(twilio, bought.sid))


def countries() -> Finding | None:
    """Whether the salon's countries are open to texts; None where Twilio does not tell. Raises Trouble."""
    closed = []
    with client(timeout=A_WHILE) as twilio:
        for country in settings.SALON_COUNTRIES:
            told = twilio.accounts.v1.messaging_geopermissions.fetch(country_code=country).permissions or []
            closed += [country for one in told if one.get("country_code") == country and one.get("enabled") is False]
    if not closed:
        return Finding(f"texts may go to {', '.join(settings.SALON_COUNTRIES)}.")
    do = "Open them on Twilio's console, Messaging, Settings, Geo permissions; or take them out of SALON_COUNTRIES."
    return Finding(f"texts to {', '.join(closed)} are not enabled (21408).", do=do)


def questions() -> tuple[Callable[[], Finding | None], ...]:
    """What can be asked once the account and the sender are there; any of them may be unknown to an account."""
    return addresses, registration, countries


def _registered(service) -> Finding:
    if service is not None and service.us_app_to_person_registered:
        return Finding("the sender is registered with the carriers.")
    return Finding(
        UNREGISTERED, do="Register a campaign on Twilio's console (A2P 10DLC), with the number in its service."
    )


def _verified(verifications: list) -> Finding:
    if any(each.status == VERIFIED for each in verifications):
        return Finding("the toll-free sender is verified.")
    return Finding("the toll-free sender is not verified (30032).", do="Ask for it on Twilio's console; it takes days.")
