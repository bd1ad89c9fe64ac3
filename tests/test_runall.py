"""One command starts everything, keeps it alive, and leaves nothing behind."""

import os
import signal
import socket
import sqlite3
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.scratch import Scratch, wait_for

RUNJOBS = "manage.py runjobs"


@pytest.fixture(scope="module")
def house(prepared, tmp_path_factory):
    """Everything, started once for the tests of this module."""
    house = Scratch(tmp_path_factory.mktemp("house") / "var", like=prepared)
    house.main = house.start("runall")
    wait_for(lambda: "Ctrl-C stops everything" in house.printed(), seconds=40, describe="the banner")
    yield house
    house.stop()


def processes(house: Scratch, words: str = "") -> dict[int, list[int]]:
    """The living processes of this house whose command has these words, with their children, parents first."""
    mark, found = f"VAR_DIR={house.folder}".encode(), {}
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            command = (process / "cmdline").read_text().replace("\0", " ")
            if command and words in command and mark in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = _children(process)
        except OSError:
            continue
    return found


def _children(process: Path) -> list[int]:
    return [int(pid) for task in process.glob("task/*/children") for pid in task.read_text().split()]


def leader(house: Scratch, words: str) -> int:
    """Its process, once there is one: signals to 0 would reach the tests themselves."""
    return wait_for(lambda: next(iter(processes(house, words)), 0), describe=words)


def beat(house: Scratch, name: str) -> str:
    with closing(sqlite3.connect(house.folder / "db.sqlite3")) as database:
        return database.execute("SELECT beat_at FROM supervision_heartbeat WHERE name = ?", [name]).fetchone()[0]


def answers(house: Scratch) -> bool:
    try:
        return urllib.request.urlopen(f"{house.url}/admin/login/", timeout=5).status == 200
    except OSError:
        return False


def test_it_ends_with_the_address_the_login_and_what_is_simulated(house):
    banner = house.printed()

    assert answers(house)
    assert f"{house.url}/" in banner
    assert "manage.py changepassword supervisor" in banner
    assert "Not up yet" not in banner
    for variable in ("TWILIO_ACCOUNT_SID", "GROQ_API_KEY", "LIVEKIT_URL", "ELEVEN_API_KEY"):
        assert variable in banner


def test_the_watch_itself_is_small(house):
    status = Path(f"/proc/{house.main.pid}/status").read_text()

    assert int(status.partition("VmRSS:")[2].split()[0]) < 25_000


@pytest.mark.parametrize(("name", "words"), [("web", "-m daphne"), ("agent", "manage.py runagent")])
def test_what_is_killed_is_started_again(house, name, words):
    old = leader(house, words)

    os.kill(old, signal.SIGKILL)

    wait_for(lambda: leader(house, words) != old, seconds=10)
    assert f"{name:<7}| ended with -9; starts again in 0.5 s" in house.printed()


def test_web_answers_again(house):
    wait_for(lambda: answers(house), seconds=15)


def test_a_killed_worker_takes_its_processes_along_and_is_started_again(house):
    old = processes(house, RUNJOBS)

    os.kill(next(iter(old)), signal.SIGKILL)

    wait_for(lambda: processes(house, RUNJOBS) and not old.keys() & processes(house, RUNJOBS).keys(), seconds=10)


def test_jobs_that_were_killed_while_idle_run_again(house):
    """django-q2 is deaf after that and does not know it; the canary does."""
    wait_for(lambda: len(processes(house, RUNJOBS)) >= 6, seconds=15)
    main = leader(house, RUNJOBS)
    (guard,) = processes(house, RUNJOBS)[main]
    for pid in processes(house, RUNJOBS)[guard][:2]:
        os.kill(pid, signal.SIGKILL)

    wait_for(lambda: leader(house, RUNJOBS) != main, seconds=30, describe="another worker")

    before = beat(house, "jobs")
    wait_for(lambda: beat(house, "jobs") > before, seconds=20, describe="the canary")


def test_a_second_one_on_the_same_data_is_refused(house):
    said = house.manage("runall", code=2, PORT=str(house.port + 1))

    assert said.startswith("It is running already, with the data in ")


def test_a_taken_port_is_named_before_anything_starts(scratch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", scratch.port))
        taken.listen()

        said = scratch.manage("runall", code=2)

    assert said == f"Cannot serve on 127.0.0.1:{scratch.port}: address already in use. Try PORT=8123 make run\n"


def test_a_database_that_does_not_answer_is_named(scratch):
    said = scratch.manage("runall", code=2, DATABASE_URL="postgres://nobody@127.0.0.1:9/none")

    assert said.startswith("Cannot reach the database: ")


def test_ctrl_c_stops_everything_within_five_seconds(house):
    wait_for(lambda: len(processes(house, RUNJOBS)) >= 6, seconds=15)
    started = time.monotonic()

    house.main.send_signal(signal.SIGINT)

    assert house.main.wait(timeout=6) == 0
    assert time.monotonic() - started < 5
    assert processes(house) == {}


def test_nothing_survives_a_killed_watch_and_it_starts_again_in_seconds(prepared, tmp_path):
    house = Scratch(tmp_path / "var", like=prepared)
    first = house.start("runall")
    wait_for(lambda: len(processes(house, RUNJOBS)) >= 6 and answers(house), seconds=30)

    first.kill()
    first.wait()

    wait_for(lambda: processes(house) == {}, seconds=5)
    second = house.start("runall")
    wait_for(lambda: answers(house), seconds=15)
    assert house.printed().count("First supervisor") == 0
    second.send_signal(signal.SIGTERM)
    second.wait(timeout=6)
    assert processes(house) == {}


def test_nothing_is_said_where_nothing_is_to_be_done(scratch):
    prepare = "from salon_receptionist.preparation import prepare; prepare()"

    assert scratch.manage("shell", "--verbosity", "0", "-c", prepare) == ""


def test_each_vendor_that_is_configured_is_named_and_the_others_stay_embedded(prepared):
    parts = "from salon_receptionist.banner import parts\nfor part in parts(None): print(*part)"
    said = Scratch(prepared).manage(
        "shell", "-v", "0", "-c", parts, GROQ_API_KEY="a-key", LIVEKIT_URL="wss://x.example"
    )

    assert "language model Groq, openai/gpt-oss-120b []" in said
    assert "telephone none; make voice has one here ['LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET']" in said
    assert "ears and voice none until there is a telephone ['ELEVEN_API_KEY']" in said


def test_a_vendor_with_a_key_is_asked_beside_the_rest_and_what_is_wrong_is_said(prepared, tmp_path, free_port):
    dead = f"http://127.0.0.1:{free_port()}/v1"
    house = Scratch(tmp_path / "var", like=prepared, GROQ_API_KEY="a-key", GROQ_BASE_URL=dead)
    try:
        house.start("runall")
        wait_for(lambda: "Groq: cannot be reached." in house.printed(), seconds=60, describe="the doctor's words")

        assert house.printed().index("Ctrl-C stops everything") < house.printed().index("Groq: cannot be reached.")
        wait_for(lambda: not processes(house, "manage.py doctor"), describe="the end of the doctor")
        assert answers(house)
    finally:
        house.stop()


def test_it_listens_where_host_and_port_say(prepared):
    commands = "from salon_receptionist.management.commands.runall import commands; print(commands()['web'])"
    said = Scratch(prepared).manage("shell", "-v", "0", "-c", commands, HOST="0.0.0.0", PORT="8123", BEHIND_PROXY="yes")

    assert "'-b', '0.0.0.0', '-p', '8123'" in said
    assert "proxy-headers" not in said
