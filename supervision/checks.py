"""Says at the start, with a hint, what would fail later."""

import os

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils.module_loading import import_string

from supervision.live import LONGEST_PATH

TOGETHER = {  # a vendor that needs all of them or none
    "the telephone": ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"),
    "texts through Twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER"),
}
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
