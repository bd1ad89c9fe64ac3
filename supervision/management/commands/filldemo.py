"""Fills the demo's own database with a lively week; never any other."""

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from supervision import demo
from supervision.demo.filling import SEED
from supervision.demo.people import OWNER


class Command(BaseCommand):
    help = (
        "Make a week of calls, help requests and texts, relative to now, in a database that is empty or holds an "
        "earlier demo, which is replaced. Needs DEMO=yes, with which nothing is sent to anybody; `make demo` sets it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="another number makes another week")

    def handle(self, *, seed: int, **options) -> None:
        if settings.DEMO:
            call_command("migrate", verbosity=0, interactive=False)
        try:
            demo.make_room()
        except demo.Refused as reason:
            raise CommandError(str(reason)) from None
        password = demo.fill(seed=seed)
        self.stdout.write(f"The demo's week is ready. Login: {OWNER}, password {password} (mia and tess have the same)")
