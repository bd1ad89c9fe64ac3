"""What was committed reaches every open page, once, in order, also through cuts and restarts."""

import asyncio
import os
import random
import subprocess
import sys
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db import Error, connection, transaction
from django.utils import timezone

from supervision import lifecycle, live, notices
from supervision.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


class Page:
    """What a browser does: it subscribes, then reads what it has missed; afterwards it is told."""

    def __init__(self, *topics):
        self.topics = set(topics or [live.DESK])
        self.seen: list[int] = []
        self.told = asyncio.Event()

    def offer(self, event):
        if event.pk not in self.seen:
            self.seen.append(event.pk)
        self.told.set()

    async def has(self, ids, *, seconds=10):
        async with asyncio.timeout(seconds):
            while sorted(self.seen) != sorted(ids):
                self.told.clear()
                await self.told.wait()

    async def connect(self, hub):
        hub.subscribe(self)
        await hub.read(live.newest)  # after the hub's own first look: no event can fall between that and what follows
        for event in await in_thread(lambda: list(Event.objects.filter(topic__in=self.topics).order_by("id"))):
            self.offer(event)


async def in_thread(work):
    def run():
        try:
            return work()
        finally:
            connection.close()

    return await sync_to_async(run, thread_sensitive=False)()


@pytest.fixture
async def hub():
    hub = live.Hub()
    yield hub
    await hub.stop()


@pytest.fixture
def doorbell():
    doorbell = live.Doorbell("test")
    yield doorbell
    doorbell.close()


def test_an_event_rings_when_it_is_committed_and_not_before(doorbell):
    with transaction.atomic():
        live.emit("desk", "asked", reference="K7")
        assert not doorbell.wait(0)

    assert doorbell.wait(1)
    assert Event.objects.get().payload == {"reference": "K7"}


def test_an_event_is_rolled_back_with_what_it_tells_of(doorbell):
    with pytest.raises(RuntimeError), transaction.atomic():
        live.emit("desk", "asked")
        raise RuntimeError

    assert not doorbell.wait(0)
    assert live.newest() == 0


def test_a_bell_is_private(doorbell):
    assert doorbell.path.stat().st_mode & 0o777 == 0o600


def test_a_dead_process_bell_is_removed_and_a_living_ones_is_kept(settings):
    folder = settings.VAR_DIR / "bell"
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    dead, living = folder / f"web-{gone.stdout.strip()}.sock", folder / f"web-{os.getpid()}.sock"
    for path in (dead, living):
        path.touch()

    live.ring()

    assert not dead.exists()
    assert living.exists()
    living.unlink()


def test_a_bell_that_nobody_empties_never_stops_the_writer(doorbell):
    for _ in range(5000):
        live.ring()

    assert doorbell.drain()
    assert not doorbell.drain()


def test_where_no_bell_can_be_bound_waiting_is_polling(settings, tmp_path):
    settings.VAR_DIR = tmp_path / ("long" * 30)
    doorbell = live.Doorbell("test")

    assert not doorbell.is_bound
    assert not doorbell.wait(0.01)
    live.ring()
    doorbell.close()


async def test_a_page_is_told_of_its_topics_and_of_nothing_else(hub):
    desk, call = Page(), Page("call:1")
    hub.subscribe(desk)
    hub.subscribe(call)
    await hub.read(live.newest)

    ids = await in_thread(lambda: [live.emit(topic, "x").pk for topic in ("desk", "call:1", "call:2", "desk")])

    await desk.has([ids[0], ids[3]], seconds=2)
    await call.has([ids[1]], seconds=2)
    assert desk.seen == sorted(desk.seen)


async def test_an_event_arrives_at_once_and_not_at_the_next_poll(hub, monkeypatch):
    monkeypatch.setattr(live, "POLL_SECONDS", 60)
    page = Page()
    hub.subscribe(page)
    await hub.read(live.newest)

    event = await in_thread(lambda: live.emit("desk", "asked"))

    await page.has([event.pk], seconds=1)


async def test_an_event_arrives_without_a_bell_too(hub, monkeypatch):
    monkeypatch.setattr(live, "ring", lambda: None)
    monkeypatch.setattr(live, "POLL_SECONDS", 0.1)
    page = Page()
    hub.subscribe(page)
    await hub.read(live.newest)

    event = await in_thread(lambda: live.emit("desk", "asked"))

    await page.has([event.pk], seconds=2)


async def test_more_events_than_one_look_takes_all_arrive(hub, monkeypatch):
    monkeypatch.setattr(live, "BATCH", 10)
    monkeypatch.setattr(live, "POLL_SECONDS", 60)
    page = Page()
    hub.subscribe(page)
    await hub.read(live.newest)

    ids = await in_thread(lambda: _commit_together(35))

    await page.has(ids, seconds=2)


def _commit_together(count):
    with transaction.atomic():
        return [live.emit("desk", "x").pk for _ in range(count)]


async def test_the_hub_recovers_from_a_lost_database_by_itself(hub, monkeypatch, caplog):
    monkeypatch.setattr(live, "POLL_SECONDS", 0.05)
    page = Page()
    hub.subscribe(page)
    await hub.read(live.newest)
    news, failures = hub._news, [Error("gone"), Error("gone")]
    monkeypatch.setattr(hub, "_news", lambda: news() if not failures else _raise(failures.pop()))

    event = await in_thread(lambda: live.emit("desk", "asked"))

    await page.has([event.pk], seconds=5)
    assert "the hub lost the database" in caplog.text


def _raise(error):
    raise error


async def test_pages_through_cuts_and_restarts_have_seen_every_event(monkeypatch):
    """Three writers, pages that reconnect at random, and a hub that is replaced as by a restart of web."""
    hubs = [live.Hub()]
    pages = [Page() for _ in range(4)]
    ids: list[int] = []

    def write():
        for _ in range(60):
            ids.append(live.emit("desk", "x").pk)
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for page in pages:
        await page.connect(hubs[-1])
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        if random.random() < 0.2:
            await hubs[-1].stop()
            hubs.append(live.Hub())
            for page in pages:
                await page.connect(hubs[-1])
        page = random.choice(pages)
        hubs[-1].unsubscribe(page)
        await asyncio.sleep(0.01)
        await page.connect(hubs[-1])

    for page in pages:
        await page.has(ids)
    await hubs[-1].stop()
    assert len(ids) == 180


async def test_what_is_asked_is_printed_with_its_reference_time_and_address(hub, monkeypatch, capsys, salon, call):
    monkeypatch.setattr(live, "hub", hub)
    await notices.Notices().begin()

    asked = await in_thread(lambda: lifecycle.request_help("Do you offer keratin treatments?", call=call))
    page = Page()
    await page.connect(hub)
    printed = ""
    async with asyncio.timeout(5):  # pages and notices are told in no order
        while "waits" not in printed:
            await asyncio.sleep(0.01)
            printed += capsys.readouterr().out

    by = timezone.localtime(asked.promised_by, salon.zone)
    assert f"{asked.reference} waits, answer by " in printed
    assert f"{by:%H:%M}: http://127.0.0.1:8000/admin/" in printed
    assert "keratin" not in printed


async def test_what_waits_already_is_printed_at_the_start_and_many_in_one_line(hub, monkeypatch, capsys, salon, call):
    monkeypatch.setattr(live, "hub", hub)
    await in_thread(lambda: [lifecycle.request_help(f"Do you do {what}?", call=call) for what in ("a", "b")])
    await notices.Notices().begin()
    assert capsys.readouterr().out.count(" waits, answer by ") == 2

    await in_thread(lambda: lifecycle.request_help("Do you do c?", call=call))
    await notices.Notices().begin()
    assert "3 help requests wait: http://127.0.0.1:8000/admin/\n" in capsys.readouterr().out
