"""Debian's PostgreSQL server, started in a folder of its own for the tests that need it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.scratch import free_port

QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


def find_programs() -> Path | None:
    """The folder of the newest server's programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


class Server(str):
    """The address of a database; `restart` as after a crash: every connection is gone, and for a moment the server."""

    def start_with(self, *command: object) -> "Server":
        self.command = command
        return self

    def restart(self) -> None:
        _run(*self.command, "-m", "immediate", "restart")


@contextmanager
def server() -> Iterator[Server]:
    programs = find_programs()
    if not programs:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    # Not below pytest's folder, whose rights are taken from others by every run that starts meanwhile.
    folder = Path(tempfile.mkdtemp(prefix="salon-postgres-"))
    data, port = folder / "data", free_port()
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
    _run(programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")
    options = f"{QUICK} -c listen_addresses=127.0.0.1 -c port={port} -k {folder}"
    control = (programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options)
    _run(*control, "start")
    try:
        yield Server(f"postgres://postgres@127.0.0.1:{port}/postgres").start_with(*control)
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _run(*command: object) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*as_postgres, *map(str, command)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stdout + done.stderr
