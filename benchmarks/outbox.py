"""Times from the moment at which a text is due (`release_at`) until the worker hands it to the backend.

`python -m benchmarks.outbox` starts `manage.py runjobs` on an empty database and answers 120 requests, one after the
other at uneven moments; each answer's text is due when the undo window has passed, as for supervisors at the desk.
"""

import json
import random
import sys
import time

from django.conf import settings
from django.contrib.auth import get_user_model

from benchmarks import worker
from supervision import calls, lifecycle
from supervision.models import Message
from tests.scratch import wait_for

TEXTS = 120
PAUSE = (0.05, 0.35)  # seconds between two answers


def main() -> None:
    with worker.running(MESSAGE_BACKEND="benchmarks.timed_backend.TimedBackend"):
        _answer()
        wait_for(lambda: not Message.objects.exclude(state=Message.State.SENT).exists(), seconds=30)
        lines = (settings.VAR_DIR / "handed.txt").read_text().splitlines()
    late = [float(line.split()[1]) * 1000 for line in lines]
    assert len(late) == TEXTS
    figures = {"p50_ms": round(worker.quantile(late, 0.5), 1), "p99_ms": round(worker.quantile(late, 0.99), 1)}
    sys.stdout.write(f"{TEXTS} texts: the earliest {min(late):.0f} ms and the latest {max(late):.0f} ms late\n")
    sys.stdout.write(json.dumps(figures) + "\n")


def _answer() -> None:
    user = get_user_model().objects.create_user("sue")
    for number in range(TEXTS):  # a caller each: texts to one telephone leave together
        call = calls.open_call(channel="console", phone=f"+1415555{number:04d}")
        asked = lifecycle.request_help(f"Do you offer treatment number {number}?", call=call)
        lifecycle.resolve(asked, answer="Yes.", by=user, teach=False)
        time.sleep(random.uniform(*PAUSE))


if __name__ == "__main__":
    main()
