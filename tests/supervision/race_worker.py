"""Two supervisors and the clock decide on the same help requests at the same moment, each in a process of its own.

`python -m tests.supervision.race_worker <rounds>`, with DATABASE_URL and VAR_DIR; the last line is JSON: rounds, how
many of them went wrong, and how many went wrong with the naive code that checks first and saves then.
"""

import json
import multiprocessing
import os
import sys
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "salon_receptionist.settings"

ROLES = ("sue", "tom", "clock")


class Naive:
    """What these verbs would look like if a row could not change between two lines of Python."""

    @staticmethod
    def resolve(help_request, *, answer, by, at):
        from supervision import lifecycle, messages, texts
        from supervision.models import HelpRequest, Message

        row = HelpRequest.objects.get(pk=help_request.pk)
        if not row.is_answerable:
            raise lifecycle.AlreadyClosed(row)
        row.status, row.closed_because = HelpRequest.Status.RESOLVED, HelpRequest.ClosedBecause.ANSWERED
        row.supervisor_response, row.responded_by, row.responded_at = answer, by, at
        row.save()
        text = texts.for_caller(row, Message.Purpose.ANSWER)
        Message.objects.create(
            key=f"{row.pk}:{by.pk}", help_request=row, recipient=row.customer_phone, purpose="answer", text=text
        )
        return messages


def main(rounds: int) -> dict:
    import django

    django.setup()
    wrong = _race(_prepare(rounds, "real"), naive=False)
    naive_wrong = _race(_prepare(rounds, "naive"), naive=True)
    return {"rounds": rounds, "wrong": wrong, "naive_wrong": naive_wrong}


def _prepare(rounds: int, name: str) -> list[tuple]:
    """The calls from which the same question will be asked twice, for each round."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from knowledge.models import Salon
    from supervision import calls

    call_command("migrate", verbosity=0)
    Salon.objects.get_or_create(name="Glow", time_zone="America/Chicago", region="US")
    for role in ROLES[:2]:
        get_user_model().objects.get_or_create(username=role)
    phones = ("+14155552671", "415 555 0123")
    return [
        (f"{name} question {number}", *(calls.open_call(channel="practice", phone=phones[number % 2]).pk for _ in "ab"))
        for number in range(rounds)
    ]


def _race(prepared: list[tuple], *, naive: bool) -> int:
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")  # one import of Django for all
    barrier, told = context.Barrier(len(ROLES)), context.Queue()
    arguments = (prepared, naive, barrier, told)
    runners = [context.Process(target=_run, args=(role, *arguments), daemon=True) for role in ROLES]
    for runner in runners:
        runner.start()
    reports = dict(told.get(timeout=90) for _ in runners)
    for runner in runners:
        runner.join()
    rounds = zip(*(reports[role] for role in ROLES), strict=True)
    return sum(not _is_right(number, *outcomes, naive) for number, outcomes in enumerate(rounds))


def _run(role: str, prepared: list[tuple], naive: bool, barrier, told) -> None:
    told.put((role, [_play(role, number, *one, naive, barrier) for number, one in enumerate(prepared)]))


def _play(role: str, number: int, question: str, sues_call, toms_call, naive: bool, barrier) -> tuple:
    """(the request's id, whether this role has won, who had won according to the exception)."""
    from django.contrib.auth import get_user_model

    from supervision import lifecycle
    from supervision.models import Call, HelpRequest

    barrier.wait(60)
    if role != "clock":
        by = get_user_model().objects.get(username=role)
        call = Call.objects.get(pk=sues_call if role == "sue" else toms_call)
        lifecycle.request_help(question, call=call)
    barrier.wait(60)
    request = HelpRequest.objects.get(question=question)
    later = request.expires_at + timedelta(seconds=1)
    barrier.wait(60)
    try:
        if naive and role != "clock":
            Naive.resolve(request, answer=f"Says {role}.", by=by, at=later)
        elif role == "clock":
            return request.pk, lifecycle.expire_overdue(at=later) == 1, ""
        elif number % 2:
            lifecycle.leave_unresolved(request, because=HelpRequest.ClosedBecause.WITHDRAWN, by=by, at=later)
        else:
            lifecycle.resolve(request, answer=f"Says {role}.", by=by, at=later)
    except lifecycle.AlreadyClosed as closed:
        return request.pk, False, closed.help_request.responded_by.username if closed.help_request.responded_by else ""
    return request.pk, True, ""


def _is_right(number: int, sue: tuple, tom: tuple, clock: tuple, naive: bool) -> bool:
    """Who answers wins once and against all; who leaves wins once, or the clock does."""
    from supervision.models import HelpRequest, Message

    row = HelpRequest.objects.get(pk=sue[0])
    winners = [role for role, (_, won, _) in zip(ROLES, (sue, tom, clock), strict=True) if won]
    answers = row.messages.filter(purpose=Message.Purpose.ANSWER)
    closings = row.messages.exclude(state=Message.State.CANCELLED).exclude(purpose=Message.Purpose.ANSWER)
    if number % 2 and not naive:
        who = row.responded_by.username if row.responded_by else "clock"
        return winners == [who] and closings.count() == (who == "clock")
    people = [role for role in winners if role != "clock"]
    return (
        len(people) == 1
        and row.status == HelpRequest.Status.RESOLVED
        and row.responded_by.username == people[0]
        and [f"Says {people[0]}." in message.text for message in answers] == [True]
        and (naive or (not closings.exists() and row.learned_answer.answer == f"Says {people[0]}."))
        and (naive or {sue[2], tom[2]} == {"", people[0]})
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))) + "\n")
