"""Times from a help request's `expires_at` until it is unresolved, committed and told to the desk.

`python -m benchmarks.timeout` starts `manage.py runjobs` on an empty database with 200 requests whose deadlines lie
spread over ten seconds, a quarter of them on the same moment. "early" counts those closed before their time.
"""

import json
import random
import sys
from datetime import timedelta

from django.utils import timezone

from benchmarks import worker
from supervision import calls, lifecycle
from supervision.models import Event, HelpRequest
from tests.scratch import wait_for

REQUESTS = 200
SPREAD = 10.0  # seconds
TOGETHER = REQUESTS // 4


def main() -> None:
    with worker.running(MESSAGE_BACKEND="benchmarks.timed_backend.TimedBackend"):
        deadlines = _ask()
        wait_for(lambda: not HelpRequest.objects.pending().exists(), seconds=SPREAD + 30)
        told = Event.objects.filter(kind="timed_out").values_list("payload__help_request", "created_at")
        late = [(at - deadlines[help_request]).total_seconds() for help_request, at in told]
    assert len(late) == REQUESTS
    figures = {
        "early": sum(one < 0 for one in late),
        "p50_late_s": round(worker.quantile(late, 0.5), 2),
        "p99_late_s": round(worker.quantile(late, 0.99), 2),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def _ask() -> dict:
    """The deadline of each request, by its id."""
    call = calls.open_call(channel="console", phone="+14155552671")
    asked = [
        lifecycle.request_help(f"Do you offer treatment number {number}?", call=call) for number in range(REQUESTS)
    ]
    begins = timezone.now() + timedelta(seconds=2)
    for number, one in enumerate(asked):
        after = SPREAD / 2 if number < TOGETHER else random.uniform(0, SPREAD)
        one.expires_at = begins + timedelta(seconds=after)
        one.created_at = begins - timedelta(days=1)
    HelpRequest.objects.bulk_update(asked, ["expires_at", "created_at"])
    return {str(one.pk): one.expires_at for one in asked}


if __name__ == "__main__":
    main()
