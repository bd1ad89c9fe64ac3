"""Starts a race of several processes on one help request, and reads what came of it."""

import json
import os
import subprocess
import sys

from tests.scratch import ROOT


def run_race(worker: str, rounds: int, var_dir, *, timeout: float = 100, **environment: str) -> dict:
    """`worker` is the module of `tests.supervision` that races; its last line is JSON."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.supervision.{worker}", str(rounds)],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(var_dir), "ENV_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
