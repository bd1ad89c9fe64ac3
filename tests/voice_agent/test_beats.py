"""Signs of life for the calls that a process holds."""

import time

import pytest
from django.db import OperationalError

from supervision import calls, health
from supervision.models import Call, Heartbeat
from voice_agent import beats
from voice_agent.beats import Beats


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
