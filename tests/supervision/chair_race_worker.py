"""Sue by text, Tom at the desk, and the clock on one help request at the same moment, each in a process of its own.

`python -m tests.supervision.chair_race_worker <rounds>`, with DATABASE_URL and VAR_DIR; the last line is JSON: rounds,
how many of them went wrong and why the first did, and who won how often.
"""

import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "salon_receptionist.settings"
os.environ["MESSAGE_BACKEND"] = "supervision.delivery.memory.MemoryBackend"

ROLES = ("sue", "tom", "clock")
HEAD_START = 0.04  # seconds
SUES = "+13125550101"


def main(rounds: int) -> dict:
    import django

    django.setup()
    questions = _prepare(rounds)
    winners, wrong = _race(questions)
    return {"rounds": rounds, "wrong": len(wrong), "first": wrong[:1], "winners": Counter(winners)}


def _prepare(rounds: int) -> list[tuple]:
    """Requests that Sue has the text about, and her answer as it came in; all is past its end already."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Permission
    from django.core.management import call_command
    from django.utils import timezone

    from knowledge.models import Salon
    from supervision import calls, lifecycle
    from supervision.models import InboundText, Message, Supervisor

    call_command("migrate", verbosity=0)
    Salon.objects.get_or_create(name="Glow", time_zone="America/Chicago", region="US")
    long_ago, now = timezone.now() - timedelta(days=5), timezone.now()
    sue = get_user_model().objects.create_user("sue", is_staff=True)
    sue.user_permissions.add(Permission.objects.get(codename="change_helprequest"))
    get_user_model().objects.create_user("tom", is_staff=True)
    Supervisor.objects.create(user=sue, phone=SUES, on_duty=True, code="PD")
    prepared = []
    for number in range(rounds):
        call = calls.ring(room=f"call-{number}", channel="phone", phone=f"+1415555{2000 + number}", at=long_ago)
        call.caller.consents.create(words="yes")
        asked = lifecycle.request_help(f"Question {number}?", call=call, at=long_ago)
        text = InboundText.objects.create(
            provider_id=f"SM{number}", sender=SUES, text=f"{asked.reference}PD Says sue.", received_at=now
        )
        prepared.append((asked.pk, text.pk))
    Message.objects.filter(supervisor__isnull=False).update(state=Message.State.SENT)
    return prepared


def _race(prepared: list[tuple]) -> tuple[list[str], list[str]]:
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(len(ROLES))
    runners = [context.Process(target=_run, args=(role, prepared, barrier), daemon=True) for role in ROLES]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(90)
    if any(runner.exitcode for runner in runners):
        return [], ["a process has failed"]
    judged = [_judge(*one) for one in prepared]
    return [winner for winner, _ in judged], [why for _, why in judged if why]


def _run(role: str, prepared: list[tuple], barrier) -> None:
    from django.contrib.auth import get_user_model

    from supervision import chair, lifecycle
    from supervision.models import HelpRequest, InboundText

    tom = get_user_model().objects.get(username="tom")
    for number, (request_id, text_id) in enumerate(prepared):
        request, text = HelpRequest.objects.get(pk=request_id), InboundText.objects.get(pk=text_id)
        barrier.wait(60)
        time.sleep((ROLES.index(role) + number) % 3 * HEAD_START)  # else the fastest code wins them all
        try:
            if role == "sue":
                chair.read(text)
            elif role == "tom":
                lifecycle.resolve(request, answer="Says tom.", by=tom)
            else:
                lifecycle.expire_overdue(limit=1)
        except lifecycle.AlreadyClosed:
            pass


def _judge(request_id, text_id) -> tuple[str, str]:
    """(who won, what is wrong): one answer, one text to the caller, and Sue is told truly what became of hers."""
    from supervision.models import HelpRequest, InboundText, Message

    row = HelpRequest.objects.select_related("responded_by", "learned_answer").get(pk=request_id)
    winner = row.responded_by.username if row.responded_by else "nobody"
    text = InboundText.objects.get(pk=text_id)
    told = list(Message.objects.filter(inbound=text))
    answers = row.messages.filter(purpose__in=Message.ANSWERS)
    stale = row.messages.exclude(purpose__in=Message.ANSWERS).exclude(state=Message.State.CANCELLED)
    right = {
        "a person's answer": row.status == HelpRequest.Status.RESOLVED and winner != "nobody",
        "one text to the caller": [f"Says {winner}." in one.text for one in answers] == [True] and not stale.exists(),
        "what she learned": row.learned_answer.answer == f"Says {winner}." if row.learned_answer else False,
        "one reply": len(told) == 1 and text.read_at is not None,
        "a true one": bool(told) and (" answered. Text to" in told[0].text) == (winner == "sue"),
        "a meaning": (text.meaning == "answer") == (winner == "sue"),
    }
    return winner, ", ".join(name for name, holds in right.items() if not holds)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))) + "\n")
