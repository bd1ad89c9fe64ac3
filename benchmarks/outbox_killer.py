"""The processes of `benchmarks.outbox_chaos`: queues texts, lets two `runjobs` send them, and kills these.

They are forked from here, where everything is loaded, so that sixty of them do not take minutes to start; what runs in
each is the command itself. The last line is JSON.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "salon_receptionist.settings"
os.environ["CONN_MAX_AGE"] = "600"
AT_A_TIME = 2
LIFE = (0.5, 3.0)  # seconds between two kills
STUCK = 90  # seconds in which nothing moves


def main(messages: int, kills: int, naive: bool) -> dict:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    if naive:
        _be_naive()
    begun = time.monotonic()
    texts = _queue(messages, over=kills * sum(LIFE) / 2)
    connections.close_all()
    running = [_start() for _ in range(AT_A_TIME)]
    try:
        for _ in range(kills):
            time.sleep(random.uniform(*LIFE))
            _stop(running.pop(random.randrange(AT_A_TIME)))
            running.append(_start())
        left = _wait()
    finally:
        for process in running:
            _stop(process)
    report = {"messages": len(texts), "kills": kills, "undecided": left, **_states(), "texts": texts}
    return report | {"seconds": round(time.monotonic() - begun)}


def _queue(count: int, *, over: float) -> list[tuple[str, str]]:
    """Texts that fall due during the kills: one in four goes to the caller of the one before, some with its words."""
    from django.db import transaction
    from django.utils import timezone

    from knowledge.models import Salon
    from supervision import calls, messages
    from supervision.models import HelpRequest, Message

    Salon.objects.create(name="Glow", time_zone="America/Chicago", region="US")
    call, now = calls.open_call(channel="practice", phone="+14155552671"), timezone.now()
    texts, due = [], now
    with transaction.atomic():
        for n in range(count):
            again = texts and random.random() < 0.25
            phone = texts[-1][0] if again else f"+1415{n:07d}"
            text = texts[-1][1] if again and random.random() < 0.3 else f"Glow: number <{n}> is yes, from $150."
            due = due if again and random.random() < 0.5 else now + timedelta(seconds=random.uniform(0, over))
            asked = HelpRequest.objects.create(
                reference=f"T{n}", question_key=f"{n}", question="?", call=call, caller=call.caller,
                promised_by=now, expires_at=now + timedelta(days=1),
            )  # fmt: skip
            how = {"purpose": Message.Purpose.ANSWER, "recipient": phone, "text": text, "release_at": due}
            messages.queue(help_request=asked, **how)
            texts.append((phone, text))
    return texts


def _start() -> int:
    child = os.fork()
    if not child:
        os.setsid()
        try:
            from django.core.management import call_command

            random.seed()
            call_command("runjobs", skip_checks=True)
        finally:
            os._exit(1)
    return child


def _stop(process: int) -> None:
    """The whole group, as if the machine had lost its power."""
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:  # it has given up by itself, which it may
        os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def _wait() -> int:
    """Until everything is sent, or nothing has moved for a while; returns how many are not."""
    from supervision.models import Event, Message

    unsent = Message.objects.exclude(state=Message.State.SENT)
    newest, moved = None, time.monotonic()
    while unsent.exists() and time.monotonic() - moved < STUCK:
        time.sleep(0.2)
        if (latest := Event.objects.order_by("-id").values_list("id", flat=True).first()) != newest:
            newest, moved = latest, time.monotonic()
    return unsent.count()


def _states() -> dict:
    """How often the hard parts happened: texts whose fate had to be asked for, and texts that rode with others."""
    from supervision.models import Attempt, Message

    sent = Message.objects.filter(state=Message.State.SENT)
    noted = Attempt.objects.filter(outcome=Attempt.Outcome.SENT).values("message")
    return {
        "asked": sent.exclude(pk__in=noted).count(),
        "tried_again": Attempt.objects.count() - Message.objects.count(),
        "rode": Message.objects.exclude(rides_with=None).count(),
    }


def _be_naive() -> None:
    from benchmarks import naive_outbox
    from supervision import outbox

    outbox.deliver_due = naive_outbox.deliver_due


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), "naive" in sys.argv)) + "\n")
