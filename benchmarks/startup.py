"""Times from `manage.py runall` in an empty folder, packages installed, to the first login page.

`python -m benchmarks.startup` does it three times, each with a new folder, and takes the middle one.
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.scratch import Scratch

ROUNDS = 3


def main() -> None:
    times = [_start() for _ in range(ROUNDS)]
    sys.stdout.write(f"seconds: {', '.join(f'{one:.2f}' for one in times)}\n")
    sys.stdout.write(json.dumps({"s": round(statistics.median(times), 2)}) + "\n")


def _start() -> float:
    folder = Path(tempfile.mkdtemp(prefix="salon-bench-"))
    house = Scratch(folder)
    begin = time.monotonic()
    house.start("runall")
    try:
        while not _shows_login(house.url):
            time.sleep(0.02)
        return time.monotonic() - begin
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _shows_login(url: str) -> bool:
    try:
        return b"id_username" in urllib.request.urlopen(f"{url}/admin/login/", timeout=5).read()
    except OSError:
        return False


if __name__ == "__main__":
    main()
