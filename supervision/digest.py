"""Each morning: which promises are open and which were broken, what nobody has answered, which texts did not arrive."""

import logging
import smtplib
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core import mail
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from knowledge.models import Salon
from supervision import live
from supervision.gaps import Gap, most_asked
from supervision.models import Digest, Message, Promise

log = logging.getLogger(__name__)
LISTED = 20  # of each kind; the pages have the rest
GAPS = 10
FIRST = timedelta(days=1)  # what the very first one looks back on
PATIENCE = 15.0  # seconds in one job: a slow mail server must not be cut mid-sentence
LONGEST_WAIT = timedelta(hours=1)  # between two tries


@dataclass(frozen=True)
class Summary:
    since: datetime
    open: list[Promise]
    open_count: int
    broken: list[Promise]
    broken_count: int
    gaps: list[Gap]
    not_arrived: list[Message]
    not_arrived_count: int

    @property
    def is_empty(self) -> bool:
        return not (self.open or self.broken or self.gaps or self.not_arrived)


def make_due() -> None:
    """What the worker runs: the morning's digest is made once, and mailed until everybody has it."""
    now = timezone.now()
    make(at=now)
    mail_due(at=now)


def make(*, at: datetime) -> Digest | None:
    """The day's digest, once it is time; None before. However many mornings were missed, it is one, of today."""
    salon = Salon.objects.first()
    local = salon and at.astimezone(salon.zone)
    if local is None or local.time() < settings.DIGEST_AT:
        return None
    return Digest.objects.get_or_create(day=local.date(), defaults={"made_at": at, "try_at": at})[0]


def summary(day: date | None = None, *, at: datetime) -> Summary:
    """How things stand, and what has happened since the digest before that day's."""
    earlier = Digest.objects.filter(day__lt=day) if day else Digest.objects.all()
    since = earlier.order_by("-day").values_list("made_at", flat=True).first() or at - FIRST
    promises = Promise.objects.filter(help_request__practice=False).select_related("help_request")
    waiting = promises.open().exclude(state=Promise.State.MADE).order_by("due_at")
    broken = promises.filter(state=Promise.State.BROKEN, settled_at__gt=since).order_by("settled_at")
    lost = _not_arrived(since)
    return Summary(
        since=since,
        open=list(waiting[:LISTED]),
        open_count=waiting.count(),
        broken=list(broken[:LISTED]),
        broken_count=broken.count(),
        gaps=most_asked(at=at, limit=GAPS),
        not_arrived=list(lost[:LISTED]),
        not_arrived_count=lost.count(),
    )


def recipients() -> list[AbstractBaseUser]:
    """Supervisors who may see help requests and have an e-mail address."""
    staff = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(email="").order_by("pk")
    return [user for user in staff if user.has_perm("supervision.view_helprequest")]


def mail_due(*, at: datetime) -> int:
    """Mail the newest digest to who lacks it; returns to how many. What fails is tried again.

    Tomorrow's takes its place. Who was just mailed when his process was killed gets it once more.
    """
    digest = Digest.objects.order_by("-day").first()
    if digest is None or digest.mailed_at or not _claim(digest, at):
        return 0
    left = [user for user in recipients() if user.pk not in digest.mailed_to]
    had, error = len(digest.mailed_to), ""
    try:
        _mail(digest, left, at)
    except Exception as failure:
        error = _in_words(failure)
        log.warning("the digest of %s could not be mailed (%s)", digest.day, error)
    _note(digest, error, at)
    return len(digest.mailed_to) - had


def _claim(digest: Digest, at: datetime) -> bool:
    """The try is noted before it is made; two processes never mail at a time."""
    wait = min(LONGEST_WAIT, timedelta(minutes=2) * 2 ** min(digest.tries, 10))
    mine = Digest.objects.filter(pk=digest.pk, mailed_at=None, tries=digest.tries, try_at__lte=at)
    return bool(mine.update(tries=F("tries") + 1, try_at=at + wait))


def _mail(digest: Digest, users: list[AbstractBaseUser], at: datetime) -> None:
    """One letter each, so that one bad address costs nobody else his; raises the last failure."""
    if not users:
        return
    texts = _texts(digest, at)
    failure, begun = None, time.monotonic()
    with mail.get_connection() as connection:
        for user in users:
            if time.monotonic() - begun > PATIENCE:
                raise TimeoutError
            try:
                _letter(digest, user, texts, connection).send()
            except smtplib.SMTPServerDisconnected:
                raise
            except smtplib.SMTPException as error:
                failure = error
            else:
                digest.mailed_to.append(user.pk)
                Digest.objects.filter(pk=digest.pk).update(mailed_to=digest.mailed_to)
    if failure:
        raise failure


def _letter(digest: Digest, user: AbstractBaseUser, texts: tuple[str, str, str], connection) -> mail.EmailMessage:
    subject, body, page = texts
    headers = {
        "Message-ID": f"<digest-{digest.day}-{user.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",  # sent twice: one
        "Auto-Submitted": "auto-generated",
    }
    letter = mail.EmailMultiAlternatives(subject, body, to=[user.email], headers=headers, connection=connection)
    letter.attach_alternative(page, "text/html")
    return letter


def _texts(digest: Digest, at: datetime) -> tuple[str, str, str]:
    """Subject, plain text and HTML."""
    salon = Salon.objects.current()
    context = {"salon": salon, "digest": digest, "summary": summary(digest.day, at=at), "base": settings.PUBLIC_URL}
    with timezone.override(salon.zone):
        names = ("subject.txt", "body.txt", "letter.html")
        subject, body, page = (render_to_string(f"supervision/digest/{name}", context) for name in names)
    return " ".join(subject.split()), body.strip() + "\n", page


@transaction.atomic
def _note(digest: Digest, error: str, at: datetime) -> None:
    digest.error = error[:200]
    digest.mailed_at = None if error else at
    digest.save(update_fields=["error", "mailed_at"])
    live.emit(live.DESK, "digest_failed" if error else "digest_mailed", reason=error, day=digest.day.isoformat())


def _in_words(failure: Exception) -> str:
    """For people, and without addresses or a server's own words, which may quote them."""
    name = type(failure).__name__
    if isinstance(failure, smtplib.SMTPAuthenticationError):
        return f"the mail server refuses our name or password ({failure.smtp_code})"
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return "the mail server refuses a supervisor's address"
    if isinstance(failure, OSError):  # SMTPException is one too
        return f"the mail server cannot be reached or refuses the letter ({name})"
    return f"it could not be written ({name})"


def _not_arrived(since: datetime) -> QuerySet[Message]:
    """Of texts to callers: refused, undelivered, or with nobody to send them to; or undecided."""
    state = Message.State
    lost = Q(state__in=(state.UNDELIVERED, state.REFUSED)) | Q(cancelled_because=Message.CancelledBecause.UNREACHABLE)
    rows = Message.objects.filter(lost & Q(settled_at__gt=since) | Q(state=state.UNDECIDED))
    ours = rows.filter(help_request__isnull=False, help_request__practice=False, supervisor=None)
    return ours.select_related("help_request").order_by("-created_at")
