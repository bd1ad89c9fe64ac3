"""What callers asked while the database could not be written: noted in a file at once, asked once when it is back."""

import asyncio
import fcntl
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils import timezone

from supervision import lifecycle, screening
from supervision.models import Call
from voice_agent.bridge import db_call

log = logging.getLogger(__name__)
OPEN = "requests.jsonl"  # notes are added here
CLOSED = "closed-"  # and these wait for the database: whoever dies in the middle leaves it to the next
LOOK_SECONDS = 1.0


def note(question: str, *, call: Call, note: str = "", id: uuid.UUID) -> None:
    """Keep it beyond the death of this process and of the machine. `id` will be that of the help request.

    Raises OSError when even that is impossible.
    """
    line = {
        "id": str(id),
        "call": str(call.pk),
        "question": screening.mask_numbers(question),
        "note": screening.mask_numbers(note),
        "at": timezone.now().isoformat(),
    }
    with _alone_with(_folder() / OPEN, "a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


async def drain_for_ever(stopping: asyncio.Event, *, is_well: Callable[[], bool] = lambda: True) -> None:
    while not stopping.is_set():
        if is_well() and _waits():
            try:
                asked = await db_call(drain)
                log.info("asked %s questions that had been noted down", asked)
            except Exception as error:
                log.error("what was noted down still waits: %s", type(error).__name__)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await stopping.wait()


def drain() -> int:
    """Ask all that was noted, each exactly once whoever dies in between; returns how many lines were taken."""
    _close()
    taken = 0
    for path in sorted(_folder().glob(f"{CLOSED}*")):
        with suppress(FileNotFoundError, BlockingIOError), _alone_with(path, "r", wait=False) as file:
            lines = file.readlines()
            for line in lines:
                _ask(line)
            path.unlink()
            taken += len(lines)
    return taken


def _ask(line: str) -> None:
    """What cannot be asked at all is no reason to keep the others waiting."""
    try:
        noted = json.loads(line)
        call = Call.objects.get(pk=noted["call"])
        at = datetime.fromisoformat(noted["at"])
        lifecycle.request_help(noted["question"], call=call, note=noted["note"], at=at, id=uuid.UUID(noted["id"]))
    except (ValueError, KeyError, ValidationError, ObjectDoesNotExist) as error:  # a line cut off by a crash, too many
        log.error("a question that was noted down could not be asked: %s", type(error).__name__)


def _close() -> None:
    """Notes are added to a new file from now on, so that nobody who notes waits for the database."""
    path = _folder() / OPEN
    if path.exists():
        with _alone_with(path, "a"):
            path.rename(path.with_name(f"{CLOSED}{uuid.uuid4().hex}.jsonl"))


def _waits() -> bool:
    try:
        return any(os.scandir(settings.VAR_DIR / "spool"))
    except FileNotFoundError:
        return False


@contextmanager
def _alone_with(path: Path, mode: str, *, wait: bool = True) -> Iterator[TextIO]:
    """The file of this name, locked; raises BlockingIOError where somebody else has it and `wait` is False."""
    while True:
        with open(os.open(path, _FLAGS[mode], 0o600), mode, encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _is_still(file, path):  # not renamed while it was waited for
                yield file
                return
        if mode == "r":
            raise FileNotFoundError(path)


_FLAGS = {"a": os.O_WRONLY | os.O_APPEND | os.O_CREAT, "r": os.O_RDONLY}


def _is_still(file: TextIO, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False


def _folder() -> Path:
    folder = settings.VAR_DIR / "spool"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
