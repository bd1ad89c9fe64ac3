"""What callers ask while the database is locked or gone is noted down, and asked exactly once afterwards."""

import asyncio
import json
import os
import sqlite3
import threading
import time
from contextlib import closing
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection

from supervision import calls, lifecycle
from supervision.models import Call, HelpRequest
from tests.voice_agent.conftest import PARKING, PHONE
from voice_agent import receptionist, spool
from voice_agent.bridge import db_call, db_call_within, db_read_within
from voice_agent.prompts import render

QUESTION = "Do you offer keratin treatments?"


@pytest.fixture(autouse=True)
def _own_folder(short_var_dir) -> None:
    """A spool that no other test fills."""


@pytest.fixture
def call(salon) -> Call:
    return calls.open_call(channel=Call.Channel.CONSOLE, phone=PHONE)


def left() -> list[str]:
    return [path.name for path in (django_settings.VAR_DIR / "spool").iterdir()]


def test_what_was_noted_is_asked_once_with_the_time_and_the_id_of_the_note(call):
    id = uuid4()
    spool.note(QUESTION, call=call, note="keratin", id=id)

    assert spool.drain() == 1
    assert spool.drain() == 0

    request = HelpRequest.objects.get()
    assert (request.pk, request.question, request.note, request.call_id) == (id, QUESTION, "keratin", call.pk)
    assert request.customer_phone == PHONE
    assert left() == []


def test_a_crash_between_asking_and_forgetting_doubles_nothing(call):
    spool.note(QUESTION, call=call, id=uuid4())
    spool._close()
    [path] = (django_settings.VAR_DIR / "spool").glob("closed-*")
    line = path.read_text()
    spool.drain()
    path.write_text(line)  # as if the process had died before it could remove the file

    spool.drain()

    assert HelpRequest.objects.count() == 1


def test_what_was_answered_before_the_file_was_forgotten_is_not_asked_again(call, django_user_model):
    id = uuid4()
    spool.note(QUESTION, call=call, id=id)
    request = lifecycle.request_help(QUESTION, call=call, id=id)  # the write that had only been slow
    lifecycle.resolve(request, answer="Yes.", by=django_user_model.objects.create_user("sue"))

    spool.drain()

    assert HelpRequest.objects.count() == 1


def test_a_database_that_is_still_away_leaves_the_notes_where_they_are(call, monkeypatch):
    spool.note(QUESTION, call=call, id=uuid4())
    with monkeypatch.context() as broken:
        broken.setattr(lifecycle, "request_help", _locked)
        with pytest.raises(OperationalError):
            spool.drain()

    assert spool.drain() == 1
    assert HelpRequest.objects.count() == 1


def _locked(*_, **__):
    raise OperationalError("database is locked")


def test_a_line_that_was_cut_off_by_a_crash_does_not_keep_the_others_waiting(call):
    spool.note(QUESTION, call=call, id=uuid4())
    with (django_settings.VAR_DIR / "spool" / spool.OPEN).open("a") as file:
        file.write('{"id": "')

    spool.drain()

    assert HelpRequest.objects.count() == 1


def test_who_notes_never_waits_for_who_drains(call, monkeypatch):
    asking, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(spool, "_ask", lambda line: (asking.set(), go_on.wait(5)))
    spool.note(QUESTION, call=call, id=uuid4())
    draining = threading.Thread(target=spool.drain)
    draining.start()
    asking.wait(5)

    spool.note("Do you sell gift cards?", call=call, id=uuid4())

    go_on.set()
    draining.join()
    assert left() == [spool.OPEN]


def test_notes_of_many_at_a_time_are_all_there_while_others_drain(call, monkeypatch):
    taken: list[str] = []
    monkeypatch.setattr(spool, "_ask", lambda line: taken.append(json.loads(line)["id"]))
    ids = [uuid4() for _ in range(60)]

    def write(some):
        for id in some:
            spool.note(QUESTION, call=call, id=id)

    threads = [threading.Thread(target=write, args=[ids[start::3]]) for start in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        spool.drain()
    spool.drain()

    assert sorted(taken) == sorted(map(str, ids))


def test_the_spool_is_for_no_other_eyes(call):
    spool.note("My card is 4111 1111 1111 1111, may I pay with it?", call=call, id=uuid4())

    path = django_settings.VAR_DIR / "spool" / spool.OPEN
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert "4111" not in path.read_text()


# --- in a conversation ----------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(receptionist, "TYPED_SECONDS", 0.3)


async def test_a_question_is_noted_when_it_cannot_be_stored(talk, quick, monkeypatch):
    caller = await talk()
    with monkeypatch.context() as broken:
        broken.setattr(lifecycle, "request_help", _locked)
        said = await caller(QUESTION)

    assert said == render("noted.txt")
    assert await db_call(spool.drain) == 1
    assert (await db_call(HelpRequest.objects.get)).question == QUESTION


async def test_a_write_that_was_only_slow_and_the_note_are_one_request(talk, quick, monkeypatch):
    caller = await talk()
    ask, asked = lifecycle.request_help, threading.Event()

    def slowly(*args, **more):
        time.sleep(0.6)
        try:
            return ask(*args, **more)
        finally:
            asked.set()

    with monkeypatch.context() as slow:
        slow.setattr(lifecycle, "request_help", slowly)
        said = await caller(QUESTION)
        await asyncio.to_thread(asked.wait, 5)
    await db_call(spool.drain)

    assert said == render("noted.txt")
    assert await db_call(HelpRequest.objects.count) == 1


async def test_what_cannot_be_looked_up_is_noted_too(talk, quick, monkeypatch):
    caller = await talk()
    with monkeypatch.context() as broken:
        broken.setattr("voice_agent.reading.find_answers", _locked)
        broken.setattr(lifecycle, "request_help", _locked)
        said = await caller("Where can I park?")

    assert said == render("noted.txt")
    assert await caller("Where can I park?") == PARKING


async def test_danger_is_answered_without_a_database(talk, monkeypatch):
    monkeypatch.setattr(receptionist, "TYPED_SECONDS", 0.05)
    monkeypatch.setattr(lifecycle, "raise_alarm", lambda *_, **__: time.sleep(0.3))
    caller = await talk()

    assert "911" in await caller("Help, she can't breathe!")


async def test_when_nothing_can_be_noted_nothing_is_promised(talk, quick, monkeypatch):
    def full(*_, **__):
        raise OSError("disk full")

    caller = await talk()
    monkeypatch.setattr(lifecycle, "request_help", _locked)
    monkeypatch.setattr(spool, "note", full)

    assert await caller(QUESTION) == render("not_noted.txt")


# --- the way to the database ----------------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's lock")
async def test_readers_do_not_queue_behind_writers_that_wait_for_a_lock(salon):
    path = await db_call(lambda: str(connection.settings_dict["NAME"]))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("begin immediate")
        try:
            writes = [
                asyncio.create_task(db_call(calls.open_call, channel=Call.Channel.CONSOLE))
                for _ in range(os.cpu_count() * 8)
            ]
            await asyncio.sleep(0.2)
            began = time.monotonic()
            await db_read_within(1.0, Call.objects.count)
            took = time.monotonic() - began
        finally:
            database.execute("rollback")
        await asyncio.gather(*writes)

    assert took < 0.5


async def test_work_that_is_no_longer_waited_for_is_done_all_the_same(db):
    done = threading.Event()

    def slowly():
        time.sleep(0.2)
        done.set()

    with pytest.raises(TimeoutError):
        await db_call_within(0.05, slowly)

    assert await asyncio.to_thread(done.wait, 5)
