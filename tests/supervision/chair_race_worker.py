"""Sue by text, Tom at the desk, and the clock on one help request at the same moment, each in a process of its own.

`python -m tests.supervision.chair_race_worker <rounds>`, with DATABASE_URL and VAR_DIR; the last line is JSON: rounds,
how many of them went wrong and why the first did, who came first how often, and how it ended. Both answer; in one
round of four Tom leaves it unresolved and Sue wants it later, so that the clock can have the last word too.
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

ROLES = SUE, TOM, CLOCK = "sue", "tom", "clock"
STEP = 0.001  # seconds that a start moves by
SUES = "+13125550101"
LEAVES = 4  # in one round of so many nobody answers


def main(rounds: int) -> dict:
    import django

    django.setup()
    from supervision import chair
    from tests.supervision.chair_race_judge import judge

    chair.REPLIES_PER_HOUR = rounds  # Sue texts as much in this minute as else in years
    prepared = _prepare(rounds)
    begun = time.monotonic()
    judged = judge(prepared, _race(prepared))
    wrong = [one.wrong for one in judged if one.wrong]
    return {
        "rounds": rounds,
        "wrong": len(wrong),
        "first": wrong[:1],
        "came_first": Counter(one.came_first for one in judged),
        "ended": Counter(one.ended for one in judged),
        "seconds": round(time.monotonic() - begun),
    }


def nobody_answers(number: int) -> bool:
    return number % LEAVES == LEAVES - 1


def _prepare(rounds: int) -> list[tuple]:
    """Requests past their end, the one after the other, and what Sue has written about each as it came in."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Permission
    from django.core.management import call_command
    from django.utils import timezone

    from knowledge.models import Salon
    from supervision.models import Supervisor

    call_command("migrate", verbosity=0)
    Salon.objects.get_or_create(name="Glow", time_zone="America/Chicago", region="US")
    sue = get_user_model().objects.create_user(SUE, is_staff=True)
    sue.user_permissions.add(Permission.objects.get(codename="change_helprequest"))
    get_user_model().objects.create_user(TOM, is_staff=True)
    prepared = [_ask(number, at=timezone.now() - timedelta(days=5)) for number in range(rounds)]
    Supervisor.objects.create(user=sue, phone=SUES, on_duty=True, code="PD")
    return prepared


def _ask(number: int, *, at) -> tuple:
    from django.utils import timezone

    from supervision import calls, lifecycle
    from supervision.models import HelpRequest, InboundText

    call = calls.ring(room=f"call-{number}", channel="phone", phone=f"+1415555{2000 + number}", at=at)
    call.caller.consents.create(words="yes")
    asked = lifecycle.request_help(f"Question {number}?", call=call, at=at)
    in_turn = at + timedelta(days=1, seconds=number)
    HelpRequest.objects.filter(pk=asked.pk).update(expires_at=in_turn)
    words = f"LATER {asked.reference}PD" if nobody_answers(number) else f"{asked.reference}PD Says sue."
    text = InboundText.objects.create(provider_id=f"SM{number}", sender=SUES, text=words, received_at=timezone.now())
    return asked.pk, text.pk


def _race(prepared: list[tuple]) -> dict[str, list]:
    """What each of the three came to know, round by round."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier, told, came = context.Barrier(len(ROLES)), context.Queue(), context.Array("b", len(ROLES))
    arguments = (prepared, barrier, came, told)
    runners = [context.Process(target=_run, args=(role, *arguments), daemon=True) for role in ROLES]
    for runner in runners:
        runner.start()
    reports = dict(told.get(timeout=1200) for _ in runners)
    for runner in runners:
        runner.join()
    assert not any(runner.exitcode for runner in runners), "a process has failed"
    return reports


def _run(role: str, prepared: list[tuple], barrier, came, told) -> None:
    known = []
    try:
        _play(role, prepared, known, barrier, came)
    except BaseException:
        barrier.abort()  # the others wait for nobody
        raise
    finally:
        told.put((role, known))


def _play(role: str, prepared: list[tuple], known: list, barrier, came) -> None:
    starts = [dict.fromkeys(ROLES, 0.0), dict.fromkeys(ROLES, 0.0)]  # of rounds in which both answer, and of the others
    for number, one in enumerate(prepared):
        act, late = _get_ready(role, number, *one), starts[nobody_answers(number)]
        barrier.wait(60)
        time.sleep(late[role])
        known.append(act())
        came[ROLES.index(role)] = role != SUE and known[-1] is True
        barrier.wait(60)
        first = CLOCK if came[ROLES.index(CLOCK)] else TOM if came[ROLES.index(TOM)] else SUE
        if not (nobody_answers(number) and first == SUE):
            _start_later(late, first, (TOM, CLOCK) if nobody_answers(number) else ROLES)


def _start_later(late: dict[str, float], first: str, among: tuple[str, ...]) -> None:
    """Whoever came first, in every process alike: else the fastest code would win all rounds."""
    late[first] += len(among) * STEP
    soonest = min(late[role] for role in among)
    late.update({role: late[role] - soonest for role in among})


def _get_ready(role: str, number: int, request_id, text_id):
    """What to call when it begins: True where this has closed it, else who had, as the exception says."""
    from django.contrib.auth import get_user_model

    from supervision import chair, lifecycle
    from supervision.models import HelpRequest, InboundText

    request, text = HelpRequest.objects.get(pk=request_id), InboundText.objects.get(pk=text_id)
    by = get_user_model().objects.get(username=TOM)

    def decide() -> bool | str:
        try:
            if nobody_answers(number):
                lifecycle.leave_unresolved(request, because=HelpRequest.ClosedBecause.LEFT, by=by)
            else:
                lifecycle.resolve(request, answer="Says tom.", by=by)
        except lifecycle.AlreadyClosed as closed:
            row = closed.help_request
            return f"{row.status} {row.responded_by or CLOCK} {row.supervisor_response}".strip()
        return True

    def expire() -> bool:
        return lifecycle.expire_overdue(at=request.expires_at) == 1  # later ones are not due yet at that time

    return {SUE: lambda: chair.read(text), TOM: decide, CLOCK: expire}[role]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))) + "\n")
