"""A stop that trips by itself and that only a person takes away."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Breaker(models.Model):
    """While its row is there, nothing of its kind is sent."""

    name = models.CharField(primary_key=True, max_length=40)
    reason = models.CharField(max_length=200)
    tripped_at = models.DateTimeField(default=timezone.now)
    reset_at = models.DateTimeField(null=True, blank=True)
    reset_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.reason


class Digest(models.Model):
    """A morning's summary that was made; one a day, however many processes make it."""

    day = models.DateField(primary_key=True)  # in the salon's zone
    made_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True)  # to everybody who gets it
    mailed_to = models.JSONField(default=list)  # keys of the users who have it
    try_at = models.DateTimeField(null=True, blank=True)  # when it is mailed, or tried again
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)  # of the last try, without addresses

    def __str__(self) -> str:
        return f"{self.day:%d %b %Y}"
