"""The ORM from async code, when the database is restarted and when it is slow."""

import asyncio

import pytest
from django.db import OperationalError

from voice_agent import bridge
from voice_agent.bridge import db_call


def broken(module: str, **about: object) -> OperationalError:
    """As Django raises it: the driver's own error is the cause."""
    cause = type("Gone", (Exception,), {"__module__": module, **about})()
    error = OperationalError("gone")
    error.__cause__ = cause
    return error


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(bridge, "FIRST_PAUSE", 0.001)


@pytest.mark.parametrize("about", [{}, {"sqlstate": "57P01"}, {"sqlstate": "40001"}])
async def test_work_is_repeated_when_postgresql_drops_the_connection(about):
    outcomes = [broken("psycopg.errors", **about), broken("psycopg.errors", **about), "done"]

    def work():
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert await db_call(work) == "done"


@pytest.mark.parametrize("error", [broken("sqlite3"), broken("psycopg.errors", sqlstate="42601")])
async def test_what_a_repeat_cannot_mend_is_raised_at_once(error):
    tries = []

    def work():
        tries.append(1)
        raise error

    with pytest.raises(OperationalError):
        await db_call(work)
    assert len(tries) == 1


async def test_a_database_that_stays_away_is_an_error_in_the_end():
    with pytest.raises(OperationalError):
        await db_call(lambda: (_ for _ in ()).throw(broken("psycopg")))


async def test_one_slow_query_does_not_hold_up_the_others():
    release = asyncio.Event()
    loop = asyncio.get_running_loop()
    slow = asyncio.create_task(db_call(lambda: asyncio.run_coroutine_threadsafe(release.wait(), loop).result()))

    async with asyncio.timeout(5):
        assert await db_call(lambda: "quick") == "quick"
    release.set()
    assert await slow
