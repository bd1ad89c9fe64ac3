"""What five callers hear while the database is locked or starts again: no call changes hands, no question is lost."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests import postgres
from tests.scratch import prepare
from tests.telephone.phone import Phone
from tests.telephone.salon import Salon
from tests.telephone.test_faults_agents import PARKING, UNKNOWN, is_bearable, until

CALLERS = 5
LOCKED_SECONDS = 6
SEES_SECONDS = 4  # in which a sweep would act on what it had seen


class Locked(Salon):
    """On SQLite, which nobody can write to for so long."""

    def fail(self) -> None:
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20, isolation_level=None)) as database:
            database.execute("begin immediate")
            time.sleep(LOCKED_SECONDS)
            database.execute("rollback")


class Restarted(Salon):
    """On PostgreSQL, which breaks every connection."""

    database: postgres.Server

    def rows(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.database) as connection:
            found = connection.execute(query.replace("?", "%s"), values).fetchall()
        return [tuple(getattr(value, "hex", value) for value in row) for row in found]

    def fail(self) -> None:
        self.database.restart()


@pytest.fixture(params=["locked", "restarted"])
def failing(request, prepared: Path, tmp_path: Path, livekit, _vendors) -> Iterator[Salon]:
    if request.param == "locked":
        salon = Locked(tmp_path / "var", livekit, _vendors, like=prepared)
        yield salon
        salon.stop()
        return
    with postgres.server() as Restarted.database:
        folder = prepare(tmp_path / "var", DATABASE_URL=Restarted.database)
        salon = Restarted(folder, livekit, _vendors, like=None, DATABASE_URL=Restarted.database)
        yield salon
        salon.stop()


async def asks(caller: Phone) -> float:
    """What nobody knows, and what everybody knows; returns the longest silence before an answer."""
    asked_until = await caller.say(UNKNOWN)
    heard = await caller.hears_after(asked_until, pause=2.0)
    silence = caller.dead_air(asked_until, heard.start)
    if "say it again" in heard:  # nothing was made of it in time
        heard = await caller.ask(UNKNOWN, pause=2.0)
    assert "noted" in heard or "supervisor" in heard, heard

    asked_until = await caller.say(PARKING)
    known = await caller.hears_after(asked_until, pause=2.0)
    assert "six free spaces" in known, known
    return max(silence, caller.dead_air(asked_until, known.start))


@pytest.mark.soak  # a minute and more, and it needs the machine for itself
async def test_five_callers_are_answered_and_none_of_them_changes_hands(failing, vendors):
    vendors.learn(UNKNOWN, PARKING)
    await asyncio.to_thread(failing.agent)
    callers = [failing.phone(number=f"+1415555267{number}") for number in range(CALLERS)]
    try:
        for caller in callers:
            await caller.dial()
            await caller.hears()
        epochs = [failing.call(caller, "epoch") for caller in callers]

        fault = asyncio.create_task(asyncio.to_thread(failing.fail))
        silences = await asyncio.gather(*(asks(caller) for caller in callers))
        await fault
        await until(
            lambda: failing.rows("select count(*) from supervision_helprequest") == [(CALLERS,)],
            describe="each question, once",
        )
        await asyncio.sleep(SEES_SECONDS)

        assert [failing.call(caller, "epoch") for caller in callers] == epochs
        assert {failing.call(caller) for caller in callers} <= {"answered", "holding"}
    finally:
        for caller in callers:
            await caller.hang_up()

    assert all(map(is_bearable, silences))
