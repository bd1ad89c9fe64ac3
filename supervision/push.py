"""Notices to the devices of supervisors on duty: who gets one, what it says, and what became of it."""

import hashlib
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connections, transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from knowledge.models import Salon
from supervision import live, push_service
from supervision.models import Call, HelpRequest, Push, PushDevice, Supervisor
from supervision.push_service import Gone, NotNow, Refused, Subscription

log = logging.getLogger(__name__)
Kind, Outcome = Push.Kind, Push.Outcome
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USEFUL = {Kind.HOLDING: timedelta(minutes=1), Kind.TEST: timedelta(minutes=10)}
LONGEST = timedelta(hours=4)  # a notice that comes later than that tells nobody anything
GATHERED = timedelta(minutes=2)
SPARE = 4  # of what cannot wait, as much more than the cap as of the texts: see alerts.py
MOST_DEVICES = 10  # of one supervisor: the one that opened the desk longest ago makes room
LEASE = timedelta(seconds=60)  # for a process that sends and does not come back
AT_ONCE = 8
BATCH = 40  # with AT_ONCE and the time-out of one: well within the lease
PAUSES = (2, 5, 15, 30, 60)  # seconds between tries
_sending = threading.Lock()


def ask(help_request: HelpRequest, *, emergency: bool = False, at: datetime) -> None:
    """A notice on each device of who is on duty, in the caller's transaction; practice wakes nobody."""
    if help_request.practice:
        return
    kind, subject = Kind.EMERGENCY if emergency else Kind.ASKED, f"{help_request.pk}:{help_request.round}"
    until = min(at + LONGEST, max(help_request.promised_by, at + HOUR))
    for device in _on_duty(at):
        if _has_room(device, kind, at):
            _queue(device, kind, subject, help_request=help_request, call=help_request.call, until=until, at=at)
        else:
            soon = at + GATHERED
            _queue(device, Kind.MORE, f"{at:%Y%m%d%H}", until=soon + HOUR, at=at, try_at=soon)


def hold(call: Call, *, at: datetime) -> None:
    """A caller waits on the line: the notice leads to what he asked last, else to the desk."""
    if call.is_practice:
        return
    asked = HelpRequest.objects.pending().filter(call=call).order_by("-created_at").first()
    for device in _on_duty(at):
        if _has_room(device, Kind.HOLDING, at):
            subject = f"{call.pk}:{at:%H%M%S%f}"
            about = {"call": call, "help_request": asked}
            _queue(device, Kind.HOLDING, subject, until=at + USEFUL[Kind.HOLDING], at=at, **about)


def test(device: PushDevice, *, at: datetime) -> None:
    """What a supervisor asks for on his own device."""
    _queue(device, Kind.TEST, f"{at:%Y%m%d%H%M%S}", until=at + USEFUL[Kind.TEST], at=at)


def keep(
    user: AbstractBaseUser, subscription: Subscription, *, name: str, at: datetime, until: datetime | None = None
) -> PushDevice:
    """This browser is told from now on, or on; raises ValidationError for what no browser gives."""
    push_service.check(subscription)
    lasts = at + settings.PUSH_DEVICE_EXPIRES
    values = {"user": user, "endpoint": subscription.endpoint, "p256dh": subscription.p256dh, "auth": subscription.auth}
    values |= {"name": name[:60] or "A browser", "expires_at": min(until or lasts, lasts)}
    key = key_of(subscription.endpoint)
    with transaction.atomic():
        PushDevice.objects.filter(endpoint_key=key).exclude(user=user).delete()  # another has signed in there since
        device, is_new = PushDevice.objects.update_or_create(endpoint_key=key, defaults=values)
        newest = PushDevice.objects.filter(user=user).order_by("-expires_at", "-pk").values_list("pk", flat=True)
        PushDevice.objects.filter(pk__in=list(newest[MOST_DEVICES:])).delete()
        if is_new:
            live.emit(live.DESK, "push_device", reason="switched on")
    return device


def key_of(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def send_beside() -> None:
    """What a worker runs: it is free at once, so that a slow push service keeps neither texts nor deadlines waiting.

    A process that ends meanwhile leaves rows whose lease runs out, and another sends them.
    """
    if _sending.acquire(blocking=False):
        threading.Thread(target=_send_all, name="push", daemon=True).start()


def send_due(*, at: datetime | None = None) -> int:
    """Send what is due, several at a time; returns how many were tried."""
    at = at or timezone.now()
    taken = [push for push in _due(at) if _take(push, at)]
    wanted = [push for push in taken if _is_wanted(push, at)]
    _settle([push for push in taken if push not in wanted], Outcome.OVER, at=at)
    letters = [_letter(push, at) for push in wanted]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for push, failure in zip(wanted, pool.map(_post, letters), strict=True):
            _note(push, failure, at)
    return len(taken)


def forget_old(*, at: datetime) -> None:
    """Of notices only the last day is counted; a device that has not opened the desk for so long is given up."""
    Push.objects.filter(created_at__lt=at - DAY).delete()
    PushDevice.objects.filter(expires_at__lte=at).delete()


# --- who gets one ---------------------------------------------------------------------------------------------------


def _on_duty(at: datetime) -> QuerySet[PushDevice]:
    on_duty = {"user__is_active": True, "user__is_staff": True, "user__supervisor__on_duty": True}
    return PushDevice.objects.filter(expires_at__gt=at, **on_duty)


def _has_room(device: PushDevice, kind: str, at: datetime) -> bool:
    most = settings.ALERTS_PER_HOUR
    if kind != Kind.ASKED:
        most += most // SPARE
    return device.pushes.filter(kind=kind, created_at__gt=at - HOUR).count() < most


def _queue(
    device: PushDevice, kind: str, subject: str, *, until: datetime, at: datetime, try_at: datetime | None = None, **on
) -> None:
    values = {"device": device, "kind": kind, "created_at": at, "try_at": try_at or at, "until": until, **on}
    Push.objects.get_or_create(key=f"{device.pk}:{subject}:{kind}", defaults=values)


def _is_wanted(push: Push, at: datetime) -> bool:
    """Rights, duty and reason are looked at when it leaves: any of them may have ended since it was asked for."""
    user = push.device.user
    if push.until <= at or not (user.is_active and user.is_staff and user.has_perm("supervision.change_helprequest")):
        return False
    if push.kind == Kind.TEST:
        return True
    if not getattr(getattr(user, "supervisor", None), "on_duty", False):
        return False
    if push.kind == Kind.HOLDING:
        return push.call is not None and push.call.state == Call.State.HOLDING
    if push.kind == Kind.MORE:
        return HelpRequest.objects.pending().filter(practice=False).exists()
    return push.help_request is not None and push.help_request.status == HelpRequest.Status.PENDING


# --- what it says ---------------------------------------------------------------------------------------------------


def words(push: Push) -> dict[str, str]:
    """What the locked screen shows, and where it leads; nothing of the caller, whose page comes after the unlocking."""
    salon = Salon.objects.first()
    context = {"kind": push.kind, "promised_by": push.help_request and push.help_request.promised_by}
    with timezone.override(salon.zone if salon else UTC), translation.override(_language(push.device)):
        title, _, body = render_to_string("supervision/push.html", context).strip().partition("\n")
    asked = push.help_request_id
    url = reverse("admin:supervision_helprequest_answer", args=[asked]) if asked else reverse("admin:index")
    return {"title": title, "body": body.strip(), "url": url, "tag": str(asked or push.kind), "kind": push.kind}


def _language(device: PushDevice) -> str:
    """What its supervisor has chosen for the desk, else the salon's."""
    chosen = Supervisor.objects.filter(user=device.user_id).values_list("language", flat=True).first()
    return chosen or settings.LANGUAGE_CODE


def _letter(push: Push, at: datetime) -> push_service.Letter:
    device = push.device
    return push_service.Letter(
        to=Subscription(device.endpoint, device.p256dh, device.auth),
        payload=json.dumps(words(push)).encode(),
        seconds=int((push.until - at).total_seconds()),
        topic=push.help_request_id.hex if push.help_request_id else push.kind,
    )


# --- what became of it ----------------------------------------------------------------------------------------------


def _due(at: datetime) -> list[Push]:
    due = Push.objects.due(at).select_related("device__user__supervisor", "help_request", "call")
    return list(due.order_by("until")[:BATCH])  # who holds is told first


def _take(push: Push, at: datetime) -> bool:
    """False where another process was faster."""
    mine = Push.objects.due(at).filter(pk=push.pk, try_at=push.try_at)
    return bool(mine.update(try_at=at + LEASE, tries=F("tries") + 1))


def _post(letter: push_service.Letter) -> Exception | None:
    try:
        push_service.send(letter)
    except Exception as failure:
        return failure
    return None


def _note(push: Push, failure: Exception | None, at: datetime) -> None:
    if failure is None:
        _settle([push], Outcome.SENT, at=at)
        PushDevice.objects.filter(pk=push.device_id).update(told_at=at)
    elif isinstance(failure, Gone):
        with transaction.atomic():
            PushDevice.objects.filter(pk=push.device_id).delete()
            live.emit(live.DESK, "push_device_gone", reason=str(failure))
    elif isinstance(failure, NotNow):
        again = at + timedelta(seconds=failure.seconds or PAUSES[min(push.tries, len(PAUSES) - 1)])
        Push.objects.filter(pk=push.pk).update(try_at=again)
    else:
        log.warning("notice %s was refused: %s", push.pk, failure if isinstance(failure, Refused) else repr(failure))
        _settle([push], Outcome.REFUSED, at=at)


def _settle(pushes: list[Push], outcome: str, *, at: datetime) -> None:
    Push.objects.filter(pk__in=[push.pk for push in pushes]).update(settled_at=at, outcome=outcome)
    if any(push.kind == Kind.TEST for push in pushes):
        live.emit(live.DESK, "push_tested", reason=outcome)


def _send_all() -> None:
    try:
        while send_due():
            pass
    except Exception:
        log.exception("notices could not be sent")
    finally:
        connections.close_all()
        _sending.release()
