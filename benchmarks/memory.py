"""Adds up what all processes of `make run` occupy when nothing happens: PSS, in which what is shared counts once.

`python -m benchmarks.memory` starts everything in an empty folder, its agent registered with a double of LiveKit's
server, gives it 20 s to do what a first start brings, and reads `smaps_rollup` of each process.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks import house
from tests.doubles.livekit_server import KEY, SECRET, LiveKitServer

SETTLE_SECONDS = 20
PARTS = {"-m daphne": "web", "manage.py runjobs": "worker", "manage.py runagent": "agent"}


async def main() -> None:
    server = LiveKitServer()
    keys = {"LIVEKIT_URL": await server.start(), "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    measuring = asyncio.create_task(asyncio.to_thread(_measure, keys))
    await server.expect("register")
    parts = await measuring
    await server.stop()
    for part, mb in parts.items():
        sys.stdout.write(f"{part:<8} {mb:6.1f} MB\n")
    sys.stdout.write(json.dumps({"pss_mb": round(parts.total(), 1)}) + "\n")


def _measure(keys: dict[str, str]) -> Counter:
    parts = Counter()
    with house.running(**keys) as running:
        time.sleep(SETTLE_SECONDS)
        for process in house.processes(running):
            parts[_part(process)] += _pss_mb(process)
    return parts


def _part(process: Path) -> str:
    command = (process / "cmdline").read_text().replace("\0", " ")
    return next((part for words, part in PARTS.items() if words in command), "watch")


def _pss_mb(process: Path) -> float:
    return int(re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE).group(1)) / 1000


if __name__ == "__main__":
    asyncio.run(main())
