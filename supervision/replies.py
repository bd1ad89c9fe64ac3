"""What callers text: obeyed, confirmed, asked again, or answered by the receptionist in a conversation by text."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from knowledge.models import Salon
from supervision import by_text, calls, lifecycle, messages, numbers, promises, recipients, reports, screening
from supervision.models import Call, Caller, HelpRequest, InboundText, Message, Utterance
from supervision.reminding import time_of
from supervision.screening import Emergency, texted

Meaning = InboundText.Meaning
Purpose = Message.Purpose
CALLER, HERS = Utterance.Speaker.CALLER, Utterance.Speaker.RECEPTIONIST
DAY = timedelta(days=1)
LATELY = timedelta(days=7)  # what we sent longer ago is not what a short text is about
SAME = 3  # times: who sends the same once more is a machine
SAME_WITHIN = timedelta(hours=1)


def read(text: InboundText, *, at: datetime | None = None) -> str:
    """Do what somebody who is no supervisor texted, once; returns its meaning.

    1. danger comes first; 2. then what the provider or we must obey; 3. then who goes on for ever is ignored;
    4. only then what a person may have meant.
    """
    at = at or timezone.now()
    with transaction.atomic():
        if not InboundText.objects.filter(pk=text.pk, read_at=None).update(read_at=at):
            return InboundText.objects.values_list("meaning", flat=True).get(pk=text.pk)
        meaning = _read(text, at=at)
        InboundText.objects.filter(pk=text.pk).update(meaning=meaning)
    return meaning


def _read(text: InboundText, *, at: datetime) -> str:
    phone, words = numbers.texted_from(text.sender), screening.mask_numbers(screening.clean(text.text))
    if not phone or phone in (text.recipient, settings.TWILIO_SENDER, settings.PHONE_NUMBER):
        return Meaning.IGNORED
    caller, _ = Caller.objects.get_or_create(phone=phone, defaults={"created_at": at})
    InboundText.objects.filter(pk=text.pk).update(caller=caller)
    reports.reached(phone)  # what sends texts may be sent some
    caller.refresh_from_db()
    if emergency := screening.emergency_in(words):
        return _alarm(text, caller, words, emergency, at=at)
    if keyword := texted.keyword(words):
        if meaning := _obey_keyword(keyword, caller, words, at=at):
            return meaning
    elif screening.wants_no_texts(words, by_text=True):
        return _stop(text, caller, at=at)
    if screening.is_invisible(words) or _goes_on_for_ever(text, caller, at=at):
        return Meaning.IGNORED
    if caller.opted_out_at:
        return _read_of_opted_out(text, caller, words, at=at)
    recipients.agree_by_text(caller, words=screening.said(words), at=at)
    return _understand(text, caller, words, at=at)


def _understand(text: InboundText, caller: Caller, words: str, *, at: datetime) -> str:
    """A reply to what she asked is hers to read, whatever else it may look like."""
    if not _is_asked_something(caller):
        if texted.is_thanks(words):
            return _confirm(caller, at=at)
        if texted.asks_who(words):
            by_text.answer(text, caller, "who_we_are", at=at)
            return Meaning.HELP
        if texted.is_not_that(words) and (meaning := _ask_again(text, caller, words, at=at)):
            return meaning
    _say(text, caller, words, at=at)
    return Meaning.QUESTION


def _obey_keyword(keyword: str, caller: Caller, words: str, *, at: datetime) -> str:
    """The provider has answered and acted already, so nothing is sent; "" for a YES that is an ordinary word."""
    if keyword in texted.STOPS:
        recipients.block(caller, at=at)
        return Meaning.STOP
    if keyword in texted.HELPS:
        return Meaning.HELP
    if keyword == texted.STARTS_AGAIN and not caller.provider_blocks_since:
        return ""
    Caller.objects.filter(pk=caller.pk).update(provider_blocks_since=None)
    recipients.opt_in(caller, words=words, at=at)
    return Meaning.START


def _stop(text: InboundText, caller: Caller, *, at: datetime) -> str:
    """Obeyed at once; a first time it is confirmed, which is the last text there will be."""
    was_out = caller.opted_out_at
    recipients.opt_out(caller, at=at)
    if not was_out:
        by_text.answer(text, caller, "stopped", at=at)
    return Meaning.STOP


def _read_of_opted_out(text: InboundText, caller: Caller, words: str, *, at: datetime) -> str:
    """No reply may be sent. He may take it back; what he asks is asked, for a person who may call."""
    if texted.wants_texts_again(words):
        if not caller.provider_blocks_since:
            recipients.opt_in(caller, words=words, at=at)
            by_text.answer(text, caller, "started", at=at)
        return Meaning.START
    if texted.is_thanks(words):
        return Meaning.THANKS
    utterance = _say(text, caller, words, at=at, answered_at=at)
    try:
        asked = lifecycle.request_help(words, call=utterance.call, utterance=utterance, at=at)
    except ValidationError:  # more than may be asked at once
        return Meaning.IGNORED
    InboundText.objects.filter(pk=text.pk).update(help_request=asked)
    return Meaning.QUESTION


def _alarm(text: InboundText, caller: Caller, words: str, emergency: Emergency, *, at: datetime) -> str:
    """What to do is texted even to who wants no texts, unless the provider refuses it; the desk hears of it."""
    region = Salon.objects.current().region
    about = {"number": screening.number_for(region), "lifeline": screening.lifeline_for(region, emergency)}
    utterance = _say(text, caller, words, at=at, answered_at=at)
    asked = lifecycle.raise_alarm(words, call=utterance.call, utterance=utterance, at=at)
    InboundText.objects.filter(pk=text.pk).update(help_request=asked)
    if not caller.provider_blocks_since:
        sent = by_text.answer(text, caller, "emergency", at=at, language=emergency.language, **about)
        calls.record_utterance(utterance.call, speaker=HERS, text=sent.text, at=at)
    return Meaning.EMERGENCY


def _confirm(caller: Caller, *, at: datetime) -> str:
    """Thanks need no reply; what may have arrived has arrived."""
    sent = Message.objects.filter(recipient=caller.phone, created_at__gt=at - LATELY, purpose__in=Message.ANSWERS)
    for message in sent.order_by("help_request_id", "id"):
        messages.arrived(message, at=at)
    return Meaning.THANKS


def _ask_again(text: InboundText, caller: Caller, words: str, *, at: datetime) -> str:
    """What he got last is asked again, with his words beside it; "" where there was nothing."""
    sent = Message.objects.gone().filter(recipient=caller.phone, created_at__gt=at - LATELY)
    last = sent.filter(purpose__in=(*Message.ANSWERS, Purpose.REPLY)).order_by("-id").first()
    if last is None:
        return ""
    asked = _reopened(last.help_request, at=at) if last.help_request else _asked_of_a_person(last, caller, words, at=at)
    if asked is None:
        return ""
    InboundText.objects.filter(pk=text.pk).update(help_request=asked)
    promises.renew(asked, at=at)
    by = time_of(asked.promised_by, at=at, salon=Salon.objects.current())
    by_text.answer(text, caller, "asked_again", at=at, by=by)
    return Meaning.NOT_THAT


def _reopened(help_request: HelpRequest, *, at: datetime) -> HelpRequest:
    """Pending again; also where somebody has opened it before, or the caller has asked it once more."""
    try:
        return lifecycle.reopen(help_request, by=None, reason="the caller: not what was asked", at=at)
    except lifecycle.AlreadyClosed as pending:
        return pending.help_request
    except ValidationError:
        same = HelpRequest.objects.pending().filter(question_key=help_request.question_key)
        return same.filter(caller=help_request.caller).first() or help_request


def _asked_of_a_person(reply: Message, caller: Caller, words: str, *, at: datetime) -> HelpRequest | None:
    """What she had answered herself, now asked of a supervisor."""
    question = reply.inbound and Utterance.objects.filter(client_id=UUID(int=reply.inbound_id)).first()
    if not question:
        return None
    call = calls.open_by_text(caller, at=at)
    try:
        return lifecycle.request_help(question.text, call=call, note=f"Not what I asked: {words}", at=at)
    except ValidationError:
        return None


def _say(
    text: InboundText, caller: Caller, words: str, *, at: datetime, answered_at: datetime | None = None
) -> Utterance:
    """His turn in their conversation, which waits for her reply unless it is `answered_at` another place."""
    call = calls.open_by_text(caller, at=at)
    words = words[: screening.TURN_LIMIT]
    said = calls.record_utterance(call, speaker=CALLER, text=words, at=at)
    # the number of the text is the name of the turn, so that her reply finds what it answers
    Utterance.objects.filter(pk=said.pk).update(client_id=UUID(int=text.pk), answered_at=answered_at)
    Call.objects.filter(pk=call.pk).update(seen_at=at)
    InboundText.objects.filter(pk=text.pk).update(call=call)
    return said


def _is_asked_something(caller: Caller) -> bool:
    call = Call.objects.open().by_text().filter(caller=caller).first()
    last = call and call.utterances.filter(speaker=HERS, finished_at__isnull=False).last()
    return bool(last and last.asks and not last.asks.get("silent"))


def _goes_on_for_ever(text: InboundText, caller: Caller, *, at: datetime) -> bool:
    """Machines that answer each other: more replies in a day than people get, or the same words again and again."""
    replies = Message.objects.filter(recipient=caller.phone, purpose=Purpose.REPLY, created_at__gt=at - DAY)
    if replies.count() >= settings.TEXT_REPLIES_PER_DAY:
        return True
    before = InboundText.objects.filter(sender=text.sender, text=text.text, received_at__gt=at - SAME_WITHIN)
    return before.exclude(pk=text.pk).count() >= SAME
