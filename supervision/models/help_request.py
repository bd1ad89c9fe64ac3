"""A question that only a person can answer, from the moment it is asked until somebody has."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from supervision.models.promise import Promise


class HelpRequestQuerySet(models.QuerySet):
    def pending(self) -> "HelpRequestQuerySet":
        return self.filter(status=HelpRequest.Status.PENDING)

    def answerable(self) -> "HelpRequestQuerySet":
        return self.filter(status__in=(HelpRequest.Status.PENDING, HelpRequest.Status.UNRESOLVED))

    def overdue(self, at: datetime) -> "HelpRequestQuerySet":
        return self.pending().filter(expires_at__lte=at)

    def unclaimed(self, at: datetime) -> "HelpRequestQuerySet":
        return self.filter(Q(claimed_by=None) | Q(claimed_until__lte=at))

    def handed_in_vain(self, at: datetime) -> "HelpRequestQuerySet":
        """Given to a colleague who has not taken it in time."""
        return self.filter(handed_by__isnull=False, claimed_until__lte=at)

    def by_promise(self) -> "HelpRequestQuerySet":
        return self.order_by("promised_by", "created_at")


class HelpRequest(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        RESOLVED = "resolved", "resolved"
        UNRESOLVED = "unresolved", "unresolved"

    class ClosedBecause(models.TextChoices):
        ANSWERED = "answered", "answered"
        TOLD_BY_PHONE = "told_by_phone", "told by phone"
        MERGED = "merged", "merged with another"
        WITHDRAWN = "withdrawn", "withdrawn by the caller"
        NONSENSE = "nonsense", "not a question"
        LEFT = "left", "left by a supervisor"
        TIMED_OUT = "timed_out", "timed out"

    class Priority(models.TextChoices):
        NORMAL = "normal", "normal"
        URGENT = "urgent", "urgent"

    class Scope(models.TextChoices):
        EVERYONE = "everyone", "everyone who asks"
        CALLER = "caller", "this caller only"

    RESOLVED_BECAUSE = (ClosedBecause.ANSWERED, ClosedBecause.TOLD_BY_PHONE, ClosedBecause.MERGED)
    UNRESOLVED_BECAUSE = (
        ClosedBecause.WITHDRAWN,
        ClosedBecause.NONSENSE,
        ClosedBecause.LEFT,
        ClosedBecause.TIMED_OUT,
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=8, db_index=True)  # K7: what people say; unique while it matters
    call = models.ForeignKey("supervision.Call", models.PROTECT, related_name="help_requests")
    calls = models.ManyToManyField("supervision.Call", blank=True, related_name="attached_help_requests")
    caller = models.ForeignKey(
        "supervision.Caller", models.PROTECT, null=True, blank=True, related_name="help_requests"
    )
    utterance = models.ForeignKey("supervision.Utterance", models.PROTECT, null=True, blank=True, related_name="+")
    customer_phone = models.CharField(max_length=16, blank=True)  # the number to text, copied when it was given
    question = models.TextField(max_length=4000)  # the caller's own words
    note = models.TextField(max_length=4000, blank=True)  # the model's wording
    question_key = models.CharField(max_length=64, db_index=True)  # sha256 of the normalised question
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    closed_because = models.CharField(max_length=14, choices=ClosedBecause, blank=True)
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.NORMAL)
    practice = models.BooleanField(default=False)
    round = models.PositiveSmallIntegerField(default=1)  # raised by every reopening
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    promised_by = models.DateTimeField()  # what the caller was told
    expires_at = models.DateTimeField()  # alone makes it unresolved
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    claimed_until = models.DateTimeField(null=True, blank=True)
    handed_by = models.ForeignKey(  # who gave the claim away, until the other has taken it
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)  # nobody is reminded before
    supervisor_response = models.TextField(max_length=1000, blank=True)
    responded_at = models.DateTimeField(null=True, blank=True)  # when it was closed, by a person or by the clock
    responded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    scope = models.CharField(max_length=8, choices=Scope, blank=True)
    learned_answer = models.ForeignKey(
        "knowledge.LearnedAnswer", models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = HelpRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["promised_by"], name="help_waiting", condition=Q(status="pending")),  # the desk
            models.Index(fields=["expires_at"], name="help_expiring", condition=Q(status="pending")),  # the ticker
            models.Index(  # the ticker
                fields=["claimed_until"], name="help_handed", condition=Q(handed_by__isnull=False)
            ),
            models.Index(fields=["status", "responded_at"], name="help_closed"),  # the desk: the last ones, today's
            models.Index(fields=["status", "created_at"], name="help_of_status"),  # what is left to teach; the list
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["caller", "question_key"],
                condition=Q(status="pending", caller__isnull=False),
                name="help_one_pending_per_caller_and_question",
            ),
            models.UniqueConstraint(
                fields=["call", "question_key"],
                condition=Q(status="pending", caller__isnull=True),
                name="help_one_pending_per_call_and_question",
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=Q(status="pending"), name="help_reference_unique_while_pending"
            ),
            models.CheckConstraint(
                condition=Q(status="pending", closed_because="", responded_at__isnull=True)
                | Q(status="resolved", closed_because__in=("answered", "told_by_phone", "merged"))
                & Q(responded_at__isnull=False)
                & ~Q(supervisor_response="")
                | Q(status="unresolved", closed_because__in=("withdrawn", "nonsense", "left", "timed_out"))
                & Q(responded_at__isnull=False),
                name="help_closed_has_reason_and_time",
            ),
            models.CheckConstraint(condition=Q(expires_at__gte=F("created_at")), name="help_expires_after_created"),
        ]

    def __str__(self) -> str:
        return self.reference

    def is_claimed(self, at: datetime) -> bool:
        return self.claimed_by_id is not None and self.claimed_until is not None and self.claimed_until > at

    def is_handed_to(self, user: AbstractBaseUser, at: datetime) -> bool:
        """A colleague gave it to this one, who has not taken it yet."""
        return self.handed_by_id is not None and self.claimed_by_id == user.pk and self.is_claimed(at)

    @cached_property
    def current_promise(self) -> "Promise | None":
        """What the caller was told in this round; asks nothing of the database where that is known already."""
        return next((promise for promise in self.promises.all() if promise.round == self.round), None)

    @property
    def is_answerable(self) -> bool:
        return self.status in (self.Status.PENDING, self.Status.UNRESOLVED)
