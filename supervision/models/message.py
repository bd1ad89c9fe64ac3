"""A text that must reach a person, and every try to bring it there."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone


class MessageQuerySet(models.QuerySet):
    def due(self, at: datetime) -> "MessageQuerySet":
        """May be sent now: its time has come, and nothing earlier of the same request is still on its way."""
        earlier = Message.objects.filter(
            help_request=OuterRef("help_request"),
            recipient=OuterRef("recipient"),
            id__lt=OuterRef("id"),
            state__in=Message.ON_ITS_WAY,
        )
        return self.filter(~Exists(earlier), state=Message.State.QUEUED, release_at__lte=at)

    def waiting(self) -> "MessageQuerySet":
        """Not yet on its way: can still be cancelled."""
        return self.filter(state__in=(Message.State.QUEUED, Message.State.HELD))

    def on_the_line(self) -> "MessageQuerySet":
        """Held for a call, or being spoken in it."""
        return self.filter(state__in=(Message.State.HELD, Message.State.SPEAKING))

    def left_on_the_line(self, at: datetime) -> "MessageQuerySet":
        """Held for a call, or being spoken in it, though nobody has beaten for that call lately."""
        return self.on_the_line().filter(release_at__lte=at)

    def unknown(self, at: datetime) -> "MessageQuerySet":
        """Perhaps sent, and it is time to ask the provider."""
        return self.filter(state=Message.State.UNKNOWN, release_at__lte=at, rides_with=None)

    def gone(self) -> "MessageQuerySet":
        """Has reached the caller, or may have: whatever follows can only correct it."""
        S = Message.State
        return self.filter(state__in=(S.SENDING, S.SENT, S.DELIVERED, S.UNKNOWN, S.UNDECIDED, S.SPEAKING, S.TOLD))

    def abandoned(self, at: datetime) -> "MessageQuerySet":
        """Being sent by a process that has not come back within its lease."""
        return self.filter(state=Message.State.SENDING, lease_until__lte=at, rides_with=None)


class Message(models.Model):
    class Purpose(models.TextChoices):
        ANSWER = "answer", "answer"
        CORRECTION = "correction", "correction"
        STILL_CHECKING = "still_checking", "still checking"
        CLOSING = "closing", "closing"
        DISREGARD = "disregard", "disregard the last one"
        REPLY = "reply", "reply"  # to what a caller texted
        UNANSWERED_CALL = "unanswered_call", "unanswered call"
        ALERT = "alert", "alert"  # from here on: to a supervisor
        REMINDER = "reminder", "reminder"
        CONFIRMATION = "confirmation", "confirmation"
        TEST = "test", "test"

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        SENDING = "sending", "sending"
        SENT = "sent", "sent"
        DELIVERED = "delivered", "delivered"
        UNDELIVERED = "undelivered", "undelivered"
        REFUSED = "refused", "refused"
        UNKNOWN = "unknown", "unknown"
        UNDECIDED = "undecided", "undecided"
        HELD = "held", "held for the call"
        SPEAKING = "speaking", "being spoken"
        TOLD = "told", "told in the call"
        CANCELLED = "cancelled", "cancelled"

    class CancelledBecause(models.TextChoices):
        SUPERSEDED = "superseded", "superseded by another"
        OPTED_OUT = "opted_out", "the caller has opted out"
        UNDONE = "undone", "undone by a supervisor"
        EXPIRED = "expired", "expired"
        UNREACHABLE = "unreachable", "the caller cannot be reached"
        ERASED = "erased", "the caller's data was erased"

    ON_ITS_WAY = (State.QUEUED, State.SENDING, State.UNKNOWN)
    RIDING = (State.SENDING, State.UNKNOWN, State.UNDECIDED, State.SENT)  # may move with the one it rides with
    ANSWERS = (Purpose.ANSWER, Purpose.CORRECTION)
    TO_SUPERVISORS = (Purpose.ALERT, Purpose.REMINDER, Purpose.CONFIRMATION)

    key = models.CharField(max_length=120, unique=True)  # subject, recipient, purpose, round: one row per meaning
    help_request = models.ForeignKey(
        "supervision.HelpRequest", models.PROTECT, null=True, blank=True, related_name="messages"
    )
    call = models.ForeignKey(
        "supervision.Call", models.PROTECT, null=True, blank=True, related_name="messages"
    )  # the call it is held for
    # A supervisor's text is about a help request too, but none of those that its caller gets.
    supervisor = models.ForeignKey(
        "supervision.Supervisor", models.PROTECT, null=True, blank=True, related_name="messages"
    )
    about = models.ForeignKey("supervision.HelpRequest", models.PROTECT, null=True, blank=True, related_name="alerts")
    names = models.ManyToManyField("supervision.HelpRequest", blank=True, related_name="+")  # of several, in one text
    inbound = models.ForeignKey(
        "supervision.InboundText", models.PROTECT, null=True, blank=True, related_name="answers"
    )  # what it replies to
    rides_with = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="riders", db_index=False
    )  # the one whose text holds this one's too, and whose fate it shares
    recipient = models.CharField(max_length=16, blank=True)  # E.164, copied; "" when nobody can be texted
    purpose = models.CharField(max_length=16, choices=Purpose)
    round = models.PositiveSmallIntegerField(default=1)  # the help request's: a reopening outdates what still waits
    text = models.TextField(max_length=2000)  # final, copied
    tells = models.CharField(max_length=64, blank=True)  # the same for who is told the same answer to the same question
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    cancelled_because = models.CharField(max_length=12, choices=CancelledBecause, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    release_at = models.DateTimeField(default=timezone.now)  # not before: undo, quiet hours, back-off, the call's beats
    lease_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)  # sent, told, refused, cancelled …
    not_found_at = models.DateTimeField(null=True, blank=True)  # unknown: first missing from the provider's list
    asked_in_vain = models.PositiveSmallIntegerField(default=0)  # unknown: how often the provider could not tell
    provider_id = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=200, blank=True)  # for people: why it was refused or is unknown
    error_code = models.CharField(max_length=10, blank=True)  # the provider's own
    delivered_at = models.DateTimeField(null=True, blank=True)
    cut_off = models.BooleanField(default=False)  # leaves from speaking: begins "In case we were cut off:"

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # the ticker's question, each second: what must move, and when
            models.Index(
                fields=["release_at"],
                name="message_to_move",
                condition=Q(state__in=("queued", "held", "speaking", "unknown")),
            ),
            models.Index(fields=["lease_until"], name="message_being_sent", condition=Q(state="sending")),
            models.Index(fields=["rides_with"], name="message_riding", condition=Q(rides_with__isnull=False)),
            models.Index(fields=["state", "created_at"], name="message_of_state"),  # the desk: what failed lately
            models.Index(fields=["recipient"], name="message_of_number"),  # what a number has had; also by its prefix
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rides_with=None) | Q(provider_id=""), name="message_provider_id_is_the_carriers"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("queued", "sending", "sent", "delivered")) | ~Q(recipient=""),
                name="message_sent_has_recipient",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | ~Q(state="sending") & Q(lease_until__isnull=True),
                name="message_lease_only_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled") & ~Q(cancelled_because="")
                | ~Q(state="cancelled") & Q(cancelled_because=""),
                name="message_cancelled_has_reason",
            ),
            models.UniqueConstraint(
                fields=["provider_id"], condition=~Q(provider_id=""), name="message_provider_id_owned_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} ({self.get_state_display()})"


class Attempt(models.Model):
    """One try to hand a message to the provider, committed before the provider is asked."""

    class Outcome(models.TextChoices):
        OPEN = "open", "under way"
        SENT = "sent", "sent"
        REFUSED = "refused", "refused"
        NOT_SENT = "not_sent", "not sent"
        UNKNOWN = "unknown", "unknown"

    message = models.ForeignKey(Message, models.PROTECT, related_name="attempts")
    backend = models.CharField(max_length=100)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OPEN)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["started_at"], name="attempt_begun")]  # how many there were in the last hour

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} at {timezone.localtime(self.started_at):%H:%M:%S}"
