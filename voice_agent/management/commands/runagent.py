"""`manage.py runagent`: the process that holds conversations."""

import asyncio
import signal
from argparse import RawDescriptionHelpFormatter

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from knowledge.models import Salon
from supervision import calls
from voice_agent.bridge import keep_connections

HELP = """
The receptionist. Holds every conversation: practice calls typed on the desk always, telephone and browser calls when
LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET are set.

  start           serve conversations; SIGTERM lets running turns end (the default)
  dev             the same, and ends at once when told to
  console         one call in this terminal, or from a pipe: a line is a turn, the end of input ends the call
  download-files  fetch the files that LiveKit's plugins need (none, with those that are installed)
"""
INTERRUPTED = 130  # as a shell says it
MODES = ("start", "dev", "console", "download-files")


class AsWritten(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of HELP."""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: object) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, formatter_class=AsWritten, **kwargs)
        parser.epilog, parser.description = HELP, "Runs the receptionist."
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("mode", nargs="?", choices=MODES, default="start", help="what to do; start if left out")
        parser.add_argument("--phone", default="", help="console: the caller's number, with a + (a yes to texts)")

    def handle(self, *, mode: str, phone: str, **options: object) -> None:
        keep_connections()
        self._need_a_salon()
        {"console": self._console, "download-files": self._download_files}.get(mode, self._serve)(mode, phone)

    def _need_a_salon(self) -> None:
        try:
            Salon.objects.current()
        except Salon.DoesNotExist as error:
            raise CommandError(str(error)) from None

    def _console(self, mode: str, phone: str) -> None:
        try:
            phone = phone and calls.e164(phone)  # before anything slow
        except ValidationError as error:
            raise CommandError(f"--phone: {' '.join(error.messages)}", returncode=2) from None
        from voice_agent.console import talk

        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits a deaf ear
        try:
            asyncio.run(talk(phone))
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None

    def _download_files(self, mode: str, phone: str) -> None:
        from livekit.agents.__main__ import main

        raise SystemExit(main(["download-files"]))

    def _serve(self, mode: str, phone: str) -> None:
        from voice_agent.worker import run

        run(drain=mode == "start", say=self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # before a fork doubles what waits
