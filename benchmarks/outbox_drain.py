"""Texts a second that reach Twilio's double when many are due at once: on SQLite, and on PostgreSQL with two workers.

`python -m benchmarks.outbox_drain` queues 2,000 texts to as many callers, starts `runjobs` (one on SQLite; two on
PostgreSQL, each of which lets one of its workers deliver), and counts from the first text to the last. Twilio's own
client; the double answers after 50 ms, as over a good line.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.doubles.chaotic_twilio import chaotic_twilio
from tests.postgres import server
from tests.scratch import ROOT, Scratch, wait_for

TEXTS = 2000
ANSWER_AFTER = 0.05  # seconds


def main() -> None:
    figures = {"sqlite_per_s": drain("", runjobs=1)}
    with server() as database:
        figures["postgres_two_workers_per_s"] = drain(str(database), runjobs=2)
    sys.stdout.write(json.dumps(figures) + "\n")


def drain(database: str, *, runjobs: int) -> float:
    folder = Path(tempfile.mkdtemp(prefix="salon-drain-"))
    with chaotic_twilio(share=0) as double:
        double.delay = ANSWER_AFTER
        house = Scratch(folder, DATABASE_URL=database, CONN_MAX_AGE="600", **double.settings)
        try:
            command = [sys.executable, "-m", "benchmarks.queued", str(TEXTS)]
            subprocess.run(command, cwd=ROOT, env=house.environment, check=True)
            for _ in range(runjobs):
                house.start("runjobs", "--skip-checks")
            wait_for(lambda: len(double.accepted) == TEXTS, seconds=120, describe="all texts")
            time.sleep(1)
        finally:
            house.stop()
            shutil.rmtree(folder, ignore_errors=True)
    made = sorted(text["made"] for text in double.accepted)
    assert len({text["To"] for text in double.accepted}) == len(made) == TEXTS
    rate = (TEXTS - 1) / (made[-1] - made[0]).total_seconds()
    sys.stdout.write(f"{'PostgreSQL' if database else 'SQLite'}, {runjobs} runjobs: {rate:.0f} texts a second\n")
    return round(rate, 1)


if __name__ == "__main__":
    main()
