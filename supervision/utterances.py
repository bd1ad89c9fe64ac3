"""What is said in a call, as it is said: the caller's turns and her replies, rebuilt from here after a crash."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from supervision import by_text, live, messages, promises, screening
from supervision.asking import tell
from supervision.models import Call, Citation, Event, Message, Promise, Utterance
from supervision.numbers import e164

Speaker = Utterance.Speaker
LEARNED = "learned:"  # how the ids of learned answers begin
PIECES = 3  # of the caller's last words, in which a number may have begun
ASKS_NUMBER = ("number", "number_right")  # kinds of `Utterance.asks`: what follows is a telephone number


class Replaced(Exception):
    """Another job holds this call by now: go quiet and leave."""


class Cited(Protocol):
    """A candidate of `knowledge.search`."""

    id: str
    answer: str


def record_utterance(
    call: Call,
    *,
    speaker: str,
    text: str,
    asks: dict | None = None,
    promise: Promise | None = None,
    message: Message | None = None,
    citations: Iterable[Cited] = (),
    interrupted: bool = False,
    latency: dict | None = None,
    at: datetime | None = None,
) -> Utterance:
    """Something said whole. A caller's turn, masked, waits for her reply where it was typed; hers may be cut.

    Raises ValidationError with words for people when it is empty or too long, or when a caller's call has ended.
    """
    at = at or timezone.now()
    by_caller = speaker == Speaker.CALLER
    text = screening.said(text) if by_caller else _hers(text)
    with transaction.atomic():
        if by_caller and not Call.objects.open().filter(pk=call.pk).exists():
            raise ValidationError("This call has ended.", code="call_ended")
        if by_caller:
            text = _masked_with_those_before(call, text)
        utterance = Utterance.objects.create(
            call_id=call.pk,
            speaker=speaker,
            text=text,
            created_at=at,
            finished_at=at,
            heard_at=at if by_caller else None,
            interrupted=interrupted,
            asks=asks or {},
            promise=promise,
            message=message,
            latency=latency or {},
            latency_ms=(latency or {}).get("total"),
        )
        _cite(utterance, citations)
        _tell(utterance)
    return utterance


def begin_reply(utterance: Utterance, *, at: datetime | None = None) -> Utterance:
    """Her reply to a caller's turn, still empty: the same row again when a killed agent had begun it."""
    at = at or timezone.now()
    with transaction.atomic():
        reply, is_new = Utterance.objects.get_or_create(
            reply_to=utterance,
            defaults={"call_id": utterance.call_id, "speaker": Speaker.RECEPTIONIST, "created_at": at},
        )
        if not is_new:
            Utterance.objects.filter(pk=reply.pk, finished_at=None).update(text="")
            reply.refresh_from_db()
    return reply


def extend(utterance: Utterance, text: str) -> bool:
    """Her words so far, whole; False when they have been finished already."""
    text = _hers(text)
    with transaction.atomic():
        if not Utterance.objects.filter(pk=utterance.pk, finished_at=None).update(text=text):
            return False
        utterance.text = text
        _tell(utterance)
    return True


def finish_reply(
    utterance: Utterance,
    *,
    text: str,
    epoch: int,
    citations: Iterable[Cited] = (),
    asks: dict | None = None,
    promise: Promise | None = None,
    message: Message | None = None,
    latency_ms: int | None = None,
    at: datetime | None = None,
) -> Utterance:
    """Her whole reply, with what it cites, asks and promises; the caller's turn counts as answered from here.

    In a conversation by text it is queued as one, and counts as heard: it will reach him, or somebody is told.
    Raises Replaced, and writes nothing, when another job has taken the call.
    """
    at = at or timezone.now()
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=utterance.call_id)
        if call.epoch != epoch:
            raise Replaced
        values = {"text": _hers(text), "asks": asks or {}, "promise": promise}
        values |= {"message": message, "latency_ms": latency_ms, "finished_at": at}
        if Utterance.objects.filter(pk=utterance.pk, finished_at=None).update(**values):
            Utterance.objects.filter(pk=utterance.reply_to_id).update(answered_at=at)
            _cite(utterance, citations)
            utterance.refresh_from_db()
            if call.channel == Call.Channel.TEXT and call.phone_to_text:
                _hear(utterance, at=at)
                by_text.send_reply(utterance, call, at=at)
            _tell(utterance)
    utterance.refresh_from_db()
    return utterance


def record_confirmation(utterance: Utterance, *, at: datetime | None = None) -> bool:
    """The caller has heard or seen it whole: what it promised counts, what it told is told. False: known before."""
    at = at or timezone.now()
    with transaction.atomic():
        if not _hear(utterance, at=at):
            return False
        if utterance.message:
            messages.told(utterance.message, at=at)
    return True


def _hear(utterance: Utterance, *, at: datetime) -> bool:
    unheard = Utterance.objects.filter(pk=utterance.pk, heard_at=None, finished_at__isnull=False)
    if not unheard.update(heard_at=at):
        return False
    utterance.refresh_from_db()
    for promise in _promised_in(utterance):
        if promises.hear(promise, at=at):
            tell(promise.help_request, "promise_heard")
    return True


def _promised_in(utterance: Utterance) -> list[Promise]:
    """One sentence promises for all that was asked in this call until then and may be answered the same way."""
    if utterance.promise is None:
        return []
    same = Promise.objects.filter(help_request__call=utterance.call_id, kind=utterance.promise.kind)
    before = same.filter(state=Promise.State.MADE, made_at__lte=utterance.finished_at)
    return list((before | Promise.objects.filter(pk=utterance.promise_id)).select_related("help_request"))


def _masked_with_those_before(call: Call, text: str) -> str:
    """Who reads a card number aloud pauses, and a pause may end a turn: its beginning is taken out of its row too."""
    asks = call.utterances.filter(speaker=Speaker.RECEPTIONIST).values_list("asks", flat=True).last() or {}
    if asks.get("kind") in ASKS_NUMBER or not any(map(str.isdecimal, screening.written(text, fewest=1))):
        return text
    before = list(call.utterances.filter(speaker=Speaker.CALLER).order_by("-id")[:PIECES])[::-1]
    pieces = [*(one.text for one in before), text]
    if any(map(_is_telephone, pieces)):  # said twice it may have the check digit of a card
        return text
    *earlier, text = screening.mask_together(pieces)
    for row, masked in zip(before, earlier, strict=True):
        if row.text != masked:
            Utterance.objects.filter(pk=row.pk).update(text=masked)
            Event.objects.filter(topic=f"call:{call.pk}", kind="words", payload__utterance=row.pk).delete()
    return text


def _is_telephone(text: str) -> bool:
    try:
        return bool(e164("".join(filter(str.isdecimal, screening.written(text, fewest=1)))))
    except ValidationError:
        return False


def _hers(text: str) -> str:
    """What she says is stored text already: never refused, as a caller waits for it."""
    return screening.clean(text)[: screening.TURN_LIMIT]


def _cite(utterance: Utterance, citations: Iterable[Cited]) -> None:
    Citation.objects.bulk_create(
        Citation(
            utterance=utterance,
            source=cited.id,
            learned_answer_id=cited.id.removeprefix(LEARNED) if cited.id.startswith(LEARNED) else None,
            text=cited.answer,
        )
        for cited in citations
    )


def _tell(utterance: Utterance) -> None:
    words = {"utterance": utterance.pk, "speaker": utterance.speaker, "text": utterance.text}
    words |= {"finished": utterance.finished_at is not None}
    if utterance.asks:
        words["asks"] = utterance.asks
    live.emit(f"call:{utterance.call_id}", "words", **words)
