"""A supervisor by text, another at the desk, and the clock decide on the same help requests at the same moment.

`python -m benchmarks.race` plays 2,000 rounds, half of them on SQLite and half on PostgreSQL, each of the three in a
process of its own (`tests.supervision.chair_race_worker`). A round is wrong unless one person's answer counts, its
caller gets that one text, she learns that one answer, and the supervisor by text is told truly what became of his.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

from tests.postgres import server
from tests.scratch import ROOT
from tests.supervision import chair_race_worker

ROUNDS, AT_A_TIME = 2000, 200
HEAD_START = 0.01  # seconds, in turn: else the fastest code wins every round


def main() -> None:
    plays = [_play("") for _ in range(ROUNDS // AT_A_TIME // 2)]
    with server() as database:
        plays += [_play(str(database), number) for number in range(ROUNDS // AT_A_TIME // 2)]
    winners = sum((Counter(play["winners"]) for play in plays), Counter())
    for play in plays:
        sys.stdout.write("".join(f"wrong: {why}\n" for why in play["first"]))
    sys.stdout.write(f"who answered: {dict(winners)}\n")
    figures = {"rounds": sum(winners.values()), "wrong": sum(play["wrong"] for play in plays)}
    sys.stdout.write(json.dumps(figures) + "\n")


def _play(server_url: str, number: int = 0) -> dict:
    """Some rounds on a new database."""
    folder, database = tempfile.mkdtemp(prefix="salon-race-"), ""
    if server_url:
        import psycopg

        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE race_{number}")
        database = f"{server_url.rpartition('/')[0]}/race_{number}"
    environment = {"VAR_DIR": folder, "ENV_FILE": os.devnull, "DATABASE_URL": database, "CONN_MAX_AGE": "600"}
    command = [sys.executable, "-m", "benchmarks.race", str(AT_A_TIME)]
    try:
        done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stdout
        return json.loads(done.stdout.splitlines()[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        chair_race_worker.HEAD_START = HEAD_START
        sys.stdout.write(json.dumps(chair_race_worker.main(int(sys.argv[1]))) + "\n")
    else:
        main()
