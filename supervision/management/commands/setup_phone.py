"""Brings the calls of the salon's number here: shows what is to be done, and does it when told to."""

import sys
from collections.abc import Callable
from itertools import chain

from django.core.management.base import BaseCommand, CommandError, CommandParser

from supervision import phone_setup
from supervision.phone_setup import Step, Trouble

DRIFT = 2  # exit code of a plan that is not empty, for monitors
Planned = dict[str, list[Step]]
BY_HAND = (
    "Twilio is not set up here: that takes TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and LIVEKIT_SIP_URI.\n"
    "A number bought at LiveKit needs none of it: give it the rule above on LiveKit's page of phone numbers.\n"
    "Both ways: docs/telephony.md."
)


class Command(BaseCommand):
    help = "Show what LiveKit and Twilio lack so that the number rings here; --apply makes it so, --remove undoes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="do what the plan says")
        parser.add_argument("--remove", action="store_true", help="plan to remove what is ours, and nothing else")

    def handle(self, *, apply: bool, remove: bool, **options) -> None:
        plan = phone_setup.removal if remove else phone_setup.plan
        try:
            due = self.show(plan())
            if apply:
                take(due, plan)
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        self.stdout.write(f"{len(due)} change{'s' * (len(due) != 1)} {'made' if apply else 'to make'}.")
        if not apply and not remove and not phone_setup.is_twilio_configured():
            self.stdout.write(BY_HAND)
        if due and not apply:
            sys.exit(DRIFT)

    def show(self, planned: Planned) -> list[Step]:
        """Say how everything is; returns what is to be done."""
        for vendor, steps in planned.items():
            self.stdout.write("\n".join([vendor, *(f"  {step}" for step in steps)]))
        return to_take(planned)


def take(due: list[Step], plan: Callable[[], Planned]) -> None:
    """Raises Trouble where a vendor has not kept what it took: an older server drops fields that it does not know."""
    for step in due:
        step.take()
    if left := to_take(plan()):
        raise Trouble("This was accepted and was not kept: " + "; ".join(map(str, left)))


def to_take(planned: Planned) -> list[Step]:
    return [step for step in chain.from_iterable(planned.values()) if step.take]
