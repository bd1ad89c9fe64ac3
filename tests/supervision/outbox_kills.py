"""Kills processes that send texts, at random moments, and counts what has become of the texts.

`python -m tests.supervision.outbox_kills <kills>` with VAR_DIR; the last line is JSON: kills, messages, lost, doubled,
unsettled, asked (found by asking the backend, after a kill between sending and noting it), and naive_doubled, for the
code that sends first and saves then.
"""

import json
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "salon_receptionist.settings"
os.environ["MESSAGE_BACKEND"] = "tests.supervision.outbox_kills.slow_backend"
os.environ["MESSAGE_LEASE"] = "1s"
LONGEST_LIFE = 0.04  # seconds from the first text on: three or four
MESSAGES_PER_KILL = 4
ALIVE = os.pipe()  # rung at each text, so that a slow machine does not make every kill hit an idle process


def slow_backend():
    """The file backend at the end of a slow line: there is time to be killed before, in and after it."""
    from supervision.delivery.file import FileBackend

    class SlowBackend(FileBackend):
        def send(self, message):
            os.write(ALIVE[1], b"!")
            time.sleep(random.uniform(0, 0.004))
            provider_id = super().send(message)
            time.sleep(random.uniform(0, 0.004))
            return provider_id

    return SlowBackend()


def main(kills: int) -> dict:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    keys = _queue(kills * MESSAGES_PER_KILL)
    _kill(_deliver_for_ever, kills)
    unsettled = _finish(keys)
    sent = _sent(settings.MESSAGE_FILE)
    result = {"kills": kills, "messages": len(keys), "unsettled": unsettled, "asked": _asked()}
    result |= {"lost": len(keys - sent.keys()), "doubled": sum(count > 1 for count in sent.values())}
    Path(settings.MESSAGE_FILE).unlink()
    _queue(kills * MESSAGES_PER_KILL)
    _kill(_send_naively_for_ever, kills)
    return result | {"naive_doubled": sum(count > 1 for count in _sent(settings.MESSAGE_FILE).values())}


def _queue(count: int) -> set[str]:
    """Requests that nobody asked, each with a text that is due."""
    from datetime import timedelta

    from django.db import transaction
    from django.utils import timezone

    from knowledge.models import Salon
    from supervision import calls, outbox
    from supervision.models import HelpRequest, Message

    Salon.objects.get_or_create(name="Glow", time_zone="America/Chicago", region="US")
    call, now = calls.open_call(channel="practice", phone="+14155552671"), timezone.now()
    deadlines = {"promised_by": now, "expires_at": now + timedelta(days=1)}
    first = HelpRequest.objects.count()
    with transaction.atomic():
        requests = HelpRequest.objects.bulk_create(
            HelpRequest(reference=f"T{n}", question_key=n, question="?", call=call, caller=call.caller, **deadlines)
            for n in range(first, first + count)
        )
        return {
            outbox.queue(help_request=one, purpose=Message.Purpose.ANSWER, text="Yes.", recipient=f"+1415{n:07d}").key
            for n, one in enumerate(requests, first)
        }


def _deliver_for_ever() -> None:
    from supervision import outbox

    while True:
        outbox.deliver_due(limit=5)


def _send_naively_for_ever() -> None:
    from supervision.delivery import get_backend
    from supervision.models import Message

    backend = get_backend()
    while True:
        for message in Message.objects.filter(state=Message.State.QUEUED).order_by("id")[:5]:
            backend.send(message)
            message.state = Message.State.SENT
            message.save()


def _kill(work, kills: int) -> None:
    from django.db import connections

    connections.close_all()
    for _ in range(kills):
        child = os.fork()
        if not child:
            random.seed()
            work()
        select.select([ALIVE[0]], [], [], 10)
        time.sleep(random.uniform(0, LONGEST_LIFE))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if select.select([ALIVE[0]], [], [], 0)[0]:
            os.read(ALIVE[0], 65536)


def _finish(keys: set[str]) -> int:
    """Deliver in peace until nothing moves any more, for 20 s at most; returns how many are not sent."""
    from supervision import outbox
    from supervision.models import Message

    deadline = time.monotonic() + 20
    unsent = Message.objects.filter(key__in=keys).exclude(state=Message.State.SENT)
    while unsent.exists() and time.monotonic() < deadline:
        if not outbox.deliver_due():
            time.sleep(0.05)
    return unsent.count()


def _sent(path) -> Counter:
    with open(path, encoding="utf-8") as lines:
        return Counter(json.loads(line)["key"] for line in lines)


def _asked() -> int:
    """Texts that were sent by a process which could not say so."""
    from supervision.models import Attempt, Message

    sent = Message.objects.filter(state=Message.State.SENT)
    return sum(not one.attempts.filter(outcome=Attempt.Outcome.SENT).exists() for one in sent)


if __name__ == "__main__":
    sys.modules["tests.supervision.outbox_kills"] = sys.modules[__name__]  # one pipe, not two
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))) + "\n")
