"""A thread of another process that stands still while the rest of it runs, as if something blocked it."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ATTACH, DETACH = 16, 17  # of ptrace(2): the thread stops, and goes on
EPOLL_WAIT = {"232", "281"}  # on x86-64
WALL = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The busiest event loop of this process beside that of its first thread: its call's."""
    loops = [thread for thread in _threads(pid) if thread != pid and _is_loop(pid, thread)]
    busiest = max(loops, key=lambda thread: _ticks(pid, thread))
    _trace(ATTACH, busiest)
    os.waitpid(busiest, WALL)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            _trace(DETACH, busiest)


def _threads(pid: int) -> list[int]:
    return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]


def _is_loop(pid: int, thread: int) -> bool:
    """Python's own threads are called as the process is; while a loop waits it does not hold the interpreter."""
    task = Path(f"/proc/{pid}/task/{thread}")
    is_python = (task / "comm").read_text() == Path(f"/proc/{pid}/comm").read_text()
    return is_python and (task / "syscall").read_text().split()[0] in EPOLL_WAIT


def _ticks(pid: int, thread: int) -> int:
    """What it has used of the processor."""
    used = Path(f"/proc/{pid}/task/{thread}/stat").read_text().rpartition(")")[2].split()
    return int(used[11]) + int(used[12])


def _trace(what: int, thread: int) -> None:
    if _libc.ptrace(what, thread, None, None) == -1:
        raise OSError(ctypes.get_errno(), f"ptrace of thread {thread}")
