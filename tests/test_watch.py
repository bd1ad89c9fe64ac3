"""What dies is started again: at once the first time, ever more slowly while it keeps dying."""

import os
import signal
import time
from pathlib import Path

import pytest

from salon_receptionist import watch
from tests.scratch import wait_for


@pytest.fixture
def die():
    """Let a child run and end; returns after how many seconds it starts again."""

    def die(child):
        child.start()
        child.process.wait()
        before = time.monotonic()
        child.bury()
        return round(child.start_at - before, 1)

    return die


def test_a_child_that_keeps_dying_waits_longer_each_time(die):
    child = watch.Child("web", ["false"])

    assert [die(child) for _ in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]


def test_a_child_that_has_been_up_for_long_starts_at_once_again(die, monkeypatch):
    child = watch.Child("web", ["false"])
    for _ in range(5):
        die(child)
    monkeypatch.setattr(watch, "LONG_UP", 0)

    assert die(child) == 0.5


def test_every_line_says_whose_it_is(die, capsys):
    child = watch.Child("web", ["printf", "one\\ntwo\\n\\377\\n"])

    die(child)

    assert capsys.readouterr().out.splitlines()[:3] == ["web    | one", "web    | two", "web    | \ufffd"]


def test_what_a_dead_process_left_in_its_group_is_ended(die):
    child = watch.Child("worker", ["sh", "-c", "sleep 60 & echo $!"])
    said = []
    child.say = said.append

    die(child)

    with pytest.raises(ProcessLookupError):
        _wait_until_gone(int(said[0]))


def _wait_until_gone(pid):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        os.kill(pid, 0)
        time.sleep(0.01)


def test_a_server_that_waits_for_its_callers_is_asked_twice_and_last(tmp_path, monkeypatch):
    log = tmp_path / "log"
    script = "trap 'echo {name} >> {log}; n=$((n+1)); [ $n = {asked} ] && exit 0' TERM; while :; do sleep 0.01; done"
    children = [
        watch.Child(name, ["sh", "-c", script.format(name=name, log=log, asked=asked)])
        for name, asked in (("livekit", 2), ("agent", 1))
    ]
    for child in children:
        child.start()
    _wait_until_trapped(children)

    watching = watch.Watch.__new__(watch.Watch)
    watching.children, watching.companion, watching.signals = children, None, 1
    monkeypatch.setattr(watching, "wait", lambda seconds: time.sleep(0.01), raising=False)
    watching.stop()

    for child in children:
        child.process.stdout.close()
    assert log.read_text().split() == ["agent", "livekit", "livekit"]


def _wait_until_trapped(children):
    for child in children:
        wait_for(lambda pid=child.process.pid: _catches_sigterm(pid), describe="its trap")


def _catches_sigterm(pid):
    mask = Path(f"/proc/{pid}/status").read_text().partition("SigCgt:")[2].split()[0]
    return int(mask, 16) >> (signal.SIGTERM - 1) & 1
