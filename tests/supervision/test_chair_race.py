"""A supervisor by text, another at the desk, and the clock: one answer counts, and who lost is told so."""

import json
import os
import subprocess
import sys

import pytest

from tests.scratch import ROOT
from tests.supervision.test_race import empty_postgres  # noqa: F401

ROUNDS = 12


def run_race(var_dir, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "tests.supervision.chair_race_worker", str(ROUNDS)],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(var_dir), "ENV_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_chair_the_desk_and_the_clock_on_sqlite(tmp_path):
    result = run_race(tmp_path)

    assert (result["wrong"], result["first"]) == (0, [])
    assert sum(result["winners"].values()) == ROUNDS


def test_the_chair_the_desk_and_the_clock_on_postgresql(tmp_path, empty_postgres):  # noqa: F811
    pytest.importorskip("psycopg")
    result = run_race(tmp_path, DATABASE_URL=empty_postgres)

    assert (result["wrong"], result["first"]) == (0, [])
