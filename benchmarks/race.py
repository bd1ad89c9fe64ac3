"""A supervisor by text, another at the desk, and the clock decide on the same help requests at the same moment.

`python -m benchmarks.race [--rounds 2000]` plays half of them on SQLite and half on PostgreSQL, each of the three in a
process of its own that stays (`tests.supervision.chair_race_worker`). A round is wrong unless it ends in one way, with
one text to the caller, a promise that says the same, and each of the three is told truly what became of his part.
Who comes first starts a little later in the next round, so that each comes first in his share of them.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter

from tests.postgres import server
from tests.supervision.racing import run_race

LONGEST = 1200  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    rounds = parser.parse_args().rounds
    plays = [play("SQLite", "", rounds // 2)]
    with server() as database:
        plays.append(play("PostgreSQL", str(database), rounds - rounds // 2))
    first = sum((Counter(one["came_first"]) for one in plays), Counter())
    figures = {"rounds": sum(one["rounds"] for one in plays), "wrong": sum(one["wrong"] for one in plays)}
    shares = {f"first_{role}": round(count / first.total(), 2) for role, count in sorted(first.items())}
    sys.stdout.write(json.dumps(figures | shares) + "\n")


def play(name: str, database: str, rounds: int) -> dict:
    """Some rounds on a new database."""
    folder = tempfile.mkdtemp(prefix="salon-race-")
    try:
        told = run_race("chair_race_worker", rounds, folder, timeout=LONGEST, DATABASE_URL=database, CONN_MAX_AGE="600")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{name}: {told}\n")
    sys.stdout.flush()
    return told


if __name__ == "__main__":
    main()
