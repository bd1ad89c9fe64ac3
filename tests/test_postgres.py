"""What depends on the database's own behaviour also holds on PostgreSQL."""

import os
import subprocess
import sys

import pytest

from tests.scratch import ROOT


@pytest.mark.parametrize("module", ["test_live.py", "test_jobs.py", "test_lifecycle.py", "test_outbox.py"])
def test_it_holds_on_postgres_too(postgres_url, module):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/supervision/{module}"],
        cwd=ROOT, env=os.environ | {"TEST_DATABASE_URL": postgres_url}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-6000:]
