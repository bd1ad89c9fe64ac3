"""Says at the start, with a hint, what would fail later."""

import os
import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.utils.module_loading import import_string

from supervision.live import LONGEST_PATH
from supervision.outbox import PATIENCE

TOGETHER = {  # a vendor that needs all of them or none
    "the telephone": ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"),
    "texts through Twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER"),
}
ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
SENDER = re.compile(r"\+[1-9]\d{6,14}|MG[0-9a-fA-F]{32}")
LEASE_TO_SEND = 5 / 2
LONGEST_NAME = len("/bell/ticker-4194304.sock")


@register(Tags.compatibility)
def check_message_backend(app_configs, **kwargs) -> list[CheckMessage]:
    try:
        import_string(settings.MESSAGE_BACKEND)
    except ImportError as error:
        hint = "For example supervision.delivery.console.ConsoleBackend."
        return [Error(f"MESSAGE_BACKEND names no backend: {error}", hint=hint, id="supervision.E001")]
    return []


@register(Tags.compatibility)
def check_vendors(app_configs, **kwargs) -> list[CheckMessage]:
    found = []
    for what, names in TOGETHER.items():
        missing = [name for name in names if not getattr(settings, name)]
        if missing and len(missing) < len(names):
            hint = f"Set them as well, or none of {', '.join(names)}."
            found.append(Error(f"For {what} {', '.join(missing)} is missing.", hint=hint, id="supervision.E002"))
    return found


@register(Tags.compatibility)
def check_twilio(app_configs, **kwargs) -> list[CheckMessage]:
    """What Twilio would refuse each text for; nothing where it is not set up."""
    if not all(getattr(settings, name) for name in TOGETHER["texts through Twilio"]):
        return []
    found = []
    if not ACCOUNT.fullmatch(settings.TWILIO_ACCOUNT_SID):
        hint = "Copy the account's SID from Twilio's console; an API key's, which begins with SK, is another thing."
        found.append(Error("TWILIO_ACCOUNT_SID is no account's SID.", hint=hint, id="supervision.E003"))
    if not SENDER.fullmatch(settings.TWILIO_SENDER):
        hint = "Write +13125550142, without blanks, or the SID of a messaging service, which begins with MG."
        found.append(Error("TWILIO_SENDER is neither a number nor a service.", hint=hint, id="supervision.E004"))
    if not settings.HTTPS:
        hint = f"Replies are asked for every {settings.TWILIO_POLL.total_seconds():g} s; an https PUBLIC_URL is faster."
        found.append(Info("Twilio cannot reach this machine.", hint=hint, id="supervision.I001"))
    return found


@register(Tags.compatibility)
def check_message_webhook(app_configs, **kwargs) -> list[CheckMessage]:
    if settings.MESSAGE_BACKEND.rpartition(".")[2] != "WebhookBackend":
        return []
    missing = [name for name in ("MESSAGE_WEBHOOK_URL", "MESSAGE_WEBHOOK_SECRET") if not getattr(settings, name)]
    if missing:
        hint = "docs/telephony.md describes what is posted there."
        return [Error(f"For texts by webhook {' and '.join(missing)} is missing.", hint=hint, id="supervision.E005")]
    place = urlsplit(settings.MESSAGE_WEBHOOK_URL)
    if place.scheme == "https" or (place.scheme == "http" and place.hostname in settings.LOOPBACK):
        return []
    hint = "It must begin with https://, unless it is an address of this machine."
    return [Error("MESSAGE_WEBHOOK_URL would show callers' numbers to the way.", hint=hint, id="supervision.E006")]


@register(Tags.compatibility)
def check_lease(app_configs, **kwargs) -> list[CheckMessage]:
    """A backend may take two fifths of the lease for a text: to connect and to answer, a fifth each."""
    longest = (settings.Q_CLUSTER["timeout"] - PATIENCE) * LEASE_TO_SEND
    if timedelta() < settings.MESSAGE_LEASE <= timedelta(seconds=longest):
        return []
    hint = f"At most {longest:g}s, or the job would be ended while a slow provider is being asked."
    return [Error("MESSAGE_LEASE does not fit the jobs.", hint=hint, id="supervision.E007")]


@register(Tags.compatibility)
def check_doorbell(app_configs, **kwargs) -> list[CheckMessage]:
    if len(os.fsencode(settings.VAR_DIR)) + LONGEST_NAME <= LONGEST_PATH:
        return []
    hint = "Open pages are told up to a second later; a shorter VAR_DIR cures it."
    return [Warning("VAR_DIR is too long for the sockets in it.", hint=hint, id="supervision.W001")]


@register(Tags.security)
def check_calls_from_browsers(app_configs, **kwargs) -> list[CheckMessage]:
    """A page on https may open no plain socket: every call would end as "cannot be reached"."""
    if not (settings.HTTPS and settings.LIVEKIT_PUBLIC_URL.startswith("ws://")):
        return []
    hint = "Put LiveKit behind TLS and name it with wss:// in LIVEKIT_PUBLIC_URL."
    return [Warning("Browsers cannot call: the pages are on https, LiveKit is not.", hint=hint, id="supervision.W002")]
