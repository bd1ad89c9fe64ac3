"""What a caller was told will happen and by when, and what he has agreed to."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class PromiseQuerySet(models.QuerySet):
    def open(self) -> "PromiseQuerySet":
        """Neither kept, nor broken, nor withdrawn."""
        return self.filter(state__in=Promise.OPEN)

    def to_look_at(self) -> "PromiseQuerySet":
        """Those about which something must still be done, at `look_at`."""
        return self.open().filter(look_at__isnull=False)


class Promise(models.Model):
    class Kind(models.TextChoices):
        TEXT = "text", "a text"
        CALL_BACK = "call_back", "a call back"
        NONE = "none", "none: please call again"

    class State(models.TextChoices):
        MADE = "made", "made"
        HEARD = "heard", "heard"
        REMINDED = "reminded", "reminded"
        EXTENDED = "extended", "extended"
        KEPT = "kept", "kept"
        BROKEN = "broken", "broken"
        WITHDRAWN = "withdrawn", "withdrawn"

    OPEN = (State.MADE, State.HEARD, State.REMINDED, State.EXTENDED)

    help_request = models.ForeignKey("supervision.HelpRequest", models.PROTECT, related_name="promises")
    round = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=9, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.MADE)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)
    heard_at = models.DateTimeField(null=True, blank=True)  # it counts from here
    settled_at = models.DateTimeField(null=True, blank=True)
    # The ledger: when it must be looked at next, and what was done about it so far.
    look_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)  # those on duty, at half time
    escalated_at = models.DateTimeField(null=True, blank=True)  # the next in line, near the end
    extended_at = models.DateTimeField(null=True, blank=True)  # the caller was told "still checking", with a new time

    objects = PromiseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["look_at"],
                name="promise_to_look_at",
                condition=Q(state__in=("made", "heard", "reminded", "extended")),
            ),
            models.Index(fields=["settled_at"], name="promise_settled"),  # the day's figures
            models.Index(fields=["made_at"], name="promise_made"),  # the list
        ]
        constraints = [
            models.UniqueConstraint(fields=["help_request", "round"], name="promise_one_per_round"),
            models.CheckConstraint(
                condition=Q(state__in=("kept", "broken", "withdrawn"), settled_at__isnull=False)
                | Q(settled_at__isnull=True) & ~Q(state__in=("kept", "broken", "withdrawn")),
                name="promise_settled_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class Consent(models.Model):
    """A yes to texts, with its words; a number typed into the practice page or given on the command line is one."""

    caller = models.ForeignKey("supervision.Caller", models.PROTECT, related_name="consents")
    call = models.ForeignKey("supervision.Call", models.PROTECT, null=True, blank=True, related_name="consents")
    words = models.CharField(max_length=500)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"given {timezone.localtime(self.given_at):%d %b %H:%M}"
