"""What is alive and what is late, for the desk, for monitors and for the watchdog of the jobs."""

import os
from datetime import datetime, timedelta

from django.db import Error
from django.utils import timezone

from supervision.models import Heartbeat, HelpRequest, Message

FRESH = timedelta(seconds=20)  # the slowest beats come every five seconds
LATE = timedelta(seconds=60)  # so long after its time nothing may be left undone
NEEDED = ("ticker", "jobs", "agent")
AGENT_GONE = timedelta(seconds=5)  # her process beats each second


def beat(name: str, detail: dict | None = None) -> None:
    """Say that this process, or the chain that it ends, is alive now."""
    signs = {"beat_at": timezone.now(), "pid": os.getpid(), "detail": detail or {}}
    if not Heartbeat.objects.filter(name=name).update(**signs):
        Heartbeat.objects.update_or_create(name=name, defaults=signs)


def is_alive(name: str, *, within: timedelta = FRESH) -> bool:
    """Whether a process of that name gave a sign of life so lately."""
    return Heartbeat.objects.filter(name=name, beat_at__gt=timezone.now() - within).exists()


def somebody_answers() -> bool:
    """Whether her process is there for a caller who types now."""
    return is_alive("agent", within=AGENT_GONE)


def status(*, at: datetime | None = None) -> dict:
    """The figures: database, each heartbeat with its age in seconds, how late the oldest undone work is, and `ok`."""
    at = at or timezone.now()
    try:
        return _status(at)
    except Error as error:
        return {"ok": False, "database": type(error).__name__, "heartbeats": {}}


def _status(at: datetime) -> dict:
    heartbeats = {heart.name: _heartbeat(heart, at) for heart in Heartbeat.objects.order_by("name")}
    overdue = HelpRequest.objects.overdue(at).order_by("expires_at").values_list("expires_at", flat=True).first()
    message = Message.objects.due(at).order_by("release_at").values_list("release_at", flat=True).first()
    late = [at - moment > LATE for moment in (overdue, message) if moment]
    return {
        "ok": all(heartbeats.get(name, {}).get("fresh") for name in NEEDED) and not any(late),
        "database": "ok",
        "heartbeats": heartbeats,
        "oldest_overdue": overdue,
        "oldest_due_message": message,
    }


def _heartbeat(heart: Heartbeat, at: datetime) -> dict:
    age = at - heart.beat_at
    return {"age_s": round(age.total_seconds(), 1), "fresh": age < FRESH, "pid": heart.pid, "detail": heart.detail}


def is_healthy() -> bool:
    return status()["ok"]
