"""Runs what is due in django-q2's worker; this module and the command `runjobs` are the only doors to it."""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Failure, OrmQ, Schedule
from django_q.tasks import async_task

from knowledge.models import Salon
from supervision import health
from supervision.models import Call, Event, HelpRequest, InboundText, Message, Poll, Promise, Push, WebhookEvent
from supervision.models.call import GONE, TEXTS_GONE

log = logging.getLogger(__name__)
EXPIRE = "supervision.lifecycle.expire_overdue"
LOOK = "supervision.ledger.look"
BRING_BACK = "supervision.claims.bring_back"
PUSH = "supervision.push.send_beside"
DELIVER = "supervision.outbox.deliver_due"
RECONCILE = "supervision.outbox.reconcile"
SWEEP = "supervision.calls.sweep"
CORRECTIONS = "supervision.corrections.find"
RESCUE = "supervision.rescue.net"
PUT_OUT = "supervision.bystanders.put_out"
READ = "supervision.inbound.read_new"
POLL = "supervision.polling.poll"
DIGEST = "supervision.digest.make_due"
FIGURES = "supervision.figures.rollup.fill_due"
WRITE_VECTORS = "knowledge.search.write_missing_vectors"
VECTORS_AT_ONCE = 500  # about a second; writing them raises the revision, so that the ticker asks for the rest
NET = (EXPIRE, BRING_BACK, LOOK, DELIVER, RECONCILE, SWEEP, RESCUE, PUT_OUT, READ, POLL, DIGEST, FIGURES, PUSH)

VECTORS = f"{__name__}.write_vectors"
PROVIDER = "provider-"  # and the process whose workers share the lock
MOST_WAITING = 100  # wake-ups; the ticker repeats what is still due, so that more would only be noise
CANARY_SECONDS = 5
AGAIN_SECONDS = (0.25, 2.0)  # how soon, and how late, a wake-up is repeated for rows that do not move
KEEP_EVENTS = timedelta(days=7)
KEEP_FAILURES = timedelta(days=30)
KEEP_WEBHOOKS = timedelta(days=1)  # their signatures are good for six minutes


def run_soon(name: str) -> None:
    """Queue the function of this dotted name, without arguments, in the caller's transaction: it rolls back with it."""
    if OrmQ.objects.count() < MOST_WAITING:
        async_task(_TALKS_TO_PROVIDER.get(name, name), q_options={"save": False})


def load() -> None:
    """Import what the jobs run: once, before the workers are forked, and not by each of them when something is due."""
    for name in NET:
        import_string(name)


# --- what django-q2 calls: importable, without arguments -----------------------------------------------------------


def canary() -> None:
    """Prove that the whole chain from the queue to a worker is alive."""
    health.beat("jobs")


def write_vectors() -> None:
    import_string(WRITE_VECTORS)(VECTORS_AT_ONCE)  # by name: only the worker that runs it loads the model


def deliver() -> None:
    _with_the_provider(DELIVER)


def reconcile() -> None:
    _with_the_provider(DELIVER)  # which asks too: texts that fall due meanwhile do not wait for a slow answer


def poll() -> None:
    _with_the_provider(POLL)


def digest() -> None:
    _with_the_provider(DIGEST)  # of mail: it may be as slow


def net() -> None:
    """Move whatever is due, in case that every wake-up was lost."""
    for name in (*NET, VECTORS):
        run_soon(name)


def prune() -> None:
    """Forget what nobody follows any more: old events, failures of jobs and recordings, sessions that have expired."""
    now = timezone.now()
    import_string("supervision.calls.delete_old_recordings")(at=now)
    import_string("supervision.push.forget_old")(at=now)
    Event.objects.filter(created_at__lt=now - KEEP_EVENTS).delete()
    Failure.objects.filter(stopped__lt=now - KEEP_FAILURES).delete()
    WebhookEvent.objects.filter(received_at__lt=now - KEEP_WEBHOOKS).delete()
    call_command("clearsessions")
    _forget_locks_of_the_dead()


def _forget_locks_of_the_dead() -> None:
    for path in (settings.VAR_DIR / "lock").glob(f"{PROVIDER}*"):
        try:
            os.kill(int(path.name.removeprefix(PROVIDER)), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except OSError:
            continue  # somebody else's process has its number now


def _with_the_provider(name: str) -> None:
    """A provider that is slow may keep one worker waiting, never the last of a `runjobs`: deadlines need one too."""
    with alone(f"{PROVIDER}{os.getppid()}") as mine:
        if mine:
            import_string(name)()


_TALKS_TO_PROVIDER = {
    DELIVER: f"{__name__}.deliver",
    RECONCILE: f"{__name__}.reconcile",
    POLL: f"{__name__}.poll",
    DIGEST: f"{__name__}.digest",
}


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """False where another process of this machine is inside; ends with the process, however that ends."""
    path = settings.VAR_DIR / "lock" / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def schedule_the_net() -> None:
    """django-q2's own scheduler is up to 30 s late: it is what remains when the ticker has failed."""
    for name, minutes in ((f"{__name__}.net", 1), (f"{__name__}.prune", 60)):
        Schedule.objects.update_or_create(
            name=name,
            defaults={
                "func": name,
                "schedule_type": Schedule.MINUTES,
                "minutes": minutes,
                "repeats": -1,
                "kwargs": "q_options={'save': False}",
            },
        )
    run_soon(POLL)


# --- the ticker -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chore:
    """Rows that wait for a moment of their own, and the function that moves them from then on."""

    name: str
    rows: Callable[[], QuerySet]
    moment: str
    later: timedelta = timedelta()

    def look(self, at: datetime) -> tuple[tuple | None, datetime | None]:
        """(what is due, told apart from what was due before; None for nothing), (when the next row is due)."""
        at -= self.later
        due = Q(**{f"{self.moment}__lte": at})
        found = self.rows().aggregate(
            count=Count("pk", filter=due), latest=Max(self.moment, filter=due), next=Min(self.moment, filter=~due)
        )
        return (found["count"], found["latest"]) if found["count"] else None, found["next"] and found[
            "next"
        ] + self.later


def _messages(*states: Message.State) -> QuerySet:
    return Message.objects.filter(state__in=states).order_by()


CHORES = (
    Chore(EXPIRE, lambda: HelpRequest.objects.pending().order_by(), "expires_at"),
    Chore(BRING_BACK, lambda: HelpRequest.objects.filter(handed_by__isnull=False).order_by(), "claimed_until"),
    Chore(LOOK, lambda: Promise.objects.to_look_at().order_by(), "look_at"),
    Chore(DELIVER, lambda: _messages(Message.State.QUEUED, Message.State.HELD, Message.State.SPEAKING), "release_at"),
    Chore(PUSH, lambda: Push.objects.waiting().order_by(), "try_at"),
    Chore(RECONCILE, lambda: _messages(Message.State.UNKNOWN), "release_at"),
    Chore(RECONCILE, lambda: _messages(Message.State.SENDING), "lease_until"),
    Chore(READ, lambda: InboundText.objects.filter(read_at=None).order_by(), "try_at"),
    Chore(POLL, lambda: Poll.objects.order_by(), "due_at"),
    Chore(SWEEP, lambda: Call.objects.open().practised().order_by(), "seen_at", GONE),
    Chore(SWEEP, lambda: Call.objects.open().by_text().order_by(), "seen_at", TEXTS_GONE),
    Chore(SWEEP, lambda: Call.objects.open().in_terminals().order_by(), "beat_at", GONE),
    # her own processes look after these each second; when none of them lives, nobody else does
    Chore(RESCUE, lambda: Call.objects.open().spoken().order_by(), "beat_at", health.AGENT_GONE),
    Chore(
        RESCUE, lambda: Call.objects.open().spoken().filter(beat_at=None).order_by(), "started_at", health.AGENT_GONE
    ),
)


class Ticker:
    """Queues a wake-up when a row's moment has come, at once for new rows and then ever more slowly for the same."""

    def __init__(self) -> None:
        self.asked: dict[Chore, tuple[tuple, datetime, float]] = {}  # what was due, when to ask again, after how long
        self.canary_at: datetime | None = None
        self.revision: int | None = None

    def tick(self, at: datetime | None = None) -> float:
        """Queue what is due; returns for how many seconds there is nothing to do, a second at most."""
        at = at or timezone.now()
        moments = [self._do(chore, at) for chore in CHORES]
        self._sing(at)
        self._index()
        soonest = min((moment for moment in moments if moment), default=at + timedelta(seconds=1))
        return min(1.0, max(0.0, (soonest - timezone.now()).total_seconds()))

    def _do(self, chore: Chore, at: datetime) -> datetime | None:
        """Queue the chore if it is due; returns when to look at it again."""
        due, next_at = chore.look(at)
        if not due:
            self.asked.pop(chore, None)
            return next_at
        before, again_at, pause = self.asked.get(chore, (None, at, AGAIN_SECONDS[0] / 2))
        if due != before or at >= again_at:
            pause = min(AGAIN_SECONDS[1], pause * 2) if due == before else AGAIN_SECONDS[0]
            again_at = at + timedelta(seconds=pause)
            run_soon(chore.name)
            self.asked[chore] = (due, again_at, pause)
        return min(again_at, next_at or again_at)

    def _sing(self, at: datetime) -> None:
        if self.canary_at is None or at >= self.canary_at + timedelta(seconds=CANARY_SECONDS):
            self.canary_at = at
            health.beat("ticker")
            async_task(f"{__name__}.canary", q_options={"save": False})

    def _index(self) -> None:
        """Every write to knowledge raises the revision: what was written may need vectors, or correct what was told."""
        revision = Salon.objects.values_list("revision", flat=True).first()
        if revision != self.revision:
            self.revision = revision
            run_soon(VECTORS)
            run_soon(CORRECTIONS)
