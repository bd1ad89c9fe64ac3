"""What she does when she does not know: asks a supervisor, and says what may be promised. Each verb is repeatable."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from knowledge import learning
from knowledge.search import get_answer
from supervision import lifecycle
from supervision.models import HelpRequest, Promise
from supervision.screening import Emergency
from voice_agent.call import OnCall
from voice_agent.languages import is_foreign
from voice_agent.prompts import render
from voice_agent.replies import Asked, Meaning, Reply
from voice_agent.spoken import is_soon, time_of
from voice_agent.turn import Said, spoken

log = logging.getLogger(__name__)
TRIES = 2  # at a telephone number
EMERGENCY_NUMBERS = {"US": "911", "CA": "911", "MX": "911", "GB": "999", "AU": "000", "NZ": "111"}  # elsewhere 112
LIFELINES = {"US": "988", "CA": "988"}  # for who may do himself harm


def ask_supervisor(
    question: str, on_call: OnCall, *, note: str = "", beside: bool = False, template: str = "checking.txt"
) -> Said:
    """The help request stands in the database before these words exist; `beside` another part that she answers."""
    note = "" if note == question else note
    try:
        help_request = lifecycle.request_help(question, call=on_call.call, utterance=on_call.utterance, note=note)
    except ValidationError as error:
        if getattr(error, "code", "") != "too_many":
            raise
        return Said(render("too_many.txt"))
    if template == "checking.txt" and is_foreign(question):
        template = "foreign.txt"
    asked_before = help_request.utterance_id != (on_call.utterance and on_call.utterance.pk)
    return _promised(help_request, on_call, "already_asked.txt" if asked_before else template, beside=beside)


def ask_for_a_person(words: str, on_call: OnCall) -> Said:
    """Nobody can be put through here: a supervisor is told of the wish, and the caller hears just that."""
    return ask_supervisor(words, on_call, template="person.txt")


def stop_texts(on_call: OnCall) -> Said:
    """No more texts to any number of this call; what is pending may still be told in a call."""
    lifecycle.opt_out_of(on_call.call)
    on_call.no_texts = True
    return Said(render("no_texts.txt"))


def raise_alarm(words: str, emergency: Emergency, on_call: OnCall) -> Said:
    """What to do comes first, and is said even where nobody can be told."""
    try:
        lifecycle.raise_alarm(words, call=on_call.call, utterance=on_call.utterance)
        told = True
    except Exception as error:
        log.error("an alarm could not be raised: %s", type(error).__name__)
        told = False
    region = on_call.salon.region
    number = settings.EMERGENCY_NUMBER or EMERGENCY_NUMBERS.get(region, "112")
    lifeline = LIFELINES.get(region, "") if emergency.is_crisis else ""
    return Said(render("emergency.txt", number=number, lifeline=lifeline, language=emergency.language, told=told))


def settle(reply: Reply, on_call: OnCall) -> Said:
    """Do what a caller's reply to her question asks for."""
    verb = _settle_number if on_call.asks["kind"] == Asked.NUMBER else _settle_meaning
    return verb(reply, on_call.asks, on_call)


def _settle_meaning(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    question, candidate_id = asks["question"], asks["candidate"]
    if reply.meaning == Meaning.UNCLEAR:
        return ask_supervisor(question, on_call) if asks.get("again") else Said("", asks={**asks, "again": True})
    if reply.meaning == Meaning.NO:
        if reply.is_plain:
            _note(learning.add_negative, candidate_id, question)
        return ask_supervisor(question, on_call)
    candidate = get_answer(candidate_id)
    if candidate is None:  # retired between the question and the yes
        return ask_supervisor(question, on_call)
    if reply.is_plain:
        _note(learning.propose_phrasing, candidate_id, question)
    on_call.last_question, on_call.last_service = candidate.question, ""
    return spoken([candidate])


def _note(verb: Callable[..., object], candidate_id: str, question: str) -> None:
    """A yes or a no changes the order of what was taught; salon facts have no wordings to change."""
    kind, _, name = candidate_id.partition(":")
    if kind == "learned":
        verb(UUID(name), question, source="caller")


def _settle_number(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    if reply.meaning == Meaning.UNCLEAR and not asks.get("tries"):
        return Said("", asks={**asks, "tries": 1, "reason": render("two_numbers.txt"), "silent": False})
    if reply.meaning != Meaning.NUMBER:
        return _without_number(asks, on_call)
    help_request = HelpRequest.objects.get(pk=asks["help_request"])
    words = on_call.utterance.text
    try:
        help_request = lifecycle.give_number(help_request, reply.number, words=words, call=on_call.call)
    except ValidationError as error:
        tries = asks.get("tries", 0) + 1
        if tries >= TRIES:
            return _without_number(asks, on_call)
        return Said("", asks={**asks, "tries": tries, "silent": False, "reason": " ".join(error.messages)})
    return _promised(help_request, on_call, "number_noted.txt")


def _without_number(asks: dict, on_call: OnCall) -> Said:
    help_request = HelpRequest.objects.get(pk=asks["help_request"])
    return Said(render("number_refused.txt"), promise=help_request.current_promise)


def _promised(help_request: HelpRequest, on_call: OnCall, template: str, *, beside: bool = False) -> Said:
    promise = help_request.current_promise
    about = {**_about(help_request, promise, on_call), "beside": beside}
    if about["by_text"]:
        return Said(render(template, **about), promise=promise)
    asks = {"kind": Asked.NUMBER.value, "help_request": str(help_request.pk)}
    forbidden = on_call.no_texts or (help_request.caller and help_request.caller.opted_out_at)
    if forbidden or on_call.numbers_asked >= TRIES:  # nobody is asked for what he has forbidden, or without end
        text = f"{render(template, **about)} {render('call_again.txt')}"
        silent = {} if forbidden else {**asks, "silent": True, "reminded": True}
        return Said(text, asks=silent, promise=promise)
    return Said(render(template, **about), asks=asks)


def _about(help_request: HelpRequest, promise: Promise | None, on_call: OnCall) -> dict:
    now, due, salon = timezone.now(), help_request.promised_by, on_call.salon
    return {
        "by": time_of(due, now=now, zone=salon.zone, clock_24h=salon.clock_24h),
        "soon": is_soon(due, now=now),
        "by_text": bool(promise and promise.kind == Promise.Kind.TEXT),
        "salon": salon,
    }
