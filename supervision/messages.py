"""Moves a text between the queue, the call that it is held for, and the places where it ends."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supervision import jobs, live, notes, promises, riders, texts
from supervision.models import Call, Caller, Event, HelpRequest, Message, Promise

State = Message.State
Because = Message.CancelledBecause
SHARED = (  # by the texts of one ride
    "state", "release_at", "lease_until", "settled_at", "delivered_at", "not_found_at", "error", "error_code",
)  # fmt: skip
HELD_FOR = timedelta(seconds=3)  # after the call's last beat


def queue(
    *,
    help_request: HelpRequest,
    purpose: str,
    text: str,
    recipient: str,
    tells: str = "",
    call: Call | None = None,
    release_at: datetime | None = None,
    at: datetime | None = None,
) -> Message:
    """Held for `call`, else queued for `release_at`, else, with nobody to text, cancelled at once.

    The same request, recipient, purpose and round are the same row, however often this is called.
    """
    at = at or timezone.now()
    values = {"help_request": help_request, "recipient": recipient, "purpose": purpose, "text": text, "created_at": at}
    values |= {"round": help_request.round, "call": call, "release_at": release_at or at, "tells": tells}
    if call:
        values |= {"state": State.HELD, "release_at": at + HELD_FOR}
    elif not recipient:
        values |= _cancelled(Because.UNREACHABLE, at)
    with transaction.atomic():
        message, is_new = Message.objects.get_or_create(
            key=_key(help_request, recipient, purpose, help_request.round), defaults=values
        )
        if is_new:
            _after_leaving(message, at)
            announce([message], at=at)
    return message


def queue_apart(
    *,
    subject: str,
    recipient: str,
    purpose: str,
    text: str,
    names: Iterable[HelpRequest] = (),
    release_at: datetime | None = None,
    at: datetime | None = None,
    **about,
) -> Message:
    """A text that is no help request's own: to a supervisor, or in reply to a caller's text.

    `subject` says what it is about in the key, so that the same thing is told to the same person once. `about` may
    name a `supervisor`, the help request he is told `about`, the `inbound` text that is answered; `names` are those
    that it lists by their names.
    """
    at = at or timezone.now()
    values = {"recipient": recipient, "purpose": purpose, "text": text, "created_at": at, **about}
    with transaction.atomic():
        message, is_new = Message.objects.get_or_create(
            key=f"{subject}:{_whom(recipient)}:{purpose}", defaults=values | {"release_at": release_at or at}
        )
        if is_new:
            message.names.set(names)
            announce([message], at=at)
    return message


def take(message: Message, *, at: datetime | None = None) -> bool:
    """Held → being spoken, before the first sound; False: it has left, so stay silent."""
    at = at or timezone.now()
    with transaction.atomic():
        return _move(message, [State.HELD], Q(release_at__gt=at), at=at, state=State.SPEAKING)


def told(message: Message, *, at: datetime | None = None) -> bool:
    """Being spoken → told, after its last word has been heard; its promise is kept."""
    at = at or timezone.now()
    with transaction.atomic():
        lock(message)
        if not _change(message, [State.SPEAKING], state=State.TOLD, settled_at=at):
            return False
        if message.purpose in Message.ANSWERS:
            promises.keep(message, at=at)
        announce([message], at=at)
    return True


def give_back(message: Message, *, at: datetime | None = None) -> bool:
    """Interrupted: held once more while the line stands, to be spoken again whole; afterwards it goes out as a text."""
    at = at or timezone.now()
    with transaction.atomic():
        lock(message)
        message.refresh_from_db()
        if message.state != State.SPEAKING:
            return False
        if message.cut_off or not message.call or not message.call.is_listening(at):
            return let_go(message, at=at)
        again = {"state": State.HELD, "cut_off": True, "release_at": at + HELD_FOR}
        return _move(message, [State.SPEAKING], at=at, **again)


def let_go(message: Message, *, at: datetime) -> bool:
    """Nobody listens any longer: what was held, or being spoken, goes out as a text."""
    with transaction.atomic():
        if not _let_go(message, at=at):
            return False
        announce([message], at=at)
    return True


def let_all_go(call: Call, *, at: datetime) -> list[Message]:
    """As `let_go` for everything of a call that ends; announce the result."""
    on_the_line = Message.objects.on_the_line().filter(call=call).order_by("help_request_id", "id")
    return [message for message in on_the_line if _let_go(message, at=at)]


def cancel(message: Message, because: str, *, at: datetime | None = None) -> bool:
    """Queued, held → cancelled; False when it is on its way or has ended."""
    at = at or timezone.now()
    with transaction.atomic():
        return _move(message, [State.QUEUED, State.HELD], at=at, **_cancelled(because, at))


def count_as_sent(message: Message, *, at: datetime | None = None) -> bool:
    """Undecided → sent, because a person knows; False when it is not undecided."""
    at = at or timezone.now()
    with transaction.atomic():
        lock(*riders.ride_of(message))
        if not _move(message, [State.UNDECIDED], at=at, state=State.SENT, settled_at=at):
            return False
        announce(follow(message, at=at), at=at)
    return True


def arrived(message: Message, *, at: datetime | None = None) -> bool:
    """Sent, or perhaps sent → delivered, because its recipient has said so: then what rode with it has arrived too."""
    at = at or timezone.now()
    with transaction.atomic():
        carrier, *_ = ride = riders.ride_of(message.rides_with or message)
        lock(*ride)
        perhaps = [State.SENT, State.UNKNOWN, State.UNDECIDED]
        if not _change(carrier, perhaps, state=State.DELIVERED, delivered_at=at, settled_at=at, not_found_at=None):
            return False
        ride = [carrier, *follow(carrier, at=at)]
        for one in ride:
            if one.purpose in Message.ANSWERS:
                promises.keep(one, at=at)
        announce(ride, at=at)
    return True


def send_again(message: Message, *, at: datetime | None = None) -> bool:
    """Undecided → queued, because a person would rather have it twice than never; False when it is not undecided."""
    at = at or timezone.now()
    with transaction.atomic():
        lock(*riders.ride_of(message))
        values = {"rides_with": None} | back_in_the_queue(message, release_at=at, at=at)
        if not _move(message, [State.UNDECIDED], at=at, **values):
            return False
        announce(follow(message, at=at), at=at)
    return True


def cancel_waiting(help_request: HelpRequest, because: str, *, at: datetime, purposes: Iterable[str]) -> list[Message]:
    """Cancel what has not left; call `announce` with the result at the end of the transaction."""
    waiting = help_request.messages.waiting().filter(purpose__in=purposes)
    return [message for message in waiting if _change(message, [message.state], **_cancelled(because, at))]


def cancel_alerts(help_request: HelpRequest, *, at: datetime) -> list[Message]:
    """What supervisors need not hear of any more; call `announce` with the result at the end of the transaction."""
    waiting = help_request.alerts.waiting().filter(purpose=Message.Purpose.ALERT)
    return [message for message in waiting if _change(message, [message.state], **_cancelled(Because.SUPERSEDED, at))]


def give_recipient(help_request: HelpRequest, recipient: str, *, at: datetime) -> list[Message]:
    """A number given while the answer is held, or after it could reach nobody: it can be texted now. Announce these."""
    given = []
    nobodys = Q(state__in=(State.HELD, State.SPEAKING)) | Q(cancelled_because=Because.UNREACHABLE)
    current = help_request.messages.filter(nobodys, recipient="", round=help_request.round)
    if not help_request.is_answerable:
        current = current.filter(purpose__in=Message.ANSWERS)
    for message in current:
        values = {"recipient": recipient, "key": _key(help_request, recipient, message.purpose, message.round)}
        if message.state == State.CANCELLED:
            values |= {"state": State.QUEUED, "cancelled_because": "", "settled_at": None}
            values |= {"release_at": promises.text_at(help_request, at)}
        if _change(message, [message.state], **values):
            given.append(message)
    return given


def stop_texts(recipient: str, *, at: datetime) -> list[Message]:
    """Somebody has opted out: what is queued ends, what is held may still be said. Announce the result."""
    waiting = Message.objects.waiting().filter(recipient=recipient).select_related("help_request")
    stopped = []
    for message in waiting.order_by("help_request_id", "id"):
        values = _cancelled(Because.OPTED_OUT, at)
        if message.state == State.HELD:
            values = {"recipient": "", "key": _key(message.help_request, "", message.purpose, message.round)}
        if _change(message, [message.state], **values):
            _after_leaving(message, at)
            stopped.append(message)
    return stopped


def announce(messages: Iterable[Message], *, at: datetime) -> None:
    """Tell the desk, and the practice page that shows this caller's telephone. Events come last in a transaction."""
    messages = list(messages)
    if not messages:
        return
    somebody_practises = Call.objects.open().filter(channel=Call.Channel.PRACTICE).exists()
    live.emit_all([event for message in messages for event in _events(message, somebody_practises)])
    for message in messages:
        if message.state == State.QUEUED and _is_the_only_one_due(message, at):
            jobs.run_soon("supervision.outbox.deliver_due")  # others that are due have asked for it before


def _is_the_only_one_due(message: Message, at: datetime) -> bool:
    due = Message.objects.due(at)
    return due.filter(pk=message.pk).exists() and not due.exclude(pk=message.pk).exists()


def lock(*messages: Message, passing_over: bool = False) -> set:
    """The requests' rows come first in every transaction, then messages, then events: no two can deadlock.

    Returns the requests that are locked: all of them, or, `passing_over` what others have locked, those that were free.
    """
    requests = {message.help_request_id for message in messages}
    if not passing_over:  # what comes back to the queue says what is asked now
        requests |= {message.about_id for message in messages}
    requests -= {None}
    rows = HelpRequest.objects.filter(pk__in=requests).order_by("pk").select_for_update(skip_locked=passing_over)
    return set(rows.values_list("pk", flat=True)) if requests else set()


def follow(carrier: Message, *, at: datetime) -> list[Message]:
    """Whatever has become of a text becomes of those that ride with it. Lock all of them first; announce the result.

    A ride that has ended before it was sent leaves each of its texts to itself.
    """
    carrier.refresh_from_db()
    ended = carrier.state in (State.QUEUED, State.CANCELLED)
    followed = []
    for rider in Message.objects.filter(rides_with=carrier, state__in=Message.RIDING).order_by("id"):
        values = {name: getattr(carrier, name) for name in SHARED}
        if ended:
            values = {"rides_with": None} | back_in_the_queue(rider, release_at=carrier.release_at, at=at)
        if _change(rider, Message.RIDING, **values):
            _after_leaving(rider, at)
            followed.append(rider)
    return followed


def back_in_the_queue(message: Message, *, release_at: datetime, at: datetime) -> dict:
    """The values with which it waits again, or ends because it no longer may. Needs `lock`."""
    if message.help_request_id and _is_outdated(message):
        return _cancelled(Because.SUPERSEDED, at)
    if not message.recipient:
        return _cancelled(Because.UNREACHABLE, at)
    if Caller.objects.opted_out().filter(phone=message.recipient).exists():
        return _cancelled(Because.OPTED_OUT, at)
    waits = {"state": State.QUEUED, "release_at": release_at, "lease_until": None}
    if message.purpose == Message.Purpose.ALERT and message.about_id:
        about = HelpRequest.objects.get(pk=message.about_id)  # as it is now: closed, or worded anew
        if about.status != HelpRequest.Status.PENDING or message.round != about.round:
            return _cancelled(Because.SUPERSEDED, at)
        waits["text"] = notes.alert(about, message.supervisor, at)
    return waits | {"not_found_at": None, "asked_in_vain": 0}


def _is_outdated(message: Message) -> bool:
    help_request = HelpRequest.objects.get(pk=message.help_request_id)
    is_answer = message.purpose in Message.ANSWERS
    return message.round != help_request.round or (not is_answer and not help_request.is_answerable)


def _let_go(message: Message, *, at: datetime) -> bool:
    """What has been begun is repeated whole, with words that say why; the rest leaves as it is."""
    lock(message)
    message.refresh_from_db()
    if message.state not in (State.HELD, State.SPEAKING):
        return False
    begun = message.cut_off or message.state == State.SPEAKING
    values = back_in_the_queue(message, release_at=promises.text_at(message.help_request, at), at=at)
    if begun and values["state"] == State.QUEUED:
        values |= {"cut_off": True, "text": texts.cut_off(message.text)}
    if not _change(message, [message.state], **values):
        return False
    _after_leaving(message, at)
    return True


def _cancelled(because: str, at: datetime) -> dict:
    return {"state": State.CANCELLED, "cancelled_because": because, "settled_at": at, "lease_until": None}


def _move(message: Message, old: list[str], condition: Q | None = None, *, at: datetime, **values) -> bool:
    lock(message)
    if not _change(message, old, condition, **values):
        return False
    _after_leaving(message, at)
    announce([message], at=at)
    return True


def _change(message: Message, old: list[str], condition: Q | None = None, **values) -> bool:
    if not Message.objects.filter(condition or Q(), pk=message.pk, state__in=old).update(**values):
        return False
    message.refresh_from_db()
    return True


def _after_leaving(message: Message, at: datetime) -> None:
    if message.cancelled_because == Because.UNREACHABLE:
        promises.give_up(message, Promise.State.BROKEN, at=at)
    elif message.cancelled_because == Because.OPTED_OUT:
        promises.give_up(message, Promise.State.WITHDRAWN, at=at)


def _key(help_request: HelpRequest, recipient: str, purpose: str, round: int) -> str:
    return f"{help_request.pk}:{_whom(recipient)}:{purpose}:{round}"


def _whom(recipient: str) -> str:
    return hashlib.sha256(recipient.encode()).hexdigest()[:16] if recipient else "none"


def _events(message: Message, somebody_practises: bool) -> Iterable[Event]:
    about = message.help_request or message.about
    told_of = {"message": str(message.pk), "help_request": str(about.pk if about else ""), "state": message.state}
    told_of |= {"call": str(message.call_id or ""), "practice": bool(about and about.practice)}
    reason = (message.error or message.cancelled_because)[:300]
    yield Event(topic=live.DESK, kind="message", reason=reason, payload=told_of)
    for call_id in _practice_pages(message) if somebody_practises else ():
        yield Event(topic=f"call:{call_id}", kind="message", payload=told_of)


def _practice_pages(message: Message) -> list:
    shows = Q(pk=message.call_id)
    if message.recipient:
        shows |= Q(caller__phone=message.recipient) | Q(consents__caller__phone=message.recipient)
    shown = Call.objects.open().filter(shows, channel=Call.Channel.PRACTICE).distinct()
    return list(shown.values_list("pk", flat=True))
