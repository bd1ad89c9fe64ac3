"""For whoever has lost the telephone and the paper: the password alone is enough again."""

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, CommandParser

from supervision import two_factor


class Command(BaseCommand):
    help = "Forget somebody's codes for signing in, and sign him out everywhere. Be sure who asks for it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")

    def handle(self, *, login: str, **options) -> None:
        user = get_user_model().objects.filter(username=login).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {login!r}.")
        if not two_factor.remove(user, reason="reset by a command"):
            raise CommandError(f"{login} signs in with the password alone.")
        two_factor.sign_out_elsewhere(user)
        self.stdout.write(f"{login} signs in with the password alone, and was signed out everywhere.")
