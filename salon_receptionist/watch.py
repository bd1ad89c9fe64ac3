"""Keeps a few processes alive: starts them, prefixes their output, restarts what dies, lets nothing outlive itself.

Standard library only, and without Django: it sits beside everything else all day, and should be small.
"""

import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time

FIRST_PAUSE, LONGEST_PAUSE, LONG_UP = 0.5, 15.0, 60.0  # seconds: back-off between restarts, and what ends it
STAGGER = 0.4  # seconds between the first starts: web comes first, and is what somebody waits for
GRACE = 4.0  # seconds between being asked to stop and being killed
COLOURS = {"web": 36, "worker": 33, "agent": 35, "livekit": 34}
LAST = "livekit"  # the others hang up through it
A_MOMENT = 0.5  # seconds until it is asked again: asked once it waits for its callers, for ever
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """One process in a group of its own, with its output, and when to start it again."""

    def __init__(self, name: str, command: list[str], *, start_in: float = 0.0) -> None:
        self.name = name
        self.command = command
        self.pause = FIRST_PAUSE
        self.start_at: float | None = time.monotonic() + start_in
        self.rest = b""
        self.has_output = False

    def start(self) -> None:
        self.start_at, self.started_at = None, time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self.has_output = True
        os.set_blocking(self.process.stdout.fileno(), False)

    @property
    def is_up(self) -> bool:
        return self.start_at is None and self.process.poll() is None

    def has_died(self) -> bool:
        return self.start_at is None and self.process.poll() is not None

    def bury(self) -> None:
        """End what is left of its group, and decide when it starts again."""
        self.signal_group(signal.SIGKILL)
        self.read()
        self.process.stdout.close()
        if time.monotonic() - self.started_at > LONG_UP:
            self.pause = FIRST_PAUSE
        self.say(f"ended with {self.process.returncode}; starts again in {self.pause:g} s")
        self.start_at = time.monotonic() + self.pause
        self.pause = min(LONGEST_PAUSE, self.pause * 2)

    def signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def read(self) -> None:
        """Print the whole lines that it has written."""
        try:
            while block := os.read(self.process.stdout.fileno(), 65536):
                *lines, self.rest = (self.rest + block).split(b"\n")
                for line in lines:
                    self.say(line.decode(errors="replace"))
            self.has_output = False  # it has closed its end
        except BlockingIOError:
            return

    def say(self, line: str) -> None:
        prefix = f"{self.name:<7}|"
        if sys.stdout.isatty():
            prefix = f"\033[{COLOURS.get(self.name, 32)}m{prefix}\033[0m"
        sys.stdout.write(f"{prefix} {line}\n")
        sys.stdout.flush()


class Watch:
    def __init__(self, children: list[Child], companion: int | None = None) -> None:
        self.children = children
        self.companion = companion  # a forked process that says when all is up; ends by itself
        self.signals = 0
        self.woken, waker = socket.socketpair()
        self.waker = waker
        for end in (self.woken, waker):
            end.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop_soon)

    def stop_soon(self, *_) -> None:
        self.signals += 1

    def run(self) -> None:
        while not self.signals:
            for child in self.children:
                if child.has_died():
                    child.bury()
                if child.start_at is not None and child.start_at <= time.monotonic():
                    child.start()
            self.wait(self.seconds_to_next_start())
            self.reap_companion()
        self.stop()

    def seconds_to_next_start(self) -> float:
        starts = [child.start_at - time.monotonic() for child in self.children if child.start_at is not None]
        return max(0.0, min([*starts, 60.0]))

    def wait(self, seconds: float) -> None:
        """Until a child writes or ends, a signal comes, or `seconds` have passed."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.woken, selectors.EVENT_READ)
            for child in self.children:
                if child.has_output and child.is_up:
                    selector.register(child.process.stdout, selectors.EVENT_READ, child)
            for key, _ in selector.select(seconds):
                if key.data:
                    key.data.read()
                else:
                    self.woken.recv(4096)

    def reap_companion(self) -> None:
        if self.companion and os.waitpid(self.companion, os.WNOHANG)[0]:
            self.companion = None

    def stop(self) -> None:
        """Ask everybody, wait, kill the groups; a second signal ends the wait."""
        if self.companion:
            os.kill(self.companion, signal.SIGKILL)
        living = [child for child in self.children if child.is_up]
        servers = [child for child in living if child.name == LAST]
        self.end([child for child in living if child.name != LAST], within=GRACE)
        self.end(servers, within=A_MOMENT)
        self.end(servers, within=A_MOMENT)
        for child in living:
            child.signal_group(signal.SIGKILL)
            child.process.wait()
            child.read()

    def end(self, children: list[Child], *, within: float) -> None:
        for child in children:
            child.process.terminate()
        deadline, asked = time.monotonic() + within, self.signals
        while any(child.is_up for child in children) and time.monotonic() < deadline and self.signals == asked:
            self.wait(min(0.2, max(0.0, deadline - time.monotonic())))


if __name__ == "__main__":
    commands, companion = json.loads(sys.argv[1]), int(sys.argv[2])
    children = [
        Child(name, command, start_in=STAGGER * place) for place, (name, command) in enumerate(commands.items())
    ]
    Watch(children, companion).run()
