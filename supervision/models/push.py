"""Telephones and browsers that ring for a supervisor, and what each of them is to be told."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class PushDevice(models.Model):
    """One browser on one device, as its push service knows it; whoever signs in there next has it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="push_devices")
    endpoint = models.TextField()  # where its push service takes notices for it: as good as a password
    endpoint_key = models.CharField(max_length=64, unique=True)  # sha256
    p256dh = models.CharField(max_length=100)  # base64url: its public key, and its secret
    auth = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()  # moved on by each day on which it opens the desk
    told_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class PushQuerySet(models.QuerySet):
    def waiting(self) -> "PushQuerySet":
        return self.filter(settled_at=None)

    def due(self, at: datetime) -> "PushQuerySet":
        return self.waiting().filter(try_at__lte=at)


class Push(models.Model):
    """A notice for one device. It says nothing of the caller: a locked screen shows it to whoever is near."""

    class Kind(models.TextChoices):
        ASKED = "asked", "a new question"
        EMERGENCY = "emergency", "emergency words"
        HOLDING = "holding", "a caller holds"
        MORE = "more", "more than are told one by one"
        TEST = "test", "a test"

    class Outcome(models.TextChoices):
        SENT = "sent", "sent"
        REFUSED = "refused", "refused"
        OVER = "over", "no longer needed"

    device = models.ForeignKey(PushDevice, models.CASCADE, related_name="pushes")
    help_request = models.ForeignKey("supervision.HelpRequest", models.CASCADE, null=True, blank=True, related_name="+")
    call = models.ForeignKey("supervision.Call", models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=120, unique=True)  # device, subject, round, kind: one row per meaning
    created_at = models.DateTimeField(default=timezone.now)
    try_at = models.DateTimeField()
    until = models.DateTimeField()  # of no use to anybody afterwards
    tries = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)

    objects = PushQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "pushes"
        indexes = [
            models.Index(fields=["try_at"], name="push_waiting", condition=Q(settled_at__isnull=True)),  # the ticker
            models.Index(fields=["device", "created_at"], name="push_of_device"),  # how many it got lately
        ]
