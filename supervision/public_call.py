"""The page on which anybody may call the salon from a browser; off by default, and without an account."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_GET, require_POST

from knowledge.models import Salon
from supervision import call_control, calls
from supervision.call_pages import leave, refusal, speaking, way_in
from supervision.models import Call

EACH, WINDOW = 5, timedelta(minutes=10)  # calls from one address
IN_ALL = 60  # an hour, from all pages together: a flood costs money and keeps telephones waiting
AT_ONCE = 3
FORGET = 24 * 3600  # seconds
TOO_OFTEN = "You have called often just now. Wait some minutes, or use the telephone."
BUSY = "All our lines are busy. Try again in a few minutes, or use the telephone."
ONE_OPEN = "You are in a call already, on another page. Hang up there first."


@require_GET
@speaking
def page(request: HttpRequest) -> HttpResponse:
    _check()
    may = {"recorded": settings.RECORD_CALLS, "listening": settings.ALLOW_LISTENING}
    context = {"salon": Salon.objects.first(), "phone": settings.PHONE_NUMBER, **may}
    return render(request, "supervision/public_call.html", context)


@require_POST
def ring(request: HttpRequest) -> HttpResponse:
    """A call that rings and its caller's way in, or the sentence that says why not."""
    _check()
    visitor = _known_by(request.META["CSRF_COOKIE"])
    if _is_open(visitor):
        return refusal(ONE_OPEN, 409)
    if _is_busy():
        return refusal(BUSY, 503)
    if _comes_too_often(request.META.get("REMOTE_ADDR", "")):
        return refusal(TOO_OFTEN, 429)
    call = calls.ring(room=call_control.new_room(), channel=Call.Channel.BROWSER)
    cache.set(visitor, call.pk, FORGET)
    return way_in(call, leave=reverse("public_call_leave", args=[call.pk]))


@require_POST
def gone(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """The page says that it is gone; only the one from which this call was made."""
    _check()
    if cache.get(_known_by(request.META["CSRF_COOKIE"])) != call_id:
        raise Http404("No such call.")
    leave(get_object_or_404(_public(), pk=call_id))
    return HttpResponse(status=204)


def _check() -> None:
    if not (settings.PUBLIC_CALLS and call_control.is_configured()):
        raise Http404("There is no such page.")


def _public():
    return Call.objects.filter(channel=Call.Channel.BROWSER, practised_by=None)


def _known_by(secret: str) -> str:
    """A key that tells pages apart and says nothing of people."""
    return f"public-call:{salted_hmac('public-call', secret).hexdigest()}"


def _is_open(visitor: str) -> bool:
    return _public().open().filter(pk=cache.get(visitor)).exists()


def _is_busy() -> bool:
    since = timezone.now() - timedelta(hours=1)
    return _public().open().count() >= AT_ONCE or _public().filter(started_at__gt=since).count() >= IN_ALL


def _comes_too_often(address: str) -> bool:
    key = _known_by(address)
    cache.add(key, 0, WINDOW.total_seconds())
    try:
        return cache.incr(key) > EACH
    except ValueError:  # the window ended in between
        return False
