"""LiveKit's real server on free ports of this machine."""

import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import pytest

from salon_receptionist import livekit_server
from tests.scratch import free_port, wait_for

NOBODY = "http://127.0.0.1:9/"


class Place(Protocol):
    """Where a telephone dials."""

    url: str
    key: str
    secret: str


class LiveKit:
    """The running server: `url`, `key`, `secret`; `kill` and `start` it again on the same ports."""

    def __init__(self, folder: Path, program: Path, webhook: str = NOBODY) -> None:
        self.ports = (free_port(), free_port(), free_port())
        self.place = livekit_server.configure(
            folder, program=program, webhook=webhook, ports=self.ports, log_level="info"
        )
        self.url, self.key, self.secret = self.place.url, self.place.key, self.place.secret
        self.http = self.url.replace("ws", "http", 1)
        self.log = folder / "livekit.log"

    @property
    def environment(self) -> dict[str, str]:
        """What the agent and the web process need to know of it."""
        return self.place.environment

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.place.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self.answers, seconds=10, describe=f"LiveKit's server, see {self.log}")

    def answers(self) -> bool:
        with suppress(OSError):
            return urllib.request.urlopen(self.http, timeout=2).status == 200
        return False

    def registered(self, agent: str) -> int:
        """How often an agent of this name has registered."""
        return sum(agent in line for line in self.log.read_text().splitlines() if "worker registered" in line)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Asked once it waits for its callers, for ever; asked twice it does not."""
        for _ in range(2):
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.5)
                return
        self.kill()


def program() -> Path:
    """The server's program; skips the test, with the reason, where there is none and none can be built."""
    try:
        found = livekit_server.find()
    except livekit_server.NoServer as error:
        pytest.skip(str(error))
    if not found:
        pytest.skip(livekit_server.NO_GO if not livekit_server.go() else "LiveKit's server is not built: run .ci/tools")
    return found


@contextmanager
def running(folder: Path, built: Path | None = None, **options: str) -> Iterator[LiveKit]:
    """`built` is the program, where the caller has seen to it that there is one."""
    server = LiveKit(folder, built or program(), **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()
