"""People and promises, as data."""

from supervision.models.call import Call, Citation, Utterance
from supervision.models.caller import Caller
from supervision.models.event import Event
from supervision.models.heartbeat import Heartbeat
from supervision.models.help_request import HelpRequest
from supervision.models.message import Attempt, Message
from supervision.models.promise import Consent, Promise
from supervision.models.webhook import WebhookEvent

__all__ = [
    "Attempt", "Call", "Caller", "Citation", "Consent", "Event", "Heartbeat", "HelpRequest", "Message", "Promise",
    "Utterance", "WebhookEvent",
]  # fmt: skip
