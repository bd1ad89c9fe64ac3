"""What is alive and what is late, for the desk, for monitors and for the watchdog of the jobs."""

import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import Error
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from supervision.models import Heartbeat, HelpRequest, Message, Promise

FRESH = timedelta(seconds=20)  # the slowest beats come every five seconds
LATE = timedelta(seconds=60)  # so long after its time nothing may be left undone
NEEDED = ("ticker", "jobs", "agent")
DESK = "desk:"  # how the heartbeats of supervisors begin: see presence.py
AGENT_GONE = timedelta(seconds=5)  # her process beats each second
VENDOR = "vendor:"  # how the rows of vendors that are replaced begin: see voice_agent/fallbacks.py


@dataclass(frozen=True)
class Finding:
    """What the doctor was told: in a sentence, and where something is wrong, in another what to do about it."""

    says: str
    do: str = ""
    cost: str = ""  # what asking has used up, where it is not free
    seconds: float = 0.0  # until it was known


@dataclass(frozen=True)
class StandIn:
    """A part of the receptionist that does without its vendor."""

    part: str  # "language model", "ears", "voice"
    using: str
    since: datetime
    reason: str


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


def details(name: str) -> dict:
    """What a process of that name said with its last sign of life; {} when there was none."""
    return Heartbeat.objects.filter(name=name).values_list("detail", flat=True).first() or {}


def stand_ins() -> list[StandIn]:
    """The parts whose vendor has failed and not recovered, as her processes noted it."""
    rows = Heartbeat.objects.filter(name__startswith=VENDOR).exclude(detail={}).order_by("name")
    return [
        StandIn(
            part=row.name.removeprefix(VENDOR),
            using=row.detail.get("using", ""),
            since=parse_datetime(row.detail.get("since", "")) or row.beat_at,
            reason=row.detail.get("reason", ""),
        )
        for row in rows
    ]


def status(*, at: datetime | None = None) -> dict:
    """The figures: database, each heartbeat with its age in seconds, how late the oldest undone work is, and `ok`."""
    at = at or timezone.now()
    try:
        return _status(at)
    except Error as error:
        return {"ok": False, "database": type(error).__name__, "heartbeats": {}}


def _status(at: datetime) -> dict:
    heartbeats = {heart.name: _heartbeat(heart, at) for heart in _of_processes()}
    overdue = HelpRequest.objects.overdue(at).order_by("expires_at").values_list("expires_at", flat=True).first()
    message = Message.objects.due(at).order_by("release_at").values_list("release_at", flat=True).first()
    promise = Promise.objects.to_look_at().filter(look_at__lte=at).order_by("look_at").first()
    moments = (overdue, message, promise and promise.look_at)
    late = [at - moment > LATE for moment in moments if moment]
    return {
        "ok": all(heartbeats.get(name, {}).get("fresh") for name in NEEDED) and not any(late),
        "database": "ok",
        "heartbeats": heartbeats,
        "oldest_overdue": overdue,
        "oldest_due_message": message,
        "oldest_due_promise": promise and promise.look_at,
        "stand_ins": [asdict(each) for each in stand_ins()],
    }


def _of_processes():
    """A supervisor who closes the desk is no process that died, nor is a vendor."""
    others = Q(name__startswith=DESK) | Q(name__startswith=VENDOR)
    return Heartbeat.objects.exclude(others).order_by("name")


def _heartbeat(heart: Heartbeat, at: datetime) -> dict:
    age = at - heart.beat_at
    return {"age_s": round(age.total_seconds(), 1), "fresh": age < FRESH, "pid": heart.pid, "detail": heart.detail}


def is_healthy() -> bool:
    return status()["ok"]
