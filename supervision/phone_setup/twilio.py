"""Twilio's half: an elastic SIP trunk that brings the calls of our number to LiveKit."""

from django.conf import settings
from twilio.rest import Client

from supervision.phone_setup.client import client
from supervision.phone_setup.steps import Step, Trouble, number, salon

LONGEST_NAME = 64
ROUTE = "LiveKit"  # what our origination URL is called; others on the trunk are a person's
ASKED = {  # of a trunk; what happens when LiveKit cannot be reached (disaster recovery) is left to a person
    "transfer_mode": "enable-all",
    "transfer_caller_id": "from-transferor",
}


def is_configured() -> bool:
    return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN and settings.LIVEKIT_SIP_URI)


def plan() -> list[Step]:
    """Trunk, the way to LiveKit, the number: each as it should be, or how it becomes so. Raises Trouble."""
    with client() as twilio:
        trunk, bought = _trunk(twilio), _number(twilio)
        if trunk is None:
            _refuse_others(bought, "")
            return [Step("+", f"trunk {_name()!r}, the way to {_address()}, and {number()} on it", _make)]
        _refuse_others(bought, trunk.sid)
        return [_settled(trunk), _way(trunk), _attached(trunk, bought)]


def removal() -> list[Step]:
    """The number off the trunk, then the trunk with its ways. Raises Trouble."""
    with client() as twilio:
        trunk = _trunk(twilio)
        if trunk is None:
            return []
        numbers = [
            Step("-", f"{each.phone_number} off the trunk", _heard(each.delete)) for each in trunk.phone_numbers.list()
        ]
        return [*numbers, Step("-", f"trunk {trunk.sid} {trunk.friendly_name!r}", _heard(trunk.delete))]


def _name() -> str:
    """Twilio has no other place for a mark than the name, so that the uuid stands in it."""
    mark = str(salon().uuid)
    return f"{salon().name[: LONGEST_NAME - len(mark) - 1]} {mark}"


def _address() -> str:
    """Where LiveKit takes calls; over TCP, as LiveKit asks for, where the setting names no transport."""
    address = settings.LIVEKIT_SIP_URI
    address = address if address.startswith(("sip:", "sips:")) else f"sip:{address}"
    return address if "transport=" in address else f"{address};transport=tcp"


def _trunk(twilio: Client):
    mark = str(salon().uuid)
    return next((trunk for trunk in twilio.trunking.v1.trunks.list() if mark in trunk.friendly_name), None)


def _number(twilio: Client):
    bought = twilio.incoming_phone_numbers.list(phone_number=number())
    if not bought:
        raise Trouble(f"{number()} is no number of this Twilio account: buy it there, or correct PHONE_NUMBER.")
    return bought[0]


def _refuse_others(bought, ours: str) -> None:
    if bought.trunk_sid and bought.trunk_sid != ours:
        raise Trouble(f"{number()} is on another Twilio trunk, {bought.trunk_sid}: take it off there, then plan again.")


def _settled(trunk) -> Step:
    wrong = {field: value for field, value in ASKED.items() if str(getattr(trunk, field)) != value}
    name = f"trunk {trunk.sid} {trunk.friendly_name!r}"
    if not wrong:
        return Step("=", name)
    changes = "; ".join(f"{field}: {getattr(trunk, field)} -> {value}" for field, value in wrong.items())
    return Step("~", f"{name}: {changes}", _heard(lambda: trunk.update(**wrong)))


def _way(trunk) -> Step:
    way = next((each for each in trunk.origination_urls.list() if each.friendly_name == ROUTE), None)
    if way is None:
        return Step("+", f"the way to {_address()}", _heard(lambda: _lead(trunk)))
    if way.sip_url != _address() or not way.enabled:
        change = _heard(lambda: way.update(sip_url=_address(), enabled=True))
        return Step("~", f"the way {way.sid}: {way.sip_url} -> {_address()}", change)
    return Step("=", f"the way to {way.sip_url}")


def _lead(trunk) -> None:
    trunk.origination_urls.create(weight=1, priority=1, enabled=True, friendly_name=ROUTE, sip_url=_address())


def _attached(trunk, bought) -> Step:
    if bought.trunk_sid == trunk.sid:
        return Step("=", f"{number()} on the trunk")
    attach = _heard(lambda: trunk.phone_numbers.create(phone_number_sid=bought.sid))
    return Step("+", f"{number()} on the trunk; what Twilio did with its calls until now ends, texts stay", attach)


def _make() -> None:
    with client() as twilio:
        trunk = twilio.trunking.v1.trunks.create(friendly_name=_name(), **ASKED)
        _lead(trunk)
        trunk.phone_numbers.create(phone_number_sid=_number(twilio).sid)


def _heard(act):
    """The same act, with its failures in plain words."""

    def acted() -> None:
        with client():
            act()

    return acted
