"""Where Twilio tells of texts: the addresses of the number that texts are sent from, or of its messaging service."""

from django.conf import settings
from django.urls import reverse
from twilio.rest import Client

from supervision.phone_setup.client import client
from supervision.phone_setup.steps import Step, Trouble

SERVICE = "MG"  # how the ids of messaging services begin
MOST_SERVICES = 20  # looked through for the one that the number belongs to
SHOWN = {"inbound_request_url": "replies", "sms_url": "replies", "status_callback": "states"}


def is_configured() -> bool:
    """Twilio can reach us only at an https address; elsewhere it is polled, and no address is set."""
    account = settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN and settings.TWILIO_SENDER
    return bool(account and settings.HTTPS)


def plan() -> list[Step]:
    """The number's and the service's addresses: as they should be, or how they become so. Raises Trouble."""
    with client() as twilio:
        return [_settled(row, kind, wanted) for row, kind, wanted in _rows(twilio)]


def removal() -> list[Step]:
    """Our addresses off what they stand on; those of others stay. Raises Trouble."""
    with client() as twilio:
        ours = [(row, kind, _ours(row, wanted)) for row, kind, wanted in _rows(twilio)]
        return [
            Step("-", f"our addresses off {kind} {_name(row)}", _writing(row, found))
            for row, kind, found in ours
            if found
        ]


def number_of(twilio: Client):
    """The number that texts are sent from; None where it is not the account's."""
    return next(iter(twilio.incoming_phone_numbers.list(phone_number=settings.TWILIO_SENDER)), None)


def service_of(twilio: Client, number_sid: str):
    """The messaging service that the number belongs to, which then takes its texts; None where there is none."""
    for service in twilio.messaging.v1.services.list(limit=MOST_SERVICES):
        if any(number.sid == number_sid for number in service.phone_numbers.list()):
            return service
    return None


def _rows(twilio: Client) -> list[tuple]:
    """(the row at Twilio, what it is, its fields as they should be)."""
    if settings.TWILIO_SENDER.startswith(SERVICE):
        return [(twilio.messaging.v1.services(settings.TWILIO_SENDER).fetch(), "service", _of_service())]
    number = number_of(twilio)
    if number is None:
        raise Trouble("TWILIO_SENDER is no number of this Twilio account: buy it there, or correct it.")
    rows = [(number, "number", {"sms_url": _texts(), "sms_method": "POST", "sms_application_sid": ""})]
    service = service_of(twilio, number.sid)
    return rows + ([(service, "service", _of_service())] if service else [])


def _of_service() -> dict:
    wanted = {"inbound_request_url": _texts(), "inbound_method": "POST", "use_inbound_webhook_on_number": False}
    return wanted | {"status_callback": settings.PUBLIC_URL + reverse("twilio_states")}


def _texts() -> str:
    return settings.PUBLIC_URL + reverse("twilio_texts")


def _settled(row, kind: str, wanted: dict) -> Step:
    wrong = {field: value for field, value in wanted.items() if (getattr(row, field) or "") != (value or "")}
    name = f"texts of {kind} {_name(row)}"
    if not wrong:
        return Step("=", name)
    changes = [
        f"{SHOWN.get(field, field)}: {getattr(row, field) or 'nothing'} -> {wrong[field] or 'nothing'}"
        for field in wrong
    ]
    return Step("~", f"{name}: {'; '.join(changes)}", _writing(row, wrong))


def _ours(row, wanted: dict) -> dict:
    """The fields that hold an address of ours, as they are without it."""
    return {field: "" for field in SHOWN if field in wanted and getattr(row, field) == wanted[field]}


def _writing(row, fields: dict):
    def write() -> None:
        with client():
            row.update(**fields)

    return write


def _name(row) -> str:
    return getattr(row, "phone_number", None) or f"{row.sid} {row.friendly_name!r}"
