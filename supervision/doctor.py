"""Asks every part what only it can know: runs the checks that the settings name, and holds those of the desk itself."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from supervision import call_control, health, phone_setup
from supervision.health import Finding
from supervision.phone_setup import Trouble

log = logging.getLogger(__name__)
PATIENCE = 5.0  # seconds for one vendor, whatever it is asked
Check = Callable[[], AsyncIterator[Finding]]


@dataclass(frozen=True)
class Examined:
    name: str
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        return not any(finding.do for finding in self.findings)


async def examine(checks: Mapping[str, Check], *, patience: float = PATIENCE) -> list[Examined]:
    """All at the same time; what one had found before it fell silent, after `patience` in seconds, is kept."""
    return await asyncio.gather(*(_examine(name, check, patience) for name, check in checks.items()))


async def _examine(name: str, check: Check, patience: float) -> Examined:
    found: list[Finding] = []
    started = time.monotonic()
    try:
        async with asyncio.timeout(patience), contextlib.aclosing(check()) as findings:
            async for finding in findings:
                found.append(replace(finding, seconds=time.monotonic() - started))
                started = time.monotonic()
    except TimeoutError:
        says = f"does not answer within {patience:g} s."
        found.append(Finding(says, do="Look at its page of incidents, then ask again.", seconds=patience))
    except Exception as error:
        log.debug("%s could not be examined", name, exc_info=True)
        says = f"could not be asked: {type(error).__name__}."
        found.append(Finding(says, do="LOG_LEVEL=DEBUG manage.py doctor shows where."))
    return Examined(name, found)


async def database() -> AsyncIterator[Finding]:
    try:
        waiting = await sync_to_async(_unapplied)()
    except Error as error:
        yield Finding(f"cannot be read: {type(error).__name__}.", do="Correct DATABASE_URL, or start the database.")
        return
    if waiting:
        yield Finding(f"lacks {waiting} changes.", do="Run manage.py migrate, or make run, which does it.")
    else:
        yield Finding(f"{connection.vendor}, with all its tables.")


def _unapplied() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


async def telephone() -> AsyncIterator[Finding]:
    """The number's way here, as `setup_phone` plans it."""
    if not (settings.PHONE_NUMBER and settings.LIVEKIT_URL):
        yield Finding("no number rings here: PHONE_NUMBER or LIVEKIT_URL is not set.")
        return
    try:
        planned = await sync_to_async(phone_setup.plan)()
    except Trouble as trouble:
        yield Finding(str(trouble), do="When that is done, look with manage.py setup_phone.")
        return
    due = sum(bool(step.take) for steps in planned.values() for step in steps)
    if due:
        what = f"{due} thing{'s are' if due > 1 else ' is'} not as the settings say at {' and '.join(planned)}."
        yield Finding(what, do="See what with manage.py setup_phone, and mend it with --apply.")
    else:
        yield Finding(f"the number rings here, by way of {' and '.join(planned)}.")


async def texts() -> AsyncIterator[Finding]:
    """Twilio's account and the sender of texts."""
    if not phone_setup.has_account():
        yield Finding(f"texts go through {settings.MESSAGE_BACKEND.rpartition('.')[2]}; Twilio is not set up.")
        return
    for ask in (phone_setup.account, phone_setup.sender):
        try:
            finding = await asyncio.to_thread(ask)
        except Trouble as trouble:
            yield Finding(str(trouble), do="When that is done, ask again with manage.py doctor.")
            return
        yield finding
        if finding.do and ask is phone_setup.sender:
            return
    for ask in phone_setup.questions():
        with contextlib.suppress(Trouble):  # not every account may ask everything; what matters was said above
            if finding := await asyncio.to_thread(ask):
                yield finding


async def receptionist() -> AsyncIterator[Finding]:
    """Whether a process of hers is alive, and what she makes do with."""
    try:
        is_there = await sync_to_async(health.somebody_answers)()
        told = await sync_to_async(health.details)("agent")
        replaced = await sync_to_async(health.stand_ins)()
    except Error:
        return  # the database has its own line
    if not is_there:
        yield Finding("gives no sign of life.", do="Start her with make run, or with manage.py runagent start.")
    elif call_control.is_configured() and not told.get("registered"):
        says = "is there for typed conversations, and LiveKit does not know her yet."
        yield Finding(says, do="Wait ten seconds; then look at LiveKit's own line, and at what she prints.")
    else:
        yield Finding(f"is there, with {told.get('calls', 0)} calls under way.")
    for part in replaced:
        yield Finding(f"{part.part}: {part.using}, because of {part.reason}.", do="See the vendor's own line.")
