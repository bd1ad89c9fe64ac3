"""Texts survive killed job processes while the provider misbehaves; `make bench` does more of both."""

import json
import subprocess
import sys

from tests.scratch import ROOT


def test_no_text_is_lost_or_doubled_when_jobs_are_killed_and_the_provider_misbehaves():
    command = [sys.executable, "-m", "benchmarks.outbox_chaos", "--messages", "24", "--kills", "3", "--pace", "0.03"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["lost"], result["doubled"], result["undecided"]) == (0, 0, 0), done.stdout
    assert result["naive_lost_or_doubled"] > 0, "the naive outbox beside it must be seen to fail"
