"""People and promises, as data."""

from supervision.models.breaker import Breaker, Digest
from supervision.models.call import Call, Citation, Utterance
from supervision.models.caller import Caller
from supervision.models.correction import Correction
from supervision.models.day_figures import DayFigures
from supervision.models.event import Event
from supervision.models.heartbeat import Heartbeat
from supervision.models.help_request import HelpRequest
from supervision.models.inbound import InboundText
from supervision.models.message import Attempt, Message
from supervision.models.poll import Poll
from supervision.models.promise import Consent, Promise
from supervision.models.promotion import Promotion
from supervision.models.push import Push, PushDevice
from supervision.models.supervisor import Supervisor
from supervision.models.webhook import WebhookEvent

__all__ = [
    "Attempt", "Breaker", "Call", "Caller", "Citation", "Consent", "Correction", "DayFigures", "Digest", "Event",
    "Heartbeat", "HelpRequest", "InboundText", "Message", "Poll", "Promise", "Promotion", "Push", "PushDevice",
    "Supervisor", "Utterance", "WebhookEvent",
]  # fmt: skip
