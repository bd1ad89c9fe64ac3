"""What became of a learned answer, step by step: who decided what, when and why."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class ChangeQuerySet(models.QuerySet):
    def of_decision(self, decision: uuid.UUID) -> "ChangeQuerySet":
        return self.filter(decision=decision)


class Change(models.Model):
    """One decision as it changed one answer; written by `knowledge.history` alone, and never changed."""

    class Verb(models.TextChoices):
        LEARNED = "learned", "learned"
        CORRECTED = "corrected", "corrected"
        HELD = "held", "holds until changed"
        RETIRED = "retired", "retired"
        PHRASED = "phrased", "another way of asking"
        APPROVED = "approved", "wording approved"
        DROPPED = "dropped", "wording dropped"
        STRUCK = "struck", "not this question"
        DOUBTED = "doubted", "called wrong"
        UNDONE = "undone", "undone"

    decision = models.UUIDField(
        default=uuid.uuid4, db_index=True
    )  # the same where one decision changed several answers
    learned_answer = models.ForeignKey("knowledge.LearnedAnswer", models.PROTECT, related_name="changes")
    verb = models.CharField(max_length=10, choices=Verb)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    fields = models.JSONField(default=dict)  # {"answer": [before, after], …}
    # [{"key": …, "text": …, "source": …, "was": state or null, "is": state or null}, …]
    phrasings = models.JSONField(default=list)
    undoes = models.UUIDField(null=True)  # the decision that this one took back

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ()  # who may see the answer may see how it came about

    def __str__(self) -> str:
        return f"{self.get_verb_display()} #{self.pk}"
