"""How a supervisor hears of what is new: the page of switches, and the devices that ring for him."""

import json
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from supervision import jobs, live, push, vapid
from supervision.models import PushDevice, Supervisor
from supervision.push_service import Subscription

LONGEST = 8000  # bytes of what a browser tells
BROWSERS = ("Edg", "OPR", "SamsungBrowser", "Firefox", "FxiOS", "CriOS", "Chrome", "Safari")  # the first that is named
NAMED = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "FxiOS": "Firefox", "CriOS": "Chrome"}
SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS X", "Linux")


def show(request: HttpRequest) -> HttpResponse:
    _check(request)
    context = {
        "title": "Notices",
        "me": Supervisor.objects.filter(user=request.user).first(),
        "devices": request.user.push_devices.filter(expires_at__gt=timezone.now()).order_by("created_at"),
        "key": vapid.keys().public,
        "most": settings.ALERTS_PER_HOUR,
    }
    return TemplateResponse(request, "supervision/notices.html", site.each_context(request) | context)


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """This browser's subscription, as the browser writes it; new, or still the one that is known."""
    _check(request)
    try:
        subscription, until = _read(request)
        name = _name(request.headers.get("User-Agent", ""))
        device = push.keep(request.user, subscription, name=name, at=timezone.now(), until=until)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=422)
    return JsonResponse({"device": device.pk})


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Off, or a notice now, on one of one's own devices: by its row, or by what only its browser knows."""
    _check(request)
    device = _device(request)
    if device is not None and "off" in request.POST:
        device.delete()
    elif device is not None:
        with transaction.atomic():
            push.test(device, at=timezone.now())
            jobs.run_soon(jobs.PUSH)
            transaction.on_commit(live.ring, robust=True)
    return redirect("admin:supervision_notices")


def _device(request: HttpRequest) -> PushDevice | None:
    mine = request.user.push_devices
    if endpoint := request.POST.get("endpoint"):
        return mine.filter(endpoint_key=push.key_of(endpoint)).first()
    row = request.POST.get("off") or request.POST.get("test") or ""
    return mine.filter(pk=row).first() if row.isascii() and row.isdigit() and len(row) < 19 else None


def _read(request: HttpRequest) -> tuple[Subscription, datetime | None]:
    """What `PushSubscription.toJSON` gives; raises ValidationError for anything else."""
    unread = ValidationError("This browser gave no address for notices.")
    if len(request.body) > LONGEST:
        raise unread
    try:
        told = json.loads(request.body)
        subscription = Subscription(told["endpoint"], told["keys"]["p256dh"], told["keys"]["auth"])
        ends = told.get("expirationTime")
        until = datetime.fromtimestamp(ends / 1000, UTC) if ends else None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
        raise unread from None
    if not all(isinstance(part, str) for part in subscription):
        raise unread
    return subscription, until


def _name(agent: str) -> str:
    """Chrome on Android: as a person tells his devices apart."""
    browser = next((NAMED.get(one, one) for one in BROWSERS if f"{one}/" in agent), "A browser")
    system = next((one for one in SYSTEMS if one in agent), "")
    return f"{browser} on {'a Mac' if system == 'Mac OS X' else system}" if system else browser


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("supervision.change_helprequest"):
        raise PermissionDenied("You may not answer help requests.")
