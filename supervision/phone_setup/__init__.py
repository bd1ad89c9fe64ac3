"""The way of a telephone call to the receptionist, as steps to take: at LiveKit, and with its credentials at Twilio."""

from django.conf import settings

from supervision import call_control
from supervision.phone_setup import livekit, texts, twilio
from supervision.phone_setup.account import account, has_account, questions, sender
from supervision.phone_setup.steps import Step, Trouble

__all__ = [
    "Step",
    "Trouble",
    "account",
    "has_account",
    "is_twilio_configured",
    "plan",
    "questions",
    "removal",
    "sender",
]

is_twilio_configured = twilio.is_configured


def plan() -> dict[str, list[Step]]:
    """How everything is and how it becomes as it should be, by vendor. Raises Trouble."""
    return {name: half.plan() for name, half in _halves().items()}


def removal() -> dict[str, list[Step]]:
    """How everything that is ours goes away, by vendor. Raises Trouble."""
    return {name: half.removal() for name, half in _halves().items()}


def _halves() -> dict:
    of_texts = {"Texts": texts} if texts.is_configured() else {}
    if call_control.is_configured():
        return {"LiveKit": livekit, **({"Twilio": twilio} if twilio.is_configured() else {}), **of_texts}
    if of_texts and not settings.PHONE_NUMBER:
        return of_texts
    needed = "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
    raise Trouble(f"The telephone needs {needed}: see docs/telephony.md.")
