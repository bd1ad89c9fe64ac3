"""What LiveKit has told already: the same notice again changes nothing."""

from django.db import models
from django.utils import timezone


class WebhookEvent(models.Model):
    """Only the id that LiveKit gave it: what a notice tells of people is in the rows that it moved."""

    id = models.CharField(primary_key=True, max_length=64)
    received_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.id
