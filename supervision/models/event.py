"""What happened, in the order in which it was committed: the truth that live pages follow."""

from django.db import models
from django.utils import timezone


class Event(models.Model):
    """Written only by `live.emit`, in the transaction of what it tells of. Holds ids and reasons, never people."""

    topic = models.CharField(max_length=60)  # "desk", "call:<uuid>"
    kind = models.CharField(max_length=40)  # "asked", "claimed", "resolved", "words" …
    payload = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)  # why she decided so
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["topic", "id"], name="event_topic")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
