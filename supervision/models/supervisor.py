"""How a supervisor is reached away from the desk."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

# Of references and codes: without those that look like a digit or like each other: B, G, I, O, Q, S, Z.
LETTERS = "ACDEFHJKLMNPRTUVWXY"


def new_code() -> str:
    """Two characters that nobody but this supervisor gets to see, behind each reference in a text to him."""
    return "".join(secrets.choice(LETTERS) for _ in range(2))


class SupervisorQuerySet(models.QuerySet):
    def on_duty(self) -> "SupervisorQuerySet":
        """Those who get texts now, the first in line first."""
        return self.with_a_phone().filter(on_duty=True)

    def with_a_phone(self) -> "SupervisorQuerySet":
        """Those who can be texted, on duty or not, the first in line first."""
        reachable = self.filter(phone__isnull=False, stopped_at=None, user__is_active=True, user__is_staff=True)
        return reachable.order_by("place", "pk")


class Supervisor(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="supervisor")
    phone = models.CharField("telephone", max_length=16, null=True, blank=True, unique=True)  # E.164
    on_duty = models.BooleanField(default=False, help_text="Gets a text for each new help request.")
    place = models.PositiveSmallIntegerField("place in line", default=0, help_text="Who is asked first has the lowest.")
    code = models.CharField(max_length=2, default=new_code, editable=False)
    wrong_answers = models.PositiveSmallIntegerField(default=0, editable=False)  # texts that meant nothing, in a row
    shut_until = models.DateTimeField(null=True, blank=True)  # nothing that comes from this number counts until then
    stopped_at = models.DateTimeField(null=True, blank=True, editable=False)  # texted STOP: the provider blocks us
    # How he likes the desk.
    language = models.CharField(max_length=10, blank=True)  # "es"; "": the browser's
    time_zone = models.CharField(max_length=64, blank=True)  # "Europe/Madrid"; "": the salon's
    single_keys = models.BooleanField(default=True)  # shortcuts without Ctrl or Alt

    objects = SupervisorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="supervisor_phone_is_e164",
            )
        ]

    def __str__(self) -> str:
        return self.user.get_full_name() or self.user.get_username()

    @property
    def gets_texts(self) -> bool:
        """As the queryset's `on_duty`, of a row that was read with its user."""
        reachable = self.phone and not self.stopped_at and self.user.is_active and self.user.is_staff
        return bool(self.on_duty and reachable)
