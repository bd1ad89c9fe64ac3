"""What she does when she does not know: asks a supervisor, and says what may be promised. Each verb is repeatable."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import ValidationError

from knowledge import learning
from knowledge.models import Salon
from knowledge.search import get_answer
from supervision import lifecycle, screening
from supervision.models import HelpRequest
from supervision.screening import Emergency
from voice_agent import closing, holding, promising, texting
from voice_agent.call import OnCall
from voice_agent.closing import (
    go_off_the_record,
    meet_a_child,
    nobody_came,
    person_came,
    press,
    say_goodbye,
    silence,
    too_long,
    transfer_failed,
)
from voice_agent.holding import after_news, stop_holding
from voice_agent.languages import is_foreign
from voice_agent.promising import TRIES
from voice_agent.prompts import render
from voice_agent.replies import Asked, Meaning, Reply
from voice_agent.turn import Said, spoken

__all__ = [
    "after_news", "ask_for_a_person", "ask_supervisor", "go_off_the_record", "meet_a_child", "nobody_came",
    "person_came", "press", "raise_alarm", "say_goodbye", "settle", "silence", "stop_holding", "stop_texts", "too_long",
    "transfer_failed",
]  # fmt: skip

log = logging.getLogger(__name__)


def ask_supervisor(
    question: str,
    on_call: OnCall,
    *,
    note: str = "",
    beside: bool = False,
    template: str = "checking.txt",
    agreed: bool = False,
    id: UUID | None = None,
) -> Said:
    """The help request stands in the database before these words exist; `beside` another part that she answers."""
    if on_call.call.off_the_record and not agreed:
        return Said("", asks={"kind": Asked.PASS_ON.value, "questions": [question]})
    note = "" if note == question else note
    try:
        help_request = lifecycle.request_help(
            question, call=on_call.call, utterance=on_call.utterance, note=note, id=id
        )
    except ValidationError as error:
        if getattr(error, "code", "") != "too_many":
            raise
        return Said(render("too_many.txt"))
    if template == "checking.txt" and is_foreign(question):
        template = "foreign.txt"
    asked_before = help_request.utterance_id != (on_call.utterance and on_call.utterance.pk)
    say_next = holding.next_step if on_call.call.is_spoken else _promised
    return say_next(help_request, on_call, "already_asked.txt" if asked_before else template, beside=beside)


def ask_for_a_person(words: str, on_call: OnCall) -> Said:
    """The desk rings for a caller on the line; in a typed conversation a supervisor is told of the wish."""
    if on_call.call.is_spoken:
        return closing.ring_for_a_person(words, on_call)
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
    return what_to_do(emergency, on_call, told=told)


def what_to_do(emergency: Emergency, on_call: OnCall, *, told: bool) -> Said:
    """Whom to call; `told` where somebody of the team knows of it too."""
    number = emergency_number(on_call.salon)
    lifeline = screening.lifeline_for(on_call.salon.region, emergency)
    return Said(render("emergency.txt", number=number, lifeline=lifeline, language=emergency.language, told=told))


def emergency_number(salon: Salon) -> str:
    return screening.number_for(salon.region)


def settle(reply: Reply, on_call: OnCall) -> Said:
    """Do what a caller's reply to her question asks for."""
    kind = on_call.asks.get("kind")
    if on_call.call.is_spoken and kind in SPOKEN:
        return SPOKEN[kind](reply, on_call.asks, on_call)
    if kind not in (Asked.NUMBER, Asked.DO_YOU_MEAN):  # said by himself
        return texting.other_number(reply, {}, on_call)
    verb = _settle_number if kind == Asked.NUMBER else _settle_meaning
    return verb(reply, on_call.asks, on_call)


def _settle_passing_on(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    """Off the record nothing is written down without a yes of its own."""
    if reply.meaning == Meaning.UNCLEAR and not asks.get("again"):
        return Said("", asks={**asks, "again": True})
    if reply.meaning != Meaning.YES:
        return Said(render("nothing_kept.txt"))
    return [ask_supervisor(question, on_call, agreed=True) for question in asks["questions"]][-1]


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
    about = {**promising.about(help_request, on_call), "beside": beside}
    if about["by_text"]:
        return Said(render(template, **about), promise=promise)
    asks = {"kind": Asked.NUMBER.value, "help_request": str(help_request.pk)}
    forbidden = on_call.no_texts or (help_request.caller and help_request.caller.opted_out_at)
    if forbidden or on_call.numbers_asked >= TRIES:  # nobody is asked for what he has forbidden, or without end
        text = f"{render(template, **about)} {render('call_again.txt')}"
        silent = {} if forbidden else {**asks, "silent": True, "reminded": True}
        return Said(text, asks=silent, promise=promise)
    return Said(render(template, **about), asks=asks)


SPOKEN = {
    Asked.HOLD: holding.settle_hold,
    Asked.TEXT: texting.settle_text,
    Asked.NUMBER: texting.settle_number,
    Asked.NUMBER_RIGHT: texting.settle_number_right,
    Asked.PASS_ON: _settle_passing_on,
}
