"""What happened on one day of the salon, counted once, so that no page counts it again."""

from django.db import models
from django.utils import timezone


class DayFigures(models.Model):
    """Written by `figures.rollup` alone; practice does not count. Everything in it can be counted anew from the rows.

    `answer_seconds` and `latency_ms` are spreads (`figures.spread`), which add up over days; `texts` counts by the
    message's state; `usage` is what calls and texts took: tokens, characters, seconds, segments.
    """

    day = models.DateField(primary_key=True)  # from midnight to midnight in `zone`
    zone = models.CharField(max_length=64)
    is_whole = models.BooleanField(default=False)  # counted when the day was over
    after = models.PositiveBigIntegerField(default=0)  # the newest event from before its rows were read
    made_at = models.DateTimeField(default=timezone.now)

    herself = models.PositiveIntegerField(default=0)  # turns in which she spoke a stored answer
    asked = models.PositiveIntegerField(default=0)  # help requests of that day, whenever they were closed
    resolved = models.PositiveIntegerField(default=0)
    unresolved = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)  # promises settled on that day: in time …
    kept_late = models.PositiveIntegerField(default=0)  # … or after it
    broken = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    answer_seconds = models.JSONField(default=dict)
    latency_ms = models.JSONField(default=dict)
    topics = models.JSONField(default=dict)
    texts = models.JSONField(default=dict)
    usage = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day:%d %b %Y}"

    @property
    def waiting(self) -> int:
        """Asked on that day and not closed yet."""
        return max(0, self.asked - self.resolved - self.unresolved)
