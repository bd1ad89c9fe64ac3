"""What the pages on which one speaks have in common: where they may connect to, the microphone, and a way in."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from supervision import call_control, calls
from supervision.models import Call

CLOUD = ".livekit.cloud"  # may send a browser to a host of the region
MISSING = "Calls need LiveKit, which is not configured here."


def speaking(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the page use the microphone and connect to LiveKit; every other page may do neither."""

    @wraps(view)
    def opened(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = csp_update({"connect-src": addresses()})(view)(request, *args, **kwargs)
        response.headers["Permissions-Policy"] = "microphone=(self)"
        return response

    return opened


def addresses() -> list[str]:
    """Of the socket, and of the same host's pages: without these, a token that ran out looks like a dead server."""
    place = urlsplit(settings.LIVEKIT_PUBLIC_URL)
    if not place.hostname:
        return []
    host = f"*{CLOUD}" if place.hostname.endswith(CLOUD) else place.netloc
    secure = "s" if place.scheme in ("wss", "https") else ""
    return [f"ws{secure}://{host}", f"http{secure}://{host}"]


def way_in(call: Call, **links: str) -> HttpResponse:
    """What the caller's page needs to join the call's room, once."""
    return answer({"url": settings.LIVEKIT_PUBLIC_URL, "token": call_control.caller_token(call), **links})


def refusal(sentence: str, status: int) -> HttpResponse:
    return answer({"error": sentence}, status)


def answer(content: dict, status: int = 200) -> HttpResponse:
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})


def leave(call: Call) -> None:
    """The caller's page is gone or gives up: a living agent sees that itself, a call without one ends here."""
    if Call.objects.open().unheld(timezone.now()).filter(pk=call.pk).exists():
        state = Call.State.MISSED if call.state == Call.State.RINGING else Call.State.ENDED
        calls.close_call(call, state=state, because=Call.EndedBecause.CALLER)
