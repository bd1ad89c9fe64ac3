"""Signs of life for the calls that a process holds."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from supervision import calls, health
from supervision.models import Call, Heartbeat
from voice_agent import beats
from voice_agent.beats import Beats
from voice_agent.bridge import db_call


@pytest.fixture
def call(salon):
    return calls.open_call(channel=Call.Channel.CONSOLE)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(beats, "EVERY", 0.01)


def wait_until(what):
    deadline = time.monotonic() + 5
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_held_call_beats_until_the_process_leaves(call):
    epoch = calls.take(call, holder="me")
    first = Call.objects.get(pk=call.pk).beat_at

    with Beats("me") as beating:
        beating.hold(call.pk, epoch)
        wait_until(lambda: Call.objects.get(pk=call.pk).beat_at > first)


def test_a_call_that_somebody_else_took_is_no_longer_held(call):
    epoch = calls.take(call, holder="me")

    with Beats("me") as beating:
        beating.hold(call.pk, epoch)
        Call.objects.filter(pk=call.pk).update(holder="another", epoch=epoch + 1)
        wait_until(lambda: not beating.held)


def test_an_error_of_the_database_does_not_end_the_beats(call, monkeypatch):
    failures = [OperationalError("locked"), OperationalError("locked")]
    beat = health.beat

    def fail_twice(*args):
        if failures:
            raise failures.pop()
        beat(*args)

    monkeypatch.setattr(health, "beat", fail_twice)
    with Beats("me", process="agent", detail=lambda held: {"calls": held}):
        wait_until(lambda: Heartbeat.objects.filter(name="agent").exists())

    assert Heartbeat.objects.get(name="agent").detail == {"calls": 0}


def test_a_call_that_was_taken_again_is_not_lost_with_its_old_epoch(call, monkeypatch):
    beating = Beats("me")
    beating.hold(call.pk, 1)

    def lose_while_it_is_taken_again(held, **_):
        beating.hold(call.pk, 2)
        return set(held)

    monkeypatch.setattr(calls, "beat", lose_while_it_is_taken_again)
    beating._beat()

    assert beating.held == {call.pk: 2}


async def in_its_loop(held: Beats, call: Call, **more) -> None:
    epoch = await db_call(calls.take, call, holder=held.holder)
    held.hold(call.pk, epoch, **more)


def looked_at_by_another(look, *, after: float):
    """What another thread sees then; this one, and its loop, stand still until it has."""
    seen = []

    def wait_and_look():
        time.sleep(after)
        seen.append(look())
        connection.close()

    looking = threading.Thread(target=wait_and_look)
    looking.start()
    looking.join()
    return seen[0]


async def test_a_loop_that_is_stuck_gives_no_sign_of_life(call, monkeypatch):
    monkeypatch.setattr(beats, "ASKED_EVERY", 0.01)
    monkeypatch.setattr(beats, "STUCK", 0.1)
    with Beats("me") as beating:
        await in_its_loop(beating, call)
        await asyncio.sleep(0.3)
        alive_at = (await db_call(Call.objects.get, pk=call.pk)).beat_at
        stuck_at = looked_at_by_another(lambda: Call.objects.get(pk=call.pk).beat_at, after=0.6)

        assert stuck_at - alive_at < timedelta(seconds=0.3)
        async with asyncio.timeout(5):
            while (await db_call(Call.objects.get, pk=call.pk)).beat_at <= stuck_at:
                await asyncio.sleep(0.01)


async def test_the_loop_of_a_lost_call_is_told_once(call, monkeypatch):
    told: list = []
    with Beats("me") as beating:
        await in_its_loop(beating, call, on_lost=told.append)
        await db_call(Call.objects.filter(pk=call.pk).update, holder="another")
        async with asyncio.timeout(5):
            while not told:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)

    assert told == [call.pk]


async def test_who_leaves_a_call_is_not_told_that_it_is_lost(call):
    told: list = []
    with Beats("me") as beating:
        await in_its_loop(beating, call, on_lost=told.append)
        beating.leave(call.pk)
        await asyncio.sleep(0.05)

    assert told == []


def test_a_beat_that_waits_for_the_database_is_trouble_while_it_waits_and_for_a_while_after(call, monkeypatch):
    monkeypatch.setattr(beats, "SLOW", 0.05)
    waits, go_on = threading.Event(), threading.Event()

    def wait(*_):
        waits.set()
        go_on.wait(5)

    monkeypatch.setattr(health, "beat", wait)
    beating = Beats("me", process="agent")
    assert not beating.had_trouble(within=3)
    with beating:
        waits.wait(5)
        wait_until(lambda: beating.had_trouble(within=0))
        go_on.set()
        wait_until(lambda: beating._trouble_at > 0)

    assert beating.had_trouble(within=3)
