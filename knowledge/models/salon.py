"""The salon itself and its facts: hours, closures, services."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from knowledge.models.embedded import Embedded, EmbeddedQuerySet, has_vectors


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"{name!r} is not a time zone; write it as in America/Chicago.")


class SalonManager(models.Manager):
    def current(self) -> "Salon":
        """The one salon. Raises Salon.DoesNotExist, with words, when none is loaded."""
        try:
            return self.get()
        except Salon.DoesNotExist:
            raise Salon.DoesNotExist("No salon is loaded yet: run `manage.py loadcontext glow`.") from None

    def raise_revision(self) -> int:
        """Make every process notice the change of this transaction; returns the new revision."""
        if not self.update(revision=F("revision") + 1):
            self.current()
        return self.values_list("revision", flat=True).get()


class Salon(models.Model):
    """Always the one row with id 1."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    context = models.CharField("loaded from", max_length=200, blank=True, editable=False)
    name = models.CharField(max_length=80)
    assistant_name = models.CharField("her name", max_length=80, blank=True)
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    region = models.CharField(
        max_length=2, validators=[RegexValidator("^[A-Z]{2}$", "Two capital letters, such as US.")]
    )
    currency = models.CharField("currency sign", max_length=4, default="$")
    clock_24h = models.BooleanField("24-hour clock", default=False)
    revision = models.PositiveBigIntegerField(default=0, editable=False)

    objects = SalonManager()

    class Meta:
        verbose_name_plural = "salon"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="only_one_salon")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def now(self) -> dt.datetime:
        return timezone.now().astimezone(self.zone)


class OpeningHours(models.Model):
    """One span of one weekday; a closing time at or before the opening time is on the next day."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens = models.TimeField()
    closes = models.TimeField(help_text="At or before the opening time means: on the next day.")

    class Meta:
        verbose_name_plural = "opening hours"
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_exists"),
            models.UniqueConstraint(fields=["weekday", "opens"], name="span_opens_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M} to {self.closes:%H:%M}"


class ClosureQuerySet(models.QuerySet):
    def upcoming(self, day: dt.date):
        return self.filter(ends_on__gte=day)


class Closure(models.Model):
    """Days on which the salon is closed, whatever its opening hours."""

    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=80, help_text="As said after “we are closed for”, such as Thanksgiving.")
    also_called = models.CharField(max_length=200, blank=True, help_text="Other names, with commas between.")

    objects = ClosureQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="closure_ends_after_start",
                violation_error_message="The last day lies before the first.",
            )
        ]

    def __str__(self) -> str:
        return self.reason


class ServiceQuerySet(EmbeddedQuerySet):
    def active(self):
        return self.filter(active=True)


class Service(Embedded):
    """Something callers can buy; no price at all means that it depends."""

    category = models.CharField(max_length=80)
    name = models.CharField(max_length=80, unique=True)
    also_called = models.CharField(max_length=200, blank=True, help_text="Other names, with commas between.")
    description = models.CharField(max_length=500, blank=True)
    price_from = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    price_to = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="The same as the price from for a fixed price; empty for “from …”.",
    )
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["category", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_from__isnull=True) | Q(price_from__gte=0), name="service_price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(price_to__isnull=True) | Q(price_from__isnull=False, price_to__gte=F("price_from")),
                name="service_price_to_not_below_from",
                violation_error_message="The highest price lies below the lowest.",
            ),
            has_vectors("service"),
        ]

    def __str__(self) -> str:
        return self.name
