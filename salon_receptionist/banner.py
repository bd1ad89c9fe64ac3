"""What `runall` says once everything is up: where the desk is, and who does what."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string

from salon_receptionist.livekit_server import Loopback

Part = tuple[str, str, list[str]]


def parts(telephone: Loopback | None) -> list[tuple[str, str, list[str]]]:
    """Each vendor's part: what does it here, and the settings that are missing for the real one."""
    can_call = bool(settings.LIVEKIT_URL and settings.LIVEKIT_API_KEY and settings.LIVEKIT_API_SECRET)
    host = urlsplit(settings.LIVEKIT_URL).hostname
    speech = "embedded, without a network" if can_call else "none until there is a telephone"
    twilio = "Twilio" if settings.HTTPS else f"Twilio, asked for news every {settings.TWILIO_POLL.total_seconds():g} s"
    return [
        part("texts", twilio, "printed on this console", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER"),
        ("telephone", "a LiveKit server on this machine", [])
        if telephone
        else part(
            "telephone", f"LiveKit at {host}", "none; make voice has one here",
            "LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET",
        ),
        part("language model", f"Groq, {settings.GROQ_MODEL}", "a small embedded one", "GROQ_API_KEY"),
        part("ears and voice", "ElevenLabs", speech, "ELEVEN_API_KEY"),
    ]  # fmt: skip


def part(what: str, real: str, stand_in: str, *names: str) -> tuple[str, str, list[str]]:
    missing = [name for name in names if not getattr(settings, name)]
    return what, stand_in if missing else real, missing


def banner(missing: list[str], telephone: Loopback | None) -> str:
    users = get_user_model().objects.filter(is_active=True, is_superuser=True).order_by("pk")
    login = users.values_list("username", flat=True).first()
    context = {
        "url": settings.PUBLIC_URL,
        "login": login,
        "missing": missing,
        "parts": parts(telephone),
        "can_call": bool(telephone or settings.LIVEKIT_URL),
    }
    return render_to_string("salon_receptionist/banner.txt", context)
