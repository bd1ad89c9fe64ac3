"""Times from the moment at which a follow-up is due (`release_at`) until Twilio's server has the request for it.

`python -m benchmarks.followup` starts `manage.py runjobs` on an empty database, with Twilio's own client and the double
as its server, and answers 120 callers' requests, one after the other at uneven moments; each answer's text is due when
the undo window has passed, as for supervisors at the desk.
"""

import json
import random
import sys
import time

from django.contrib.auth import get_user_model

from benchmarks import worker
from supervision import calls, lifecycle
from supervision.models import Message
from tests.doubles.chaotic_twilio import chaotic_twilio
from tests.scratch import wait_for

TEXTS = 120
PAUSE = (0.05, 0.35)  # seconds between two answers
ANSWER_AFTER = 0.05  # seconds, as over a good line


def main() -> None:
    with chaotic_twilio(share=0) as double:
        double.delay = ANSWER_AFTER
        with worker.running(**double.settings):
            _answer()
            wait_for(lambda: not Message.objects.exclude(state=Message.State.SENT).exists(), seconds=60)
            due = dict(Message.objects.values_list("recipient", "release_at"))
    late = [(text["made"] - due[text["To"]]).total_seconds() * 1000 for text in double.accepted]
    assert len(late) == TEXTS
    figures = {"p50_ms": round(worker.quantile(late, 0.5), 1), "p99_ms": round(worker.quantile(late, 0.99), 1)}
    sys.stdout.write(f"{TEXTS} texts: the earliest {min(late):.0f} ms and the latest {max(late):.0f} ms late\n")
    sys.stdout.write(json.dumps(figures) + "\n")


def _answer() -> None:
    user = get_user_model().objects.create_user("sue")
    for number in range(TEXTS):
        call = calls.open_call(channel="console", phone=f"+1415555{2000 + number}")
        asked = lifecycle.request_help(f"Do you offer treatment number {number}?", call=call)
        lifecycle.resolve(asked, answer="Yes.", by=user, teach=False)
        time.sleep(random.uniform(*PAUSE))


if __name__ == "__main__":
    main()
