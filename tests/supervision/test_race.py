"""Two supervisors and the clock on one help request: exactly one of them decides, on either database."""

import json
import os
import subprocess
import sys
import uuid

import pytest

from tests.scratch import ROOT

ROUNDS = 16


def run_race(var_dir, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "tests.supervision.race_worker", str(ROUNDS)],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(var_dir), "ENV_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def empty_postgres(postgres_url):
    psycopg = pytest.importorskip("psycopg")
    name = f"race_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"{postgres_url.rpartition('/')[0]}/{name}"


def test_one_of_two_supervisors_and_the_clock_decides_on_sqlite(tmp_path):
    result = run_race(tmp_path)

    assert result["wrong"] == 0
    assert result["naive_wrong"] > 0, "the naive code beside it must be seen to fail"


def test_one_of_two_supervisors_and_the_clock_decides_on_postgresql(tmp_path, empty_postgres):
    result = run_race(tmp_path, DATABASE_URL=empty_postgres)

    assert result["wrong"] == 0
    assert result["naive_wrong"] > 0, "the naive code beside it must be seen to fail"
