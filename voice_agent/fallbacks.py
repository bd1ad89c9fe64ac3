"""Which vendor is replaced by what, since when and why: an event and a row for the desk, written beside the call."""

import asyncio
import logging
import threading

from django.utils import timezone

from supervision import health, live
from supervision.models import Heartbeat
from voice_agent.bridge import db_call

log = logging.getLogger(__name__)
ROW = "vendor:{part}"  # of the heartbeats; its detail is empty while the vendor works
CAUSES = {
    401: "401, set {key}",
    402: "402, not paid for",
    403: "403, set {key}",
    404: "404, set {model}",
    429: "429, out of quota",
}
_states: dict[str, dict] = {}  # what this process has found, by part
_changing = threading.Lock()  # jobs run in threads of their own
_writing = threading.Lock()
_tasks: set[asyncio.Task] = set()  # under way; a loop keeps no hold of its tasks


def note(part: str, reason: str, *, using: str) -> None:
    """A vendor has begun to fail: `part` is "language model", "ears" or "voice", `using` what replaces it.

    `reason` is never in the vendor's words: those may quote the caller. Returns at once; call it in a running loop.
    """
    tell(part, reason)
    stand_in(part, reason, using=using)


def tell(part: str, reason: str) -> None:
    """The event alone, for what failed once."""
    _run(live.emit, live.DESK, "fallback", reason=reason, part=part)


def stand_in(part: str, reason: str, *, using: str) -> None:
    """The row alone; its `since` stays that of the first failure."""
    with _changing:
        since = _states.get(part, {}).get("since") or timezone.now().isoformat()
        _states[part] = {"using": using, "since": since, "reason": reason}
    _run(_write, part)


def recovered(part: str) -> None:
    """The vendor works. Costs nothing where that is known; the first time it also clears what a dead process left."""
    with _changing:
        if _states.get(part) == {}:
            return
        _states[part] = {}
    _run(_write, part)


def because(status: int, *, key: str, model: str) -> str:
    """A status as the desk shows it: `404, set GROQ_MODEL`. `key` and `model` are the settings' names."""
    return CAUSES.get(status, f"refused with status {status}").format(key=key, model=model)


async def settled() -> None:
    """Once all that is under way in this loop is written."""
    await asyncio.gather(*[task for task in _tasks if task.get_loop() is asyncio.get_running_loop()])


def _write(part: str) -> None:
    """What is true now, however late it comes to be written."""
    with _writing:
        detail = _states.get(part, {})
        name = ROW.format(part=part)
        if detail or Heartbeat.objects.filter(name=name).exclude(detail={}).exists():
            health.beat(name, detail)
            live.emit(live.DESK, "vendor", part=part)  # the row is there by now, or cleared: open desks look again


def _run(write, *args, **kwargs) -> None:
    task = asyncio.ensure_future(db_call(write, *args, **kwargs))
    _tasks.add(task)
    task.add_done_callback(_done)


def _done(task: asyncio.Task) -> None:
    _tasks.discard(task)
    if not task.cancelled() and task.exception():
        log.error("a fall-back could not be noted: %s", type(task.exception()).__name__)
