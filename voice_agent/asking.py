"""What she does when she does not know: asks a supervisor, and says what may be promised. Each verb is repeatable."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone

from knowledge import learning
from knowledge.search import get_answer
from supervision import lifecycle
from supervision.models import HelpRequest, Promise
from voice_agent.call import OnCall
from voice_agent.prompts import render
from voice_agent.replies import Asked, Meaning, Reply
from voice_agent.spoken import is_soon, time_of
from voice_agent.turn import Said, spoken

TRIES = 2  # at a telephone number


def ask_supervisor(
    question: str, on_call: OnCall, *, note: str = "", beside: bool = False, template: str = "checking.txt"
) -> Said:
    """The help request stands in the database before these words exist; `beside` another part that she answers."""
    help_request = lifecycle.request_help(
        question, call=on_call.call, utterance=on_call.utterance, note="" if note == question else note
    )
    asked_before = help_request.utterance_id != (on_call.utterance and on_call.utterance.pk)
    return _promised(help_request, on_call, "already_asked.txt" if asked_before else template, beside=beside)


def ask_for_a_person(words: str, on_call: OnCall) -> Said:
    """Nobody can be put through here: a supervisor is told of the wish, and the caller hears just that."""
    return ask_supervisor(words, on_call, template="person.txt")


def stop_texts(on_call: OnCall) -> Said:
    """No more texts to this caller's number; what is pending may still be told in a call."""
    on_call.call.refresh_from_db(fields=["caller"])
    if on_call.call.caller:
        lifecycle.opt_out(on_call.call.caller)
    return Said(render("no_texts.txt"))


def settle(reply: Reply, on_call: OnCall) -> Said:
    """Do what a caller's reply to her question asks for."""
    verb = _settle_number if on_call.asks["kind"] == Asked.NUMBER else _settle_meaning
    return verb(reply, on_call.asks, on_call)


def _settle_meaning(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    question, candidate_id = asks["question"], asks["candidate"]
    if reply.meaning == Meaning.NO:
        _note(learning.add_negative, candidate_id, question)
        return ask_supervisor(question, on_call)
    candidate = get_answer(candidate_id)
    if candidate is None:  # retired between the question and the yes
        return ask_supervisor(question, on_call)
    _note(learning.propose_phrasing, candidate_id, question)
    return spoken([candidate])


def _note(verb: Callable[..., object], candidate_id: str, question: str) -> None:
    """A yes or a no changes the order of what was taught; salon facts have no wordings to change."""
    kind, _, name = candidate_id.partition(":")
    if kind == "learned":
        verb(UUID(name), question, source="caller")


def _settle_number(reply: Reply, asks: dict, on_call: OnCall) -> Said:
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
        return Said("", asks={**asks, "tries": tries, "reason": " ".join(error.messages)})
    return _promised(help_request, on_call, "number_noted.txt")


def _without_number(asks: dict, on_call: OnCall) -> Said:
    help_request = HelpRequest.objects.get(pk=asks["help_request"])
    return Said(render("number_refused.txt"), promise=_promise(help_request))


def _promised(help_request: HelpRequest, on_call: OnCall, template: str, *, beside: bool = False) -> Said:
    about = {**_about(help_request, on_call), "beside": beside}
    if help_request.customer_phone:
        return Said(render(template, **about), promise=_promise(help_request))
    if help_request.caller and help_request.caller.opted_out_at:  # nobody is asked twice for what he has forbidden
        text = f"{render(template, **about)} {render('call_again.txt')}"
        return Said(text, promise=_promise(help_request))
    asks = {"kind": Asked.NUMBER.value, "help_request": str(help_request.pk)}
    return Said(render(template, **about), asks=asks)


def _about(help_request: HelpRequest, on_call: OnCall) -> dict:
    now, due, salon = timezone.now(), help_request.promised_by, on_call.salon
    return {
        "by": time_of(due, now=now, zone=salon.zone, clock_24h=salon.clock_24h),
        "soon": is_soon(due, now=now),
        "by_text": bool(help_request.customer_phone),
        "salon": salon,
    }


def _promise(help_request: HelpRequest) -> Promise | None:
    return help_request.promises.filter(round=help_request.round).first()
