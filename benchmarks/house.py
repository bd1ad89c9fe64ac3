"""The whole product in a folder of its own, started as `make run` starts it; see benchmarks.scratch for one process."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scratch import Scratch, wait_for


@contextmanager
def running(**settings: str) -> Iterator[Scratch]:
    """Everything, up and with its banner printed; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="salon-bench-"))
    house = Scratch(folder, **{"HELP_REQUESTS_PER_CALL": "1000000"} | settings)  # one call asks for all of them
    try:
        house.watch = house.start("runall")
        wait_for(lambda: "Ctrl-C stops everything" in house.printed(), seconds=60, describe="the banner")
        yield house
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)


def processes(house: Scratch) -> list[Path]:
    """The folders in /proc of everything that it has started, itself included."""
    mark = f"VAR_DIR={house.folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0") and (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue
    return [process for process in found if int(process.name) != os.getpid()]
