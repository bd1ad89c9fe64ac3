"""Who appears in the demo: three supervisors, and callers whose numbers belong to nobody."""

import secrets
from datetime import datetime
from random import Random

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, Group

from supervision.models import Caller, Supervisor

AREA_CODES = (312, 773, 872, 708, 847, 630, 224, 331, 815, 219)  # around Chicago; limits count by their beginning
SUPERVISORS = {"rosa": ("Rosa", "Delgado"), "mia": ("Mia", "Torres"), "tess": ("Tess", "Lindqvist")}
OWNER, ON_DUTY = "rosa", "mia"
FEWEST_DIGITS = 100  # of a line: 555-0100 to 555-0199 are kept free for stories


def supervisors() -> tuple[dict[str, AbstractBaseUser], str]:
    """Each by the name, and the password that all of them have until the next week is made."""
    password = settings.FIRST_SUPERVISOR_PASSWORD or secrets.token_urlsafe(9)
    hashed = make_password(password)  # a quarter of a second: once
    return {login: _supervisor(place, login, hashed) for place, login in enumerate(SUPERVISORS)}, password


def _supervisor(place: int, login: str, hashed: str) -> AbstractBaseUser:
    first_name, last_name = SUPERVISORS[login]
    is_owner = login == OWNER
    names = {"first_name": first_name, "last_name": last_name, "is_staff": True, "is_superuser": is_owner}
    user, _ = get_user_model().objects.update_or_create(username=login, defaults=names | {"password": hashed})
    user.groups.set(Group.objects.filter(name="Supervisors"))
    Supervisor.objects.create(
        user=user, phone=f"+1{AREA_CODES[0]}55501{90 + place}", on_duty=login == ON_DUTY, place=place
    )
    return user


class Callers:
    """The regulars, and strangers without end."""

    def __init__(self, names: list[str], random: Random) -> None:
        self.names, self.random, self.given = names, random, 0
        self.known: list[Caller] = []

    def somebody(self) -> str:
        """The number of a regular, most of the time, else of somebody who calls for the first time."""
        if len(self.known) > len(self.names) and self.random.random() < 0.7:
            return self.random.choice(self.known).phone
        return self.new().phone

    def new(self, name: str = "", *, at: datetime | None = None) -> Caller:
        area, line = divmod(self.given, 80)
        caller = Caller.objects.create(
            phone=f"+1{AREA_CODES[(self.given * 3 + area) % len(AREA_CODES)]}5550{FEWEST_DIGITS + line}",
            name=name or (self.names[self.given] if self.given < len(self.names) else ""),
            **({"created_at": at} if at else {}),
        )
        self.given += 1
        self.known.append(caller)
        return caller
