"""A text that somebody sent us, once, however often the provider tells of it."""

from django.db import models
from django.utils import timezone


class InboundText(models.Model):
    class Meaning(models.TextChoices):
        UNREAD = "unread", "not read yet"
        STOP = "stop", "wants no texts"
        START = "start", "wants texts again"
        HELP = "help", "asked who we are"
        THANKS = "thanks", "confirmed"
        NOT_THAT = "not_that", "not what was asked"
        QUESTION = "question", "a question"
        EMERGENCY = "emergency", "emergency words"
        ANSWER = "answer", "a supervisor's answer"
        COMMAND = "command", "a supervisor's command"
        WRONG = "wrong", "nothing that was expected"
        IGNORED = "ignored", "ignored"

    provider_id = models.CharField(max_length=64, unique=True)
    sender = models.CharField(max_length=20, db_index=True)  # E.164, or a short code
    recipient = models.CharField(max_length=20, blank=True)  # our number
    text = models.TextField(max_length=4000, blank=True)
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    read_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)  # to read it, that failed
    try_at = models.DateTimeField(default=timezone.now)  # not before
    meaning = models.CharField(max_length=10, choices=Meaning, default=Meaning.UNREAD)
    # What it was about, once it was read.
    supervisor = models.ForeignKey(
        "supervision.Supervisor", models.PROTECT, null=True, blank=True, related_name="texts"
    )
    caller = models.ForeignKey("supervision.Caller", models.PROTECT, null=True, blank=True, related_name="texts")
    help_request = models.ForeignKey(
        "supervision.HelpRequest", models.PROTECT, null=True, blank=True, related_name="replies"
    )
    call = models.ForeignKey("supervision.Call", models.PROTECT, null=True, blank=True, related_name="texts")

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            # the ticker's question: what is to be read, and when
            models.Index(fields=["try_at"], name="inbound_to_read", condition=models.Q(read_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} at {timezone.localtime(self.received_at):%d %b %H:%M}"
