"""Texts survive any number of killed processes: none is lost, none is sent twice."""

import json
import os
import subprocess
import sys

from tests.scratch import ROOT

KILLS = 50


def test_no_text_is_lost_or_doubled_through_fifty_kills(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.supervision.outbox_kills", str(KILLS)],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(tmp_path), "ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["lost"], result["doubled"], result["unsettled"]) == (0, 0, 0), result
    assert result["asked"] > 0, "no kill has hit the moment between sending and noting it"
    assert result["naive_doubled"] > 0, "the naive code beside it must be seen to fail"
