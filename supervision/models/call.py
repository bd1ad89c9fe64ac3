"""A conversation, what was said in it, and which stored answers were spoken."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

FRESH = timedelta(seconds=3)  # a beat older than this is no sign of life
GONE = timedelta(seconds=10)  # a typed call whose page or process has been away for so long ends
TEXTS_GONE = timedelta(hours=1)  # a conversation by text ends when nothing was said in it for so long


class CallQuerySet(models.QuerySet):
    def open(self) -> "CallQuerySet":
        """The time is asked for, too: by it the few that are open are found among all that ever were."""
        return self.filter(state__in=Call.OPEN, ended_at=None)

    def typed(self) -> "CallQuerySet":
        """Conversations whose turns are taken from rows and answered into rows."""
        return self.filter(channel__in=(Call.Channel.PRACTICE, Call.Channel.TEXT))

    def practised(self) -> "CallQuerySet":
        """Typed on a page of the desk."""
        return self.filter(channel=Call.Channel.PRACTICE)

    def by_text(self) -> "CallQuerySet":
        return self.filter(channel=Call.Channel.TEXT)

    def faded(self, since: datetime) -> "CallQuerySet":
        """Conversations by text in which nothing has come since then, and everything has its reply."""
        waiting = Utterance.objects.filter(call=OuterRef("pk"), speaker="caller", answered_at=None)
        return self.by_text().filter(~Exists(waiting), Q(seen_at=None) | Q(seen_at__lte=since))

    def spoken(self) -> "CallQuerySet":
        """Calls with a room on LiveKit."""
        return self.filter(channel__in=Call.SPOKEN_CHANNELS)

    def in_terminals(self) -> "CallQuerySet":
        return self.filter(channel=Call.Channel.CONSOLE)

    def gone(self, since: datetime) -> "CallQuerySet":
        """Practice calls whose page, and console calls whose process, has given no sign of life since then."""
        page_is_gone = Q(channel=Call.Channel.PRACTICE) & (Q(seen_at=None) | Q(seen_at__lte=since))
        return self.filter(page_is_gone | Q(channel=Call.Channel.CONSOLE, beat_at__lte=since))

    def listening(self, at: datetime) -> "CallQuerySet":
        """Open calls whose caller can hear her now: the job that holds the call beats, and a page, if any, is there.

        Nobody listens in a conversation by text: what is answered later is a text of its own.
        """
        return (
            self.open()
            .filter(beat_at__gt=at - FRESH)
            .exclude(channel=Call.Channel.TEXT)
            .exclude(Q(channel=Call.Channel.PRACTICE) & (Q(seen_at=None) | Q(seen_at__lte=at - FRESH)))
        )

    def unheld(self, at: datetime) -> "CallQuerySet":
        """Calls that no living job holds."""
        return self.filter(Q(beat_at=None) | Q(beat_at__lte=at - FRESH))


class Call(models.Model):
    class Channel(models.TextChoices):
        PHONE = "phone", "telephone"
        BROWSER = "browser", "browser"
        PRACTICE = "practice", "practice"
        CONSOLE = "console", "console"
        TEXT = "text", "text"

    class State(models.TextChoices):
        RINGING = "ringing", "ringing"
        ANSWERED = "answered", "answered"
        HOLDING = "holding", "holding"
        TAKEN_OVER = "taken_over", "taken over"
        TRANSFERRING = "transferring", "transferring"
        ENDED = "ended", "ended"
        MISSED = "missed", "missed"
        LOST = "lost", "lost"

    class EndedBecause(models.TextChoices):
        CALLER = "caller", "the caller hung up"
        GOODBYE = "goodbye", "said goodbye"
        SILENCE = "silence", "nobody spoke"
        TOO_LONG = "too_long", "the time for a call was up"
        LINE = "line", "the line was lost"
        BUSY = "busy", "all lines were busy"
        UNANSWERED = "unanswered", "nobody answered"
        DESK = "desk", "ended by a supervisor"
        TRANSFERRED = "transferred", "put through"
        FAULT = "fault", "something failed"

    OPEN = (State.RINGING, State.ANSWERED, State.HOLDING, State.TAKEN_OVER, State.TRANSFERRING)
    PRACTICE_CHANNELS = (Channel.PRACTICE, Channel.CONSOLE)
    SPOKEN_CHANNELS = (Channel.PHONE, Channel.BROWSER)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    caller = models.ForeignKey("supervision.Caller", models.PROTECT, null=True, blank=True, related_name="calls")
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=12, choices=State, default=State.ANSWERED)
    practised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # The job that holds it, how often it changed hands, and its last sign of life. A beat without a row: replaced.
    holder = models.CharField(max_length=64, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, blank=True)
    # The last sign of life of the page on which a practice call is typed; by text: when the last one came.
    seen_at = models.DateTimeField(null=True, blank=True)

    # LiveKit's room; null for a typed call. The dispatch rule makes sure that no caller's number is part of it.
    room = models.CharField(max_length=120, null=True, blank=True, unique=True, editable=False)
    greeted_at = models.DateTimeField(null=True, blank=True)  # when the greeting had been heard whole
    off_the_record = models.BooleanField(default=False)  # "no" to being transcribed: only a message is kept
    ended_because = models.CharField(max_length=12, choices=EndedBecause, blank=True)
    taken_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    # What it took of each vendor, a list for each part, as a vendor may have been replaced during the call:
    # {"llm": [{"provider": …, "model": …, "input_tokens": …, "output_tokens": …}],
    # "voice": [{…, "characters": …, "seconds": …}], "ears": [{…, "seconds": …}]}
    usage = models.JSONField(default=dict, blank=True)
    recording = models.CharField(max_length=200, blank=True)  # a file's name in RECORDINGS_DIR, while it is kept

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        permissions = [
            ("practise", "Can make practice calls"),
            ("listen", "Can listen in to calls"),
            ("take_over", "Can take over calls"),
        ]
        indexes = [
            # read each second by the sweep and by the agent
            models.Index(fields=["started_at"], name="call_open", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["state", "started_at"], name="call_of_state"),  # the desk: what was missed lately
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("ended", "missed", "lost"), ended_at__isnull=False)
                | Q(ended_at__isnull=True) & ~Q(state__in=("ended", "missed", "lost")),
                name="call_ended_has_time",
            ),
            models.UniqueConstraint(
                fields=["caller"],
                condition=Q(channel="text", ended_at__isnull=True),
                name="call_one_open_by_text_per_caller",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} call of {timezone.localtime(self.started_at):%d %b %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_practice(self) -> bool:
        """Typed or spoken by a supervisor who plays the caller."""
        return self.channel in self.PRACTICE_CHANNELS or self.practised_by_id is not None

    @property
    def is_spoken(self) -> bool:
        return self.channel in self.SPOKEN_CHANNELS

    @property
    def phone_to_text(self) -> str:
        """The number for this call's answers: the caller's own, else one given in it, which is no identity; or ""."""
        if self.caller and self.caller.may_be_texted:
            return self.caller.phone or ""
        agreed = self.consents.filter(withdrawn_at=None, caller__opted_out_at=None, caller__unreachable_since=None)
        given = agreed.select_related("caller").order_by("id").last()
        return (given and given.caller.phone) or ""

    def is_listening(self, at: datetime) -> bool:
        """As the queryset's `listening`."""
        if self.channel == self.Channel.TEXT:
            return False
        signs = (self.beat_at, self.seen_at) if self.channel == self.Channel.PRACTICE else (self.beat_at,)
        return self.is_open and all(sign is not None and sign > at - FRESH for sign in signs)


class Utterance(models.Model):
    """One thing said. A caller's typed words wait, unanswered, until the agent has replied into another row."""

    class Speaker(models.TextChoices):
        CALLER = "caller", "caller"
        RECEPTIONIST = "receptionist", "receptionist"
        SUPERVISOR = "supervisor", "supervisor"

    call = models.ForeignKey(Call, models.PROTECT, related_name="utterances")
    speaker = models.CharField(max_length=12, choices=Speaker)
    text = models.TextField(max_length=4000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)  # null: her words are still being produced
    heard_at = models.DateTimeField(null=True, blank=True)  # played whole, shown on the page, or written
    interrupted = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True, blank=True)  # a caller's typed words: when she had replied to them
    # her reply to this caller's utterance: one, however often the agent is killed while it writes it
    reply_to = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reply")
    # what she asked and waits for, so that a conversation can be rebuilt: {"kind": "do_you_mean", …}
    asks = models.JSONField(default=dict, blank=True)
    message = models.ForeignKey(
        "supervision.Message", models.PROTECT, null=True, blank=True, related_name="utterances"
    )  # the held message spoken here
    promise = models.ForeignKey(
        "supervision.Promise", models.PROTECT, null=True, blank=True, related_name="utterances"
    )  # the promise made here
    latency_ms = models.PositiveIntegerField(null=True, blank=True)  # from the caller's words to her first
    # the same in its parts, in ms: {"turn_end": …, "hearing": …, "thinking": …, "voice": …}; spoken calls only
    latency = models.JSONField(default=dict, blank=True)
    # how the page that sent it names it: what is sent again after a cut is not said twice
    client_id = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            # the typed turns that wait for her: read by the agent at every doorbell
            models.Index(fields=["call"], name="utterance_unanswered", condition=Q(speaker="caller", answered_at=None)),
            models.Index(fields=["created_at"], name="utterance_said"),  # what was said today
        ]

    def __str__(self) -> str:
        return f"{self.get_speaker_display()} at {timezone.localtime(self.created_at):%H:%M:%S}"


class Citation(models.Model):
    """Which stored answer an utterance spoke, word for word."""

    utterance = models.ForeignKey(Utterance, models.PROTECT, related_name="citations")
    source = models.CharField(
        max_length=80, db_index=True
    )  # a candidate's id: learned:<uuid>, service:<id>, hours:<date>
    learned_answer = models.ForeignKey(
        "knowledge.LearnedAnswer", models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.TextField(max_length=2000)

    def __str__(self) -> str:
        return self.source
