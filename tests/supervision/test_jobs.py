"""Jobs are wake-ups: queued with the row they are for, few, and repeated while something is due."""

import inspect
import os
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule

from supervision import health, jobs, lifecycle, live
from supervision.models import Call, Event, HelpRequest


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def wakeups(db):
    """The names that were queued since it was asked last, without the canary's."""

    def take():
        names = [row.func() for row in OrmQ.objects.order_by("id")]
        OrmQ.objects.all().delete()
        return [name for name in names if name != "supervision.jobs.canary"]

    return take


@pytest.fixture
def ticker(salon, wakeups, now):
    """A ticker that has looked once, so that the index is up to date."""
    ticker = jobs.Ticker()
    ticker.tick(now)
    wakeups()
    return ticker


@pytest.fixture
def asked(asked):
    """A pending request of a call that is not to be swept."""
    Call.objects.update(seen_at=None)
    return asked


@pytest.mark.django_db(transaction=True)
def test_a_wakeup_rolls_back_with_what_it_is_for():
    with pytest.raises(RuntimeError), transaction.atomic():
        jobs.run_soon(jobs.DELIVER)
        raise RuntimeError

    assert not OrmQ.objects.exists()


def test_wakeups_do_not_pile_up(db):
    for _ in range(jobs.MOST_WAITING + 5):
        jobs.run_soon(jobs.EXPIRE)

    assert OrmQ.objects.count() == jobs.MOST_WAITING


@pytest.mark.parametrize("name", [*jobs.NET, jobs.VECTORS, *jobs._TALKS_TO_PROVIDER.values(), "supervision.jobs.prune"])
def test_every_job_exists_and_needs_no_arguments(name):
    inspect.signature(import_string(name)).bind()


def test_nothing_is_queued_while_nothing_is_due(ticker, wakeups, asked, now):
    HelpRequest.objects.update(expires_at=now + timedelta(hours=1))

    assert ticker.tick(now) == 1.0
    assert wakeups() == []


def test_the_ticker_sleeps_until_the_next_moment(ticker, asked):
    HelpRequest.objects.update(expires_at=timezone.now() + timedelta(seconds=0.5))

    assert 0.3 < ticker.tick() <= 0.5


def test_what_is_due_is_queued_at_once_and_then_ever_more_slowly(ticker, wakeups, asked, now):
    HelpRequest.objects.update(created_at=now - timedelta(days=2), expires_at=now)
    queued = []

    for tenths in range(60):
        ticker.tick(now + timedelta(seconds=tenths / 10))
        queued += [tenths for _ in wakeups()]

    assert queued == [0, 3, 8, 18, 38, 58]


def test_another_row_that_falls_due_does_not_wait_for_the_one_that_is_stuck(ticker, wakeups, asked, call, now):
    HelpRequest.objects.update(created_at=now - timedelta(days=2), expires_at=now)
    ticker.tick(now)
    wakeups()
    other = lifecycle.request_help("Do you do nail art?", call=call)
    HelpRequest.objects.filter(pk=other.pk).update(
        created_at=now - timedelta(days=2), expires_at=now + timedelta(seconds=0.1)
    )

    ticker.tick(now + timedelta(seconds=0.1))

    assert jobs.EXPIRE in wakeups()


def test_a_practice_call_whose_page_has_gone_is_swept(ticker, wakeups, call, now):
    Call.objects.update(seen_at=now - jobs.GONE)

    ticker.tick(now)

    assert wakeups() == [jobs.SWEEP]


def test_what_is_written_to_knowledge_gets_its_vectors(ticker, wakeups, salon, now):
    type(salon).objects.raise_revision()

    ticker.tick(now)
    ticker.tick(now)

    assert wakeups() == [jobs.VECTORS, jobs.CORRECTIONS]


def test_the_canary_proves_that_jobs_run(ticker, now):
    ticker.tick(now + timedelta(seconds=jobs.CANARY_SECONDS))

    assert OrmQ.objects.get().func() == "supervision.jobs.canary"
    jobs.canary()
    assert health.is_alive("jobs")


def test_two_workers_never_wait_for_the_provider_at_a_time(monkeypatch):
    delivered = []
    monkeypatch.setattr("supervision.outbox.deliver_due", lambda: delivered.append(1))

    with jobs.alone(f"provider-{os.getppid()}") as mine:
        jobs.deliver()
    assert (mine, delivered) == (True, [])

    jobs.deliver()
    assert delivered == [1]


def test_locks_of_dead_processes_are_forgotten(db, settings):
    with jobs.alone("provider-999999999"), jobs.alone(f"provider-{os.getpid()}"):
        jobs.prune()

    assert not (settings.VAR_DIR / "lock" / "provider-999999999").exists()
    assert (settings.VAR_DIR / "lock" / f"provider-{os.getpid()}").exists()


def test_the_net_is_scheduled_once(db):
    jobs.schedule_the_net()
    jobs.schedule_the_net()

    assert sorted(Schedule.objects.values_list("func", flat=True)) == ["supervision.jobs.net", "supervision.jobs.prune"]


def test_old_events_are_forgotten_and_their_ids_never_used_again(db, now):
    old = live.emit("desk", "asked")
    Event.objects.update(created_at=now - jobs.KEEP_EVENTS - timedelta(seconds=1))

    jobs.prune()

    assert not Event.objects.exists()
    assert live.emit("desk", "asked").pk > old.pk
