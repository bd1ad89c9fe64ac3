"""A supervisor's own telephone: it counts once a code that was texted to it has been typed at the desk."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from supervision import live, messages, notes, numbers
from supervision.models import Message, Supervisor

GOOD_FOR = timedelta(minutes=10)
TRIES = 5
CODES_PER_HOUR = 3
DIGITS = 6
SUBJECT = "number:"


def text_a_code(user: AbstractBaseUser, phone: str, *, at: datetime) -> dict:
    """Text a code to the number; returns what the page must keep until it is typed, and nothing to guess it from.

    Raises ValidationError, with words for people, for a number that cannot be texted or is taken, and when too many
    codes were asked for.
    """
    phone = numbers.e164(phone)
    if phone in (settings.TWILIO_SENDER, settings.PHONE_NUMBER, settings.SALON_PHONE):
        raise ValidationError("This is the salon's own number.")
    supervisor, _ = Supervisor.objects.get_or_create(user=user)
    if Supervisor.objects.filter(phone=phone).exclude(pk=supervisor.pk).exists():
        raise ValidationError("A colleague has this number.")
    _check_how_many(supervisor, phone, at)
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    message = messages.queue_apart(
        subject=f"{SUBJECT}{secrets.token_hex(8)}",
        recipient=phone,
        purpose=Message.Purpose.CONFIRMATION,
        text=notes.render("code", code=code),
        supervisor=supervisor,
        at=at,
    )
    until = (at + GOOD_FOR).isoformat()
    return {"phone": phone, "proof": _proof(phone, code, until), "until": until, "tries": 0, "message": message.pk}


def confirm(user: AbstractBaseUser, pending: dict, code: str, *, at: datetime) -> Supervisor:
    """The number is his from now on. Counts the tries in `pending`; raises ValidationError with words for people."""
    pending["tries"] += 1
    if at > datetime.fromisoformat(pending["until"]) or pending["tries"] > TRIES:
        raise ValidationError("This code is no longer good. Ask for another.", code="over")
    typed = "".join(digit for digit in code if digit.isdecimal())
    if not constant_time_compare(_proof(pending["phone"], typed, pending["until"]), pending["proof"]):
        raise ValidationError("That is not the code we texted.", code="wrong")
    try:
        with transaction.atomic():
            Supervisor.objects.filter(user=user).update(phone=pending["phone"], stopped_at=None, wrong_answers=0)
    except IntegrityError:
        raise ValidationError("A colleague has this number.", code="over") from None
    return Supervisor.objects.get(user=user)


def forget(supervisor: Supervisor) -> None:
    """No texts to this supervisor, and none from him, until he gives a number again."""
    with transaction.atomic():
        Supervisor.objects.filter(pk=supervisor.pk).update(phone=None, on_duty=False, stopped_at=None)
        live.emit(live.DESK, "duty", reason="number forgotten", supervisor=str(supervisor.pk))


def _check_how_many(supervisor: Supervisor, phone: str, at: datetime) -> None:
    """A code costs money, and wakes whoever has the number."""
    codes = Message.objects.filter(key__startswith=SUBJECT, created_at__gt=at - timedelta(hours=1))
    if (
        codes.filter(supervisor=supervisor).count() >= CODES_PER_HOUR
        or codes.filter(recipient=phone).count() >= CODES_PER_HOUR
    ):
        raise ValidationError("Enough codes for now. Try again in an hour.")


def _proof(phone: str, code: str, until: str) -> str:
    return salted_hmac("supervision.enrolling", f"{phone}:{code}:{until}").hexdigest()
