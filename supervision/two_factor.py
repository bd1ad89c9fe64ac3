"""A second thing besides the password: the codes of an app, and ten on paper for the day when the telephone is lost."""

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from supervision import live

OWNERS = "Owners"
CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without those that look like others
SIGNS = LETTERS + "23456789"


def is_on(user: AbstractBaseUser) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def is_lacking(user: AbstractBaseUser) -> bool:
    """An owner who must have it, and has not: he gets nowhere but to the page that sets it up."""
    return settings.REQUIRE_TWO_FACTOR and is_owner(user) and not is_on(user)


def is_owner(user: AbstractBaseUser) -> bool:
    return user.is_superuser or user.groups.filter(name=OWNERS).exists()


def begin(user: AbstractBaseUser) -> TOTPDevice:
    """The key that his app is to be given: the same until it has proved that it has it."""
    return TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "app"})[0]


def confirm(user: AbstractBaseUser, code: str) -> list[str]:
    """The app has the key: it is asked for from now on. Returns the codes for paper; [] where the code is wrong."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        if device is None or not device.verify_token(_clean(code)):
            return []
        TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        live.emit(live.DESK, "two_factor", reason="set up", by=str(user.pk))
        return new_codes(user)


def check(user: AbstractBaseUser, code: str) -> bool:
    """Whether this is the app's code of now, or one of those on paper; each is good once. Guessing slows it down."""
    with transaction.atomic():
        is_from_app = _clean(code).isdecimal()
        devices = TOTPDevice if is_from_app else StaticDevice
        device = devices.objects.select_for_update().filter(user=user, confirmed=True).first()
        return bool(device and device.verify_token(_clean(code)))


def waits(user: AbstractBaseUser) -> bool:
    """Too many wrong codes in a row: for a moment, which doubles each time, not even the right one counts."""
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    return bool(device and not device.verify_is_allowed()[0])


def new_codes(user: AbstractBaseUser) -> list[str]:
    """Ten codes for paper in place of all before."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="paper")
        codes = [_paper_code() for _ in range(CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return [f"{code[:4]} {code[4:]}" for code in codes]


def codes_left(user: AbstractBaseUser) -> int:
    return StaticToken.objects.filter(device__user=user).count()


def remove(user: AbstractBaseUser, *, reason: str = "taken away") -> bool:
    """The password is enough again; False where it was before."""
    with transaction.atomic():
        was_on = is_on(user)
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        if was_on:
            live.emit(live.DESK, "two_factor", reason=reason, by=str(user.pk))
    return was_on


def sign_out_elsewhere(user: AbstractBaseUser, *, but: str | None = None, at: datetime | None = None) -> int:
    """End his sessions, those that began without a code among them; their open pages are closed. Returns how many."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=at or timezone.now()).exclude(session_key=but).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
            ended += 1
    return ended


def _paper_code() -> str:
    """Begins with a letter: what begins with a digit is the app's."""
    return secrets.choice(LETTERS) + "".join(secrets.choice(SIGNS) for _ in range(7))


def _clean(code: str) -> str:
    return "".join(code.split()).lower()[:16]
