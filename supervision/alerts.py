"""Tells the supervisors on duty, by text, of what is asked: each in his own name for it, and not without end."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from supervision import messages, notes, push
from supervision.models import HelpRequest, Message, Supervisor

ALERT = Message.Purpose.ALERT
HOUR = timedelta(hours=1)
OVERTAKES = timedelta(hours=1)  # an emergency leaves before what has waited for so long
GATHERED = timedelta(minutes=2)  # what is too much for a text each is counted for so long, and then told in one
SPARE = 4  # one more emergency is told for so many questions an hour: the cap is not its end


def send(help_request: HelpRequest, *, at: datetime) -> None:
    """A text and a notice to each supervisor on duty, once for each round; once more when it becomes an emergency."""
    if help_request.practice:
        return
    push.ask(help_request, emergency=notes.is_emergency(help_request), at=at)
    for supervisor in Supervisor.objects.on_duty().select_related("user"):
        if _has_room(supervisor, help_request, at):
            _send(supervisor, help_request, at)
        else:
            _sum_up(supervisor, at)


def word_anew(help_request: HelpRequest, *, at: datetime) -> None:
    """What has not left yet says what is asked now; what has left stays."""
    for alert in help_request.alerts.waiting().filter(purpose=ALERT).select_related("supervisor"):
        waits = Message.objects.filter(pk=alert.pk, state=alert.state)
        waits.update(text=notes.alert(help_request, alert.supervisor, at))


def hand_over(help_request: HelpRequest, *, to: AbstractBaseUser, by: AbstractBaseUser, at: datetime) -> None:
    """A text to the colleague who gets it, if he is on duty; each time, as it was given to him by hand."""
    if help_request.practice:
        return
    for supervisor in Supervisor.objects.on_duty().filter(user=to).select_related("user"):
        messages.queue_apart(
            subject=f"{help_request.pk}:{help_request.round}:handed:{at:%Y%m%d%H%M}",
            recipient=supervisor.phone,
            purpose=ALERT,
            text=notes.handed(help_request, supervisor, by, at),
            supervisor=supervisor,
            about=help_request,
            round=help_request.round,
            release_at=at,
            at=at,
        )


def _has_room(supervisor: Supervisor, help_request: HelpRequest, at: datetime) -> bool:
    most = settings.ALERTS_PER_HOUR
    if notes.is_emergency(help_request):
        most += most // SPARE
    return _lately(supervisor, at).count() < most


def _send(supervisor: Supervisor, help_request: HelpRequest, at: datetime) -> Message:
    emergency = notes.is_emergency(help_request)
    return messages.queue_apart(
        subject=f"{help_request.pk}:{help_request.round}{':emergency' if emergency else ''}",
        recipient=supervisor.phone,
        purpose=ALERT,
        text=notes.alert(help_request, supervisor, at),
        supervisor=supervisor,
        about=help_request,
        round=help_request.round,
        release_at=at - OVERTAKES if emergency else at,
        at=at,
    )


def _sum_up(supervisor: Supervisor, at: datetime) -> None:
    """One text an hour says how many more wait; while it waits itself, it counts on."""
    subject = f"more:{supervisor.pk}:{at:%Y%m%d%H}"
    if Message.objects.filter(key__startswith=f"{subject}:").exclude(state=Message.State.QUEUED).exists():
        return
    text = notes.render("more", count=_untold(supervisor, at))
    summed_up = messages.queue_apart(
        subject=subject,
        recipient=supervisor.phone,
        purpose=ALERT,
        text=text,
        supervisor=supervisor,
        release_at=at + GATHERED,
        at=at,
    )
    Message.objects.filter(pk=summed_up.pk, state=Message.State.QUEUED).update(text=text)


def _untold(supervisor: Supervisor, at: datetime) -> int:
    """How many questions of the last hour wait of which this supervisor was not told."""
    told = _lately(supervisor, at).values("about")
    asked = HelpRequest.objects.pending().filter(practice=False, created_at__gt=at - HOUR)
    return asked.exclude(pk__in=told).count()


def _lately(supervisor: Supervisor, at: datetime):
    alerts = Message.objects.filter(supervisor=supervisor, purpose=ALERT, about__isnull=False, created_at__gt=at - HOUR)
    return alerts.exclude(state=Message.State.CANCELLED)
