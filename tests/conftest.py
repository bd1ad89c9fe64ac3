"""What every test may use: the project as processes, a PostgreSQL server, the contexts of the salons."""

import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.postgres import server
from tests.scratch import Scratch, free_port, prepare

MARK = "SALON_TESTS"  # in the environment of every process that a test starts
os.environ[MARK] = uuid.uuid4().hex


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, where nothing may be: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
    return report


def pytest_sessionfinish(session):
    """No test leaves a process behind."""
    if session.config.getoption("numprocesses", None):
        return  # the processes of pytest-xdist look each after their own
    if left := _started_here():
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        sys.stderr.write(f"\nprocesses left behind by the tests: {', '.join(left.values())}\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _started_here() -> dict[int, str]:
    mark = f"{MARK}={os.environ[MARK]}".encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) != os.getpid() and mark in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ").strip()
        except OSError:
            continue
    return {pid: command for pid, command in found.items() if command}


@pytest.fixture(name="free_port")
def fixture_free_port() -> Callable[[], int]:
    return free_port


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Path:
    """A folder as `make run` leaves it: tables, static files, the Glow context, the first supervisor."""
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def scratch(prepared: Path, tmp_path: Path) -> Iterator[Scratch]:
    """The project in a folder of its own; ends every process that it has started."""
    scratch = Scratch(tmp_path / "var", like=prepared)
    yield scratch
    scratch.stop()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    with server() as url:
        yield url


@pytest.fixture
def glow(db) -> None:
    call_command("loadcontext", "glow", verbosity=0)


@pytest.fixture
def bicycle(db) -> None:
    call_command("loadcontext", "bicycle", verbosity=0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real processes, browsers and calls one after the other, in one process of pytest-xdist: the other runs the rest.

    They happen in real time, and a machine that stands still for a second gets a second try, which the summary names;
    a call that lasts a minute, a third.
    """
    for item in items:
        is_real = {"journeys", "telephone"} & set(item.path.parts)
        if is_real or {"scratch", "postgres_url"} & set(item.fixturenames):
            item.add_marker(pytest.mark.xdist_group("processes"))
            item.add_marker(pytest.mark.flaky(reruns=2 if "telephone" in item.path.parts else 1))
