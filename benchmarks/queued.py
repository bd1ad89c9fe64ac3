"""Queues texts that are due, each of a help request and a caller of its own: `python -m benchmarks.queued COUNT`."""

import sys
from datetime import timedelta

import django
from django.core.management import call_command
from django.utils import timezone


def main(count: int) -> None:
    from knowledge.models import Salon
    from supervision import calls
    from supervision.models import HelpRequest, Message

    call_command("migrate", verbosity=0)
    Salon.objects.create(name="Glow", time_zone="America/Chicago", region="US")
    call, now = calls.open_call(channel="console", phone="+14155552671"), timezone.now()
    deadlines = {"promised_by": now, "expires_at": now + timedelta(days=1)}
    requests = HelpRequest.objects.bulk_create(
        HelpRequest(reference=f"T{n}", question_key=f"{n}", question="?", call=call, caller=call.caller, **deadlines)
        for n in range(count)
    )
    Message.objects.bulk_create(
        Message(
            key=f"{request.pk}", help_request=request, recipient=f"+1415{n:07d}", purpose=Message.Purpose.ANSWER,
            text=f'Glow Beauty Salon: you asked us "{n}". Yes, from $150.\nThank you for asking!', release_at=now,
        )
        for n, request in enumerate(requests)
    )  # fmt: skip


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
