"""A family of processes, forked from one parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scratch import ROOT, wait_for

FAMILY = """
import os, signal, sys, time
from pathlib import Path
import django
django.setup()
from voice_agent import forked
from voice_agent.forked import Family, LOOK
folder, kind = Path(sys.argv[1]), sys.argv[2]

def life(slot, board):
    me = folder / f"{time.monotonic_ns()}-{slot}-{os.getpid()}"
    me.touch()
    if kind == "crash":
        os._exit(1)
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(1))
    signal.signal(LOOK, lambda *_: (folder / f"looked-{os.getpid()}").touch())
    while not told:
        if kind != "still":
            board.write(slot, 0)
        time.sleep(0.02)

forked.SILENT_SECONDS = 0.5 if kind == "still" else 20.0
forked.LOOK_SECONDS = 0.1
Family(life, size=2).run()
"""


class Running:
    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", FAMILY, str(folder), kind], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
        )

    def born(self) -> list[tuple[int, int]]:
        """(place, pid) of all that were ever born, oldest first."""
        names = sorted(path.name for path in self.folder.iterdir() if path.name[0].isdigit())
        return [(int(slot), int(pid)) for _, slot, pid in (name.split("-") for name in names)]

    def pids(self) -> list[int]:
        return wait_for(lambda: len(self.born()) >= 2 and [pid for _, pid in self.born()], describe="two processes")


@pytest.fixture
def family(tmp_path) -> Iterator:
    running: list[Running] = []

    def start(kind: str = "well") -> Running:
        running.append(Running(tmp_path, kind))
        return running[-1]

    yield start
    for one in running:
        one.process.terminate()
        assert one.process.wait(10) is not None
        for _, pid in one.born():
            assert not _exists(pid)


def _exists(pid: int) -> bool:
    try:
        return "Z" not in (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2][:3]
    except OSError:
        return False


def test_a_process_that_is_killed_is_followed_by_another_at_once_and_its_sibling_is_told(family):
    running = family()
    victim, sibling = running.pids()[:2]

    began = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: len(running.born()) == 3, describe="a third process")

    assert time.monotonic() - began < 1
    wait_for((running.folder / f"looked-{sibling}").exists, describe="the sibling looks")
    places = [slot for slot, _ in running.born()]
    assert places[2] == places[0]


def test_told_to_stop_it_hands_that_on_and_leaves_last(family):
    running = family()
    running.pids()

    running.process.send_signal(signal.SIGTERM)

    assert running.process.wait(5) == 0


def test_processes_that_die_at_once_again_and_again_are_born_ever_later(family):
    running = family("crash")
    running.pids()
    time.sleep(1.2)  # a busy loop would have made hundreds by then

    assert 2 <= len(running.born()) <= 8


def test_a_process_that_stands_still_is_put_an_end_to(family):
    running = family("still")
    first = running.pids()[:2]

    wait_for(lambda: len(running.born()) >= 4, describe="two others")

    assert not any(map(_exists, first))


def test_children_told_by_the_death_of_their_parent_end_too(family):
    running = family()
    pids = running.pids()

    running.process.kill()

    wait_for(lambda: not any(map(_exists, pids)), seconds=5, describe="nobody is left")
