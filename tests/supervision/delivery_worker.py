"""Several processes deliver the same texts at the same moment: `python -m tests.supervision.delivery_worker <texts>`.

With DATABASE_URL, VAR_DIR and an account at Twilio's double; TEXTS says whose they are. The last line is JSON: how many
each process has tried.
"""

import json
import multiprocessing
import os
import sys
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "salon_receptionist.settings"

PROCESSES = 4
AT_A_TIME = 3  # so that none of them has taken all before the others begin
LONG = "Yes, from $150. " * 25  # too long to leave with another


def main(texts: int) -> dict:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from knowledge.models import Salon
    from supervision.models import Breaker

    call_command("migrate", verbosity=0)
    Salon.objects.create(name="Glow", time_zone="America/Chicago", region="US")
    KINDS[os.environ["TEXTS"]](texts)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier, told = context.Barrier(PROCESSES), context.Queue()
    runners = [context.Process(target=_deliver, args=(barrier, told), daemon=True) for _ in range(PROCESSES)]
    for runner in runners:
        runner.start()
    tried = [told.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join()
    return {"tried": tried, "stopped": Breaker.objects.filter(reset_at=None).exists()}


def _deliver(barrier, told) -> None:
    from django.utils import timezone

    from supervision import outbox
    from supervision.models import Message

    tried = 0
    try:
        barrier.wait(60)
        while Message.objects.due(timezone.now()).exists():
            tried += outbox.deliver_due(AT_A_TIME)
    finally:
        told.put(tried)


def _answers(count: int, number=None, text: str = "Yes, from $150.") -> None:
    """What supervisors wrote; every fourth caller has asked twice."""
    from django.utils import timezone

    from supervision import calls, messages
    from supervision.models import HelpRequest

    call, now = calls.open_call(channel="console", phone="+14155552671"), timezone.now()
    for n in range(count):
        asked = HelpRequest.objects.create(
            reference=f"T{n}", question_key=f"{n}", question="?", call=call, caller=call.caller,
            promised_by=now, expires_at=now + timedelta(days=1),
        )  # fmt: skip
        phone = number or _far(n - n % 4 // 3)
        messages.queue(help_request=asked, purpose="answer", recipient=phone, text=f"{text} <{n}>", release_at=now)


def _replies(count: int, number=None) -> None:
    """What callers have caused, by texts of their own."""
    from supervision import messages
    from supervision.models import InboundText

    for n in range(count):
        phone = (number or _far)(n)
        text = InboundText.objects.create(provider_id=f"SM{n}", sender=phone, text="?", meaning="question")
        about = {"purpose": "reply", "recipient": phone, "text": f"Yes. <{n}>", "inbound": text}
        messages.queue_apart(subject=f"reply:{n}", **about)


def _far(number: int) -> str:
    """Numbers that no prefix has in common."""
    return f"+1415{2_000_000 + number * 10_000 + number}"


KINDS = {
    "answers": _answers,
    "answers to one number": lambda count: _answers(count, "+14155552671", LONG),
    "replies": _replies,
    "replies to one prefix": lambda count: _replies(count, lambda n: f"+1415555{1000 + n}"),
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))) + "\n")
