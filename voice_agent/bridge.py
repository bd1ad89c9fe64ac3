"""The ORM from async code: its own few threads, and connections that survive a restart of the database."""

import asyncio
import contextvars
import functools
import logging
import random
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connections

log = logging.getLogger(__name__)
P, R = ParamSpec("P"), TypeVar("R")
THREADS = 12  # at most, each with a connection of its own: writers that wait for a lock must leave one for the next
READERS = 4  # of their own: on SQLite a reader never waits for a writer
REPEATS = 4
KEPT_SECONDS = 600
FIRST_PAUSE = 0.2  # seconds, doubled each time
# PostgreSQL: shut down, crashed, starting, lost a race that it asks to repeat
WORTH_REPEATING = ("57P01", "57P02", "57P03", "40001", "40P01")
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="db")
_readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
_abandoned: set[asyncio.Task] = set()  # work that nobody waits for any longer; a loop keeps no hold of its tasks


async def db_call(unit: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run one unit of database work in a thread and return what it returns.

    `unit` must be repeatable: it runs again when PostgreSQL drops the connection, even during its commit. Cancelling
    the await does not stop the work.
    """
    return await _submit(_pool, unit, *args, **kwargs)


async def db_call_within(seconds: float, unit: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `db_call`, for somebody on the line. Raises TimeoutError; the work goes on, and may still be done."""
    return await _within(seconds, _submit(_pool, unit, *args, **kwargs))


async def db_read_within(seconds: float, unit: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `db_call_within`, for a unit that only reads: it does not queue behind those that wait to write."""
    return await _within(seconds, _submit(_readers, unit, *args, **kwargs))


async def _submit(pool: ThreadPoolExecutor, unit: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    work = functools.partial(contextvars.copy_context().run, _run, functools.partial(unit, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(pool, work)


async def _within(seconds: float, work: Coroutine[None, None, R]) -> R:
    task = asyncio.ensure_future(work)
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(task)
    except TimeoutError:
        _abandoned.add(task)
        task.add_done_callback(_forget)
        raise


def _forget(task: asyncio.Task) -> None:
    _abandoned.discard(task)
    if not task.cancelled() and task.exception():
        log.error("what nobody waited for any longer has failed: %s", type(task.exception()).__name__)


def keep_connections() -> None:
    """A process without requests reopens its database for each call unless it is told to keep it."""
    for name in connections:
        connections.settings[name]["CONN_MAX_AGE"] = KEPT_SECONDS


def _run(work: Callable[[], R]) -> R:
    for repeat in range(REPEATS + 1):
        close_old_connections()
        try:
            return work()
        except (OperationalError, InterfaceError) as error:
            _drop_connections()
            if repeat == REPEATS or not _is_passing(error):
                raise
            log.warning("the database was lost (%s): once more", type(error).__name__)
            time.sleep(FIRST_PAUSE * 2**repeat * random.uniform(0.5, 1.5))
        finally:
            close_old_connections()
    raise AssertionError("unreachable")


def _drop_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _is_passing(error: Exception) -> bool:
    """True for a connection that is gone or a transaction to be repeated; SQLite has waited its 20 s already."""
    cause = error.__cause__
    if not type(cause).__module__.startswith("psycopg"):
        return False
    state = getattr(cause, "sqlstate", None)
    return isinstance(error, InterfaceError) or state is None or state[:2] == "08" or state in WORTH_REPEATING
