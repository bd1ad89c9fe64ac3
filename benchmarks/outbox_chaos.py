"""Kills whole job processes at random moments while Twilio misbehaves in 45 % of requests, and counts the texts.

`python -m benchmarks.outbox_chaos [--messages 500] [--kills 60] [--pace 0.1]`: two `runjobs` with Twilio's own client
against a double; SIGKILL takes one of them, workers and all, and another takes its place. Every wait, ours and the
double's, is `pace` of what it is by default. Some callers get several texts at a time, and some the same words twice.
Lost and doubled are counted by what the double has accepted, word for word. Beside it a
few texts leave by `benchmarks.naive_outbox`, which must fail.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.doubles.chaotic_twilio import chaotic_twilio
from tests.scratch import ROOT

NAIVE = (20, 2)  # texts and kills are enough for it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--pace", type=float, default=0.1)
    wanted = parser.parse_args()
    with ThreadPoolExecutor(2) as side_by_side:
        real = side_by_side.submit(run, wanted.messages, wanted.kills, wanted.pace)
        naive = side_by_side.submit(run, *NAIVE, wanted.pace, naive=True)
        figures = real.result() | {"naive_lost_or_doubled": naive.result()["lost"] + naive.result()["doubled"]}
    sys.stdout.write(json.dumps(figures) + "\n")


def run(messages: int, kills: int, pace: float, *, naive: bool = False) -> dict:
    """What became of them: the rows as the killer's process saw them at the end, the texts as the double has them."""
    folder = tempfile.mkdtemp(prefix="salon-chaos-")
    try:
        with chaotic_twilio(pace=pace) as double:
            report = _kill(folder, double.settings, messages, kills, pace, naive)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wanted = Counter((to, text) for to, text in report.pop("texts"))
    seen = {(to, text): _count(double.accepted, to, text) for to, text in wanted}
    report["lost"] = sum(max(0, count - seen[one]) for one, count in wanted.items())
    report["doubled"] = sum(max(0, seen[one] - count) for one, count in wanted.items())
    sys.stdout.write(f"{'naive: ' if naive else ''}{report}\n{dict(sorted(double.happened.items()))}\n")
    return report


def _count(accepted: list[dict], to: str, text: str) -> int:
    return sum(one["Body"].count(text) for one in accepted if one["To"] == to)


def _kill(folder: str, account: dict[str, str], messages: int, kills: int, pace: float, naive: bool) -> dict:
    waits = {"LEASE": 30, "ASK_AFTER": 60, "ASK_AGAIN": 30, "UNDECIDED_AFTER": 600, "KEPT_AFTER": 600}
    environment = {f"MESSAGE_{name}": f"{max(1, round(wait * pace))}s" for name, wait in waits.items()}
    environment |= account | {"VAR_DIR": folder, "ENV_FILE": os.devnull}
    command = [sys.executable, "-m", "benchmarks.outbox_killer", str(messages), str(kills), *(["naive"] * naive)]
    log = Path(folder, "log.txt")
    with log.open("w") as errors:
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=errors, text=True,
        )  # fmt: skip
    assert done.returncode == 0, log.read_text()[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
