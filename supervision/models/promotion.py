"""Something that runs for a while, and the answers that hold as long as it does."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class PromotionQuerySet(models.QuerySet):
    def running(self, at: datetime) -> "PromotionQuerySet":
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at)).order_by("name")


class Promotion(models.Model):
    name = models.CharField(max_length=80)
    ends_at = models.DateTimeField("ends", null=True, blank=True, help_text="Empty: until somebody ends it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    answers = models.ManyToManyField("knowledge.LearnedAnswer", blank=True, related_name="+", editable=False)

    objects = PromotionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def runs(self, at: datetime) -> bool:
        return self.ends_at is None or self.ends_at > at
