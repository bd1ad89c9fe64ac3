"""Whether this machine itself is late: then what comes late is no vendor's failure, and a stand-in would make it later.

Linux counts the time in which something waited for a processor (`/proc/pressure/cpu`). Five calls on two cores: half of
it; ten, with the callers beside them: nearly all. `AGENT_BUSY_PERCENT` says how much is too much. Where the file does
not exist nothing is ever called late.
"""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

COUNTED = Path("/proc/pressure/cpu")
LONGEST = 2.0  # seconds that are looked back


class Pressure:
    """`look` several times a second, from one thread; `is_high` may be asked by all."""

    def __init__(self, counted: Path = COUNTED, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.counted, self.clock = counted, clock
        self._looks: deque[tuple[float, float]] = deque()  # when, and the seconds of waiting until then
        self.is_high = False

    def look(self) -> None:
        try:
            waited = int(self.counted.read_text().splitlines()[0].rpartition("total=")[2]) / 1e6
        except (OSError, ValueError, IndexError):
            return
        now = self.clock()
        self._looks.append((now, waited))
        while now - self._looks[0][0] > LONGEST:
            self._looks.popleft()
        since, before = self._looks[0]
        share = (waited - before) / max(now - since, LONGEST / 2)
        self.is_high = share * 100 > settings.AGENT_BUSY_PERCENT

    @property
    def patience(self) -> float:
        """How many times as long as usual a vendor is waited for."""
        return 2.0 if self.is_high else 1.0


processors = Pressure()
