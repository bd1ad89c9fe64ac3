"""The page on which anybody may call the salon from a browser; off by default, and without an account."""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
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
NEIGHBOURS = 64  # bits of an IPv6 address that a household shares: it has all of the others to choose from
IN_ALL = 60  # an hour, from all pages together: a flood costs money and keeps telephones waiting
AT_ONCE, AT_ONCE_EACH = 3, 2  # open calls in all, and from one address: nobody keeps the last line from the others
FORGET = 24 * 3600  # seconds
TOO_OFTEN = "You have called often just now. Wait some minutes, or use the telephone."
BUSY = "All our lines are busy. Try again in a few minutes, or use the telephone."
ONE_OPEN = "You are in a call already, on another page. Hang up there first."
STATUS = {TOO_OFTEN: 429, BUSY: 503, ONE_OPEN: 409}


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
    visitor, place = _known_by(request.META["CSRF_COOKIE"]), _known_by(_place(request.META.get("REMOTE_ADDR", "")))
    with transaction.atomic():
        Salon.objects.select_for_update().first()  # one after the other: many at once would all find a free line
        if sentence := _why_not(visitor, place):
            return refusal(sentence, STATUS[sentence])
        call = calls.ring(room=call_control.new_room(), channel=Call.Channel.BROWSER)
        cache.set(visitor, call.pk, FORGET)
        cache.set(f"{place}:open", [*_open_from(place), call.pk], FORGET)
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


def _place(address: str) -> str:
    """Whom an address stands for: of IPv6 one visitor has a whole network."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, NEIGHBOURS), strict=False) if isinstance(known, IPv6Address) else known)


def _why_not(visitor: str, place: str) -> str:
    if _public().open().filter(pk=cache.get(visitor)).exists():
        return ONE_OPEN
    if _is_busy() or len(_open_from(place)) >= AT_ONCE_EACH:
        return BUSY
    return TOO_OFTEN if _comes_too_often(place) else ""


def _open_from(place: str) -> list[UUID]:
    return list(_public().open().filter(pk__in=cache.get(f"{place}:open", ())).values_list("pk", flat=True))


def _is_busy() -> bool:
    since = timezone.now() - timedelta(hours=1)
    return _public().open().count() >= AT_ONCE or _public().filter(started_at__gt=since).count() >= IN_ALL


def _comes_too_often(place: str) -> bool:
    cache.add(place, 0, WINDOW.total_seconds())
    try:
        return cache.incr(place) > EACH
    except ValueError:  # the window ended in between
        return False
