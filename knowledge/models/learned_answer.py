"""Answers that people taught her, and the wordings under which callers ask for them."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from knowledge.models.embedded import Embedded, EmbeddedQuerySet, has_vectors
from knowledge.wording import ANSWER_LIMIT, QUESTION_LIMIT, key_of


class LearnedAnswerQuerySet(models.QuerySet):
    def active(self):
        return self.filter(active=True)

    def asking(self, question: str):
        """With exactly this question, however it is typed."""
        return self.filter(question_key=key_of(question))

    def valid(self, at: dt.datetime | None = None):
        """Active, no longer only proposed, and not expired at that moment."""
        at = at or timezone.now()
        begun = Q(valid_from__isnull=True) | Q(valid_from__lte=at)
        return self.active().filter(begun, Q(valid_until__isnull=True) | Q(valid_until__gt=at))


class LearnedAnswer(models.Model):
    """What she says to one question; written by `knowledge.learning` alone."""

    class Origin(models.TextChoices):
        CONTEXT = "context", "context file"
        SUPERVISOR = "supervisor", "supervisor"
        IMPORT = "import", "import"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.CharField(max_length=QUESTION_LIMIT)
    question_key = models.CharField(max_length=64, editable=False)
    answer = models.CharField(max_length=ANSWER_LIMIT)
    learned_at = models.DateTimeField(default=timezone.now, editable=False)
    taught_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="taught_answers"
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SUPERVISOR)
    # Until then it is only proposed, and nobody hears it: who taught it can still take it back unheard.
    valid_from = models.DateTimeField(null=True, blank=True, editable=False)
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Empty: always.")
    active = models.BooleanField(default=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced")
    # The salon's revision at which this answer or one of its phrasings last changed: search reads what is newer.
    revision = models.PositiveBigIntegerField(default=0, db_index=True, editable=False)

    objects = LearnedAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-learned_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["question_key"], condition=Q(active=True), name="one_active_answer_per_question"
            ),
            models.CheckConstraint(condition=~Q(answer=""), name="learned_answer_says_something"),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | Q(active=False), name="replaced_answer_is_not_active"
            ),
            models.CheckConstraint(condition=~Q(replaced_by=F("id")), name="answer_does_not_replace_itself"),
        ]

    def __str__(self) -> str:
        return self.question[:80]

    def is_expired(self, at: dt.datetime) -> bool:
        return self.valid_until is not None and self.valid_until <= at

    def is_proposed(self, at: dt.datetime) -> bool:
        return self.active and self.valid_from is not None and self.valid_from > at


class PhrasingQuerySet(EmbeddedQuerySet):
    def approved(self):
        return self.filter(state=Phrasing.State.APPROVED)

    def proposed(self):
        return self.filter(state=Phrasing.State.PROPOSED)

    def of_active_answers(self):
        return self.filter(learned_answer__active=True)


class Phrasing(Embedded):
    """One way of asking for a learned answer."""

    class State(models.TextChoices):
        APPROVED = "approved", "she follows it"
        PROPOSED = "proposed", "proposed"
        NEGATIVE = "negative", "not this question"

    learned_answer = models.ForeignKey(LearnedAnswer, models.PROTECT, related_name="phrasings")
    text = models.CharField(max_length=QUESTION_LIMIT)
    key = models.CharField(max_length=64, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.APPROVED)
    source = models.CharField("where it came from", max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PhrasingQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["learned_answer", "key"], name="phrasing_once_per_answer"),
            has_vectors("phrasing"),
        ]

    def __str__(self) -> str:
        return self.text[:80]
