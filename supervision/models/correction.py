"""An answer that is no longer what callers have heard or been sent."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class CorrectionQuerySet(models.QuerySet):
    def open(self) -> "CorrectionQuerySet":
        """A supervisor has not decided yet whether those who got the old answer are texted."""
        return self.filter(settled_at=None)


class Correction(models.Model):
    key = models.CharField(max_length=64, unique=True)  # the learned answer and what it says now
    learned_answer = models.ForeignKey("knowledge.LearnedAnswer", models.PROTECT, related_name="+")
    answer = models.CharField(max_length=1000, blank=True)  # what is right now; "" where the old one was only retired
    found_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    texts = models.PositiveIntegerField(default=0)  # how many it would lead to, or has led to

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at"]

    def __str__(self) -> str:
        return str(self.learned_answer)
