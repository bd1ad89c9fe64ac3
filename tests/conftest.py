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
RUN, WORKER = (os.environ.get(f"PYTEST_XDIST_{name}", "") for name in ("TESTRUNUID", "WORKER"))
os.environ[MARK] = f"{RUN}.{WORKER}.{uuid.uuid4().hex}"  # of its own, for a test may start pytest


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
    if left := _kill(os.environ[MARK]):
        sys.stderr.write(f"\nprocesses left behind by the tests: {', '.join(left)}\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """What a crashed process of pytest-xdist has started ends with it: another one tries its test again."""
    if error:
        _kill(f"{node.workerinput['testrunuid']}.{node.gateway.id}.")


def _kill(mark: str) -> list[str]:
    """Ends the other processes whose mark begins like this; returns their commands."""
    wanted, commands = f"\0{MARK}={mark}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) == os.getpid() or wanted not in b"\0" + (process / "environ").read_bytes():
                continue
            if command := (process / "cmdline").read_text().replace("\0", " ").strip():
                os.kill(int(process.name), signal.SIGKILL)
                commands.append(command)
        except OSError:
            continue
    return commands


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
    """Real processes, browsers and calls in two processes of pytest-xdist, one after the other: a third runs the rest.

    They happen in real time, and a machine that stands still for a second gets a second try, which the summary names;
    a call that lasts a minute, a third.
    """
    for item in items:
        is_told, is_call = "journeys" in item.path.parts, "telephone" in item.path.parts
        if is_told or is_call or {"scratch", "postgres_url"} & set(item.fixturenames):
            item.add_marker(pytest.mark.xdist_group("journeys" if is_told else "processes"))
            item.add_marker(pytest.mark.flaky(reruns=2 if is_call else 1))
