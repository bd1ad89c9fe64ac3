"""Texts are no weapon: how many may leave by number, prefix, hour, day and money, and the stop that a person lifts."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import cached_property

from knowledge.models import Salon
from supervision import jobs, live, messages, segments
from supervision.models import Attempt, Breaker, InboundText, Message

TEXTS = "texts"  # the breaker's name
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOK_AGAIN = timedelta(minutes=10)  # at what waits for a person
STALE = timedelta(hours=1)  # what has waited longer is not worth a text any more
LAST_DIGITS = 4  # in which the numbers of one prefix differ
Purpose, State = Message.Purpose, Message.State
BY_CALLERS = (Purpose.REPLY, Purpose.STILL_CHECKING, Purpose.CLOSING, Purpose.UNANSWERED_CALL)  # no person wrote them
IN_DANGER = InboundText.Meaning.EMERGENCY
CALLERS_OWN = Q(help_request=None) | Q(help_request__practice=False)
Ride = list[Message]  # as in `sending`
Wait = tuple[str, datetime, Q]  # why, in words, until when, and which others have to wait for the same


def admitted(rides: Collection[Ride], *, at: datetime) -> list[Ride]:
    """Those of these texts that may leave now; the others go on waiting, with a reason in words.

    Call it in the transaction in which they are claimed. What a supervisor wrote is never stopped, and waits only for
    the caps of its number, of the day and of money; it is not lost.
    """
    if settings.TEXTS_PER_DAY or settings.TEXTS_MONEY_PER_DAY is not None:
        _lock(at)  # else two processes that count all texts at a time both find room for the last one
    leaving: list[Ride] = []
    today = _Today(rides, at)
    for ride in rides:
        if wait := _wait(ride[0], leaving, today, at=at):
            _put_off(ride, *wait, at=at)
        else:
            leaving.append(ride)
    return leaving


def breaker() -> Breaker | None:
    """The stop, while it is on."""
    return Breaker.objects.filter(name=TEXTS, reset_at=None).first()


def reset(*, by: AbstractBaseUser, at: datetime | None = None) -> bool:
    """A person lets texts leave again; what has waited for too long ends. False where they leave already."""
    at = at or timezone.now()
    expired = {"state": State.CANCELLED, "cancelled_because": Message.CancelledBecause.EXPIRED, "settled_at": at}
    with transaction.atomic():
        if not Breaker.objects.filter(name=TEXTS, reset_at=None).update(reset_at=at, reset_by=by):
            return False
        _stoppable().filter(created_at__lte=at - STALE).update(**expired)
        _stoppable().update(release_at=at, error="")
        live.emit(live.DESK, "texts_allowed", reason="reset by a supervisor", by=str(by.pk))
        jobs.run_soon(jobs.DELIVER)
    return True


def _wait(message: Message, leaving: list[Ride], today: "_Today", *, at: datetime) -> Wait | None:
    by_callers = _is_by_callers(message)
    if by_callers and (stop := _stop(leaving, at=at)):
        return stop.reason, at + LOOK_AGAIN, _among(_stoppable())
    if by_callers:
        beside = sum(_is_by_callers(one) and _prefix(one) == _prefix(message) for one, *_ in leaving)
        if until := _when_free(lambda: _times(_to_prefix(message), at), beside, settings.TEXTS_PER_PREFIX, at):
            return _words("prefix", settings.TEXTS_PER_PREFIX, until), until, _among(_like(message, _stoppable()))
    to_caller = not _is_practice(message) and not _is_to_supervisor(message)
    if to_caller and (until := _when_free(lambda: today.to(message), 0, settings.TEXTS_PER_NUMBER, at)):
        same = Q(recipient=message.recipient, supervisor=None) & CALLERS_OWN
        return _words("number", settings.TEXTS_PER_NUMBER, until), until, same
    if until := _when_free(lambda: today.times, len(leaving), settings.TEXTS_PER_DAY, at):
        return _words("day", settings.TEXTS_PER_DAY, until), until, Q()
    if _costs_too_much(message, leaving, today):
        return _words("money", settings.TEXTS_MONEY_PER_DAY, at + HOUR), at + HOUR, Q()
    return None


def _stop(leaving: list[Ride], *, at: datetime) -> Breaker | None:
    """It trips when callers cause one text more than an hour may have; its row is the lock under which is counted."""
    row = _lock(at)
    if row.reset_at is None:
        return row
    caused = _by_callers(_begun()).filter(started_at__gt=max(at - HOUR, row.reset_at)).count()
    caused += sum(_is_by_callers(one) for one, *_ in leaving)
    if caused < settings.TEXTS_PER_HOUR:
        return None
    reason = _words("hour", caused, at)
    Breaker.objects.filter(name=TEXTS).update(reason=reason, tripped_at=at, reset_at=None, reset_by=None)
    live.emit(live.DESK, "texts_stopped", reason=reason)
    row.refresh_from_db()
    return row


def _lock(at: datetime) -> Breaker:
    off = {"reason": "", "tripped_at": at - HOUR, "reset_at": at - HOUR}
    Breaker.objects.get_or_create(name=TEXTS, defaults=off)
    return Breaker.objects.select_for_update().get(name=TEXTS)


def _put_off(ride: Ride, words: str, until: datetime, same: Q, *, at: datetime) -> None:
    """It waits, and so does whatever else would come here only to be told the same: a flood is put off in one go."""
    this = Q(pk__in=[message.pk for message in ride])
    waiting = Message.objects.filter(this | same, state=State.QUEUED, release_at__lte=at)
    Message.objects.filter(pk__in=waiting.values("pk")).update(release_at=until, error=words[:200])
    for message in ride:
        message.refresh_from_db()
    messages.announce(ride, at=at)


class _Today:
    """What was begun within a day, read at most once for all that are claimed together."""

    def __init__(self, rides: Collection[Ride], at: datetime) -> None:
        self.rides, self.at = rides, at

    def to(self, message: Message) -> list[datetime]:
        return self.to_number[message.recipient]

    @cached_property
    def to_number(self) -> dict[str, list[datetime]]:
        to_them = _begun().filter(message__recipient__in={ride[0].recipient for ride in self.rides})
        times = defaultdict(list)
        for number, time in _within_a_day(to_them, self.at).values_list("message__recipient", "started_at"):
            times[number].append(time)
        return times

    @cached_property
    def times(self) -> list[datetime]:
        return _times(_begun(), self.at)

    @cached_property
    def segments(self) -> int:
        texts = _within_a_day(_begun(), self.at).values_list("message__text", flat=True)
        return sum(segments.measure(text).segments for text in texts)


def _within_a_day(begun: QuerySet[Attempt], at: datetime) -> QuerySet[Attempt]:
    return begun.filter(started_at__gt=at - DAY).order_by("started_at")


def _times(begun: QuerySet[Attempt], at: datetime) -> list[datetime]:
    return list(_within_a_day(begun, at).values_list("started_at", flat=True))


def _when_free(begun: Callable[[], list[datetime]], beside: int, most: int, at: datetime) -> datetime | None:
    """When there is room for one more in a day, `beside` of which leave now; None where there is, or is no limit."""
    if not most:
        return None
    times = begun()
    over = len(times) + beside - most
    if over < 0:
        return None
    return (times[over] if over < len(times) else at) + DAY


def _costs_too_much(message: Message, leaving: list[Ride], today: _Today) -> bool:
    price, most = settings.TEXT_PRICE, settings.TEXTS_MONEY_PER_DAY
    if price is None or most is None:
        return False
    texts = [one.text for one, *_ in leaving] + [message.text]
    return price * (today.segments + sum(segments.measure(text).segments for text in texts)) > most


def _begun() -> QuerySet[Attempt]:
    """Tries that were texts, or may have been; of several that left as one, the one."""
    no_texts = (Attempt.Outcome.NOT_SENT, Attempt.Outcome.REFUSED)
    return Attempt.objects.exclude(outcome__in=no_texts).filter(message__rides_with=None)


def _by_callers(begun: QuerySet[Attempt]) -> QuerySet[Attempt]:
    callers_own = Q(message__help_request=None) | Q(message__help_request__practice=False)
    return begun.filter(callers_own, message__purpose__in=BY_CALLERS)


def _to_prefix(message: Message) -> QuerySet[Attempt]:
    first = _prefix(message)
    return _by_callers(_begun()).filter(message__recipient__gte=first, message__recipient__lt=f"{first}:")


def _like(message: Message, rows: QuerySet[Message]) -> QuerySet[Message]:
    first = _prefix(message)
    return rows.filter(recipient__gte=first, recipient__lt=f"{first}:")  # which comes after 9


def _stoppable() -> QuerySet[Message]:
    """What waits in the queue and leaves only while there is no stop."""
    rows = Message.objects.filter(CALLERS_OWN, state=State.QUEUED, purpose__in=BY_CALLERS)
    return Message.objects.filter(_among(rows.exclude(inbound__meaning=IN_DANGER)))


def _among(rows: QuerySet[Message]) -> Q:
    return Q(pk__in=rows.values("pk"))


def _is_by_callers(message: Message) -> bool:
    """Who is in danger is told what to do, and practice is no caller's doing."""
    in_danger = message.inbound and message.inbound.meaning == IN_DANGER
    return message.purpose in BY_CALLERS and not in_danger and not _is_practice(message)


def _is_practice(message: Message) -> bool:
    return bool(message.help_request and message.help_request.practice)


def _is_to_supervisor(message: Message) -> bool:
    return message.supervisor_id is not None or message.purpose in (*Message.TO_SUPERVISORS, Purpose.TEST)


def _prefix(message: Message) -> str:
    return message.recipient[:-LAST_DIGITS]


def _words(kind: str, most: object, until: datetime) -> str:
    with timezone.override(Salon.objects.current().zone):
        return render_to_string("supervision/limits.txt", {"kind": kind, "most": most, "until": until}).strip()
