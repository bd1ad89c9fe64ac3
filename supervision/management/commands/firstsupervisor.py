"""Creates the first supervisor on a new desk, with a password that is shown once."""

import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand

LOGIN = "supervisor"


class Command(BaseCommand):
    help = "Create a superuser where there is no user yet, and print the password; does nothing otherwise."

    def handle(self, **options) -> None:
        users = get_user_model().objects
        if users.exists():
            return
        password = settings.FIRST_SUPERVISOR_PASSWORD or secrets.token_urlsafe(12)
        users.create_superuser(LOGIN, password=password)
        shown = "the one in FIRST_SUPERVISOR_PASSWORD" if settings.FIRST_SUPERVISOR_PASSWORD else password
        self.stdout.write(f"First supervisor: login {LOGIN}, password {shown} (shown only now)")
