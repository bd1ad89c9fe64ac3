"""The worker, `manage.py runjobs`, as a process on the database of benchmarks.scratch."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command

from benchmarks import scratch  # noqa: F401  first of all: it sets Django up
from knowledge.models import Salon
from supervision.models import Heartbeat
from tests.scratch import ROOT, wait_for


@contextmanager
def running(**environment: str) -> Iterator[subprocess.Popen]:
    """A salon, and a worker whose whole chain has given a sign of life; both are gone afterwards."""
    call_command("migrate", verbosity=0)
    Salon.objects.create(name="Glow Beauty Salon", time_zone="America/Chicago", region="US")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "runjobs"],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: Heartbeat.objects.filter(name="jobs").exists(), seconds=60, describe="the worker's canary")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(settings.VAR_DIR, ignore_errors=True)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * share))]
