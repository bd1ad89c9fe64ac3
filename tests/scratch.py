"""The project as real processes, in a folder of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "a-password-for-tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: Callable[[], object], *, seconds: float = 15.0, describe: str = "") -> object:
    """The first truthy value of `what`, asked every 50 ms; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    pytest.fail(f"not within {seconds:g} s: {describe or what}")


def prepare(folder: Path, **settings: str) -> Path:
    scratch = Scratch(folder, **settings)
    scratch.manage("shell", "--verbosity", "0", "-c", "from salon_receptionist.preparation import prepare; prepare()")
    return folder


class Scratch:
    def __init__(self, folder: Path, *, like: Path | None = None, **settings: str) -> None:
        if like:
            shutil.copytree(like, folder)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: list[subprocess.Popen] = []
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "salon_receptionist.settings",
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(folder),
            "PORT": str(self.port),
            "FIRST_SUPERVISOR_PASSWORD": PASSWORD,
            **settings,
        }

    def manage(self, *command: str, stdin: str = "", code: int = 0, **settings: str) -> str:
        """What a command of the project prints; fails when it ends with another code."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment | settings, input=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout
        return done.stdout

    def start(self, *command: str, **settings: str) -> subprocess.Popen:
        """A command of the project in a process group of its own; its output goes to `printed()`."""
        with (self.folder / "console.txt").open("ab") as console:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment | settings,
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def printed(self) -> str:
        return (self.folder / "console.txt").read_text(encoding="utf-8", errors="replace")

    def ask(self, code: str) -> object:
        """The JSON that `code` prints inside `manage.py shell`, where every model is imported."""
        return json.loads(self.manage("shell", "--verbosity", "0", "-c", f"import json\n{code}"))

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=6)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            for pipe in filter(None, (process.stdin, process.stdout)):
                pipe.close()  # else it is missed in a later test, which then fails
