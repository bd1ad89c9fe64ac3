"""Asks every vendor what only it can know, and says in a sentence what is wrong and in another what to do."""

import sys

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import import_string

from supervision.doctor import PATIENCE, Examined, examine

ILL = 1  # exit code
A_CALL = 90.0  # seconds that a whole call may take
WATCHED = ("Database", "Receptionist")  # `make run` looks after these itself, and asks for the rest only


class Command(BaseCommand):
    help = "Examine the database, the receptionist and every configured vendor, within five seconds each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brief", action="store_true", help="only what is wrong, a line each; nothing when well")
        parser.add_argument("--call", action="store_true", help="hold a whole call with her, and print its times")

    def handle(self, *, brief: bool, call: bool, **options) -> None:
        # Imported here, on the main thread: elsewhere LiveKit's plugins refuse to register themselves.
        checks = {name: import_string(path) for name, path in settings.DOCTOR_CHECKS.items()}
        if brief:
            checks = {name: check for name, check in checks.items() if name not in WATCHED}
        if call:
            checks = {"Call": import_string(settings.DOCTOR_CALL)}
        examined = async_to_sync(examine)(checks, patience=A_CALL if call else PATIENCE)
        for each in examined:
            self.stdout.write(complaints(each) if brief else report(each), ending="")
        if not all(each.is_well for each in examined):
            sys.exit(ILL)


def report(examined: Examined) -> str:
    """Every finding, with what it took."""
    lines = []
    for finding in examined.findings:
        took = ", ".join(filter(None, [f"{finding.seconds * 1000:.0f} ms", finding.cost]))
        lines.append(f"{'!' if finding.do else ' '} {examined.name}: {finding.says} ({took})\n")
        if finding.do:
            lines.append(f"    {finding.do}\n")
    return "".join(lines)


def complaints(examined: Examined) -> str:
    """What is wrong with it and what to do, in a line; "" where nothing is."""
    wrong = [f"{finding.says} {finding.do}" for finding in examined.findings if finding.do]
    return f"{examined.name}: {' '.join(wrong)}\n" if wrong else ""
