"""Runs what is due in django-q2's worker; this module and the command `runjobs` are the only doors to it."""

from django_q.models import OrmQ
from django_q.tasks import async_task

MOST_WAITING = 100  # wake-ups; the ticker repeats what is still due, so that more would only be noise


def run_soon(name: str) -> None:
    """Queue the function of this dotted name, without arguments, in the caller's transaction: it rolls back with it."""
    if OrmQ.objects.count() < MOST_WAITING:
        async_task(name, q_options={"save": False})
