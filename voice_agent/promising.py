"""What may honestly be promised in a call: a text, a call back, or that she will know it the next time."""

from enum import StrEnum

from django.utils import timezone

from supervision import lifecycle
from supervision.models import Call, HelpRequest, Promise
from voice_agent.asked import sentence
from voice_agent.call import OnCall
from voice_agent.prompts import render
from voice_agent.replies import Asked
from voice_agent.spoken import is_soon, time_of
from voice_agent.turn import After, Said

TRIES = 2  # at a telephone number


class Way(StrEnum):
    """How a text could reach this caller."""

    AGREED = "agreed"
    OWN_NUMBER = "own_number"  # a mobile that has not agreed yet
    ASK_NUMBER = "ask_number"
    NONE = "none"  # forbidden, refused, asked too often, or a child


def way_to_text(on_call: OnCall) -> Way:
    call = Call.objects.select_related("caller").get(pk=on_call.call.pk)
    if on_call.no_texts or on_call.is_child or (call.caller and call.caller.opted_out_at):
        return Way.NONE
    if call.phone_to_text:
        return Way.AGREED
    if call.caller and call.caller.phone and not call.caller.unreachable_since:
        return Way.OWN_NUMBER
    return Way.ASK_NUMBER if on_call.numbers_asked < TRIES else Way.NONE


def about(help_request: HelpRequest, on_call: OnCall) -> dict:
    """What the templates of promises say: by when, and how."""
    promise, now, salon = help_request.current_promise, timezone.now(), on_call.salon
    due = help_request.promised_by
    return {
        "by": time_of(due, now=now, zone=salon.zone, clock_24h=salon.clock_24h),
        "soon": is_soon(due, now=now),
        "by_text": bool(promise and promise.kind == Promise.Kind.TEXT),
        "by_call": bool(promise and promise.kind == Promise.Kind.CALL_BACK),
        "salon": salon,
    }


def promise(help_request: HelpRequest, on_call: OnCall, template: str, *, after: After = After.LISTEN) -> Said:
    """The sentence of a promise, and nothing asked."""
    text = render(template, **about(help_request, on_call))
    return Said(text, promise=help_request.current_promise, after=after)


def ask_for_text(help_request: HelpRequest, on_call: OnCall, *, before: str = "") -> Said:
    """By text, if there is a way or the caller shows one; else "please call again". `asks` has still to be worded."""
    way = way_to_text(on_call)
    asks = {"help_request": str(help_request.pk)}
    if way == Way.OWN_NUMBER:
        return Said(before, asks={"kind": Asked.TEXT.value, **asks, "ending": _ending(on_call)})
    if way == Way.ASK_NUMBER:
        return Said(before, asks={"kind": Asked.NUMBER.value, **asks})
    if way == Way.AGREED and _goes_by_text(help_request):
        return promise(help_request, on_call, "will_text.txt")
    return Said(f"{before} {render('call_again.txt')}".strip(), promise=help_request.current_promise)


def worded(said: Said) -> Said:
    """With its question in its text: for what is said outside a turn."""
    if not said.asks:
        return said
    text = f"{said.text} {sentence(said.asks)}".strip()
    return Said(text, said.citations, said.asks, said.promise, said.after)


def waiting_in(on_call: OnCall) -> list[HelpRequest]:
    """What this call has asked and nobody has answered yet, the newest first."""
    pending = HelpRequest.objects.pending()
    theirs = pending.filter(call=on_call.call.pk) | pending.filter(calls=on_call.call.pk)
    return list(theirs.distinct().order_by("-created_at"))


def unpromised_in(on_call: OnCall) -> list[HelpRequest]:
    """Of these, what the caller has not been told anything about yet."""
    found = waiting_in(on_call)
    return [one for one in found if one.current_promise and one.current_promise.state == Promise.State.MADE]


def lookup(asks: dict) -> HelpRequest:
    return HelpRequest.objects.get(pk=asks["help_request"])


def _goes_by_text(help_request: HelpRequest) -> bool:
    return bool(help_request.current_promise and help_request.current_promise.kind == Promise.Kind.TEXT)


def _ending(on_call: OnCall) -> str:
    return " ".join((on_call.call.caller.phone or "")[-2:])


def give_number(help_request: HelpRequest, phone: str, *, asks: dict, words: str, on_call: OnCall) -> HelpRequest:
    """Consent, with the sentence that was asked and the words that agreed. Raises ValidationError."""
    asked = [sentence({"kind": Asked.NUMBER})] if asks["kind"] == Asked.NUMBER_RIGHT else []
    agreed = " ".join(f"“{one}”" for one in [*asked, sentence(asks), words])
    return lifecycle.give_number(help_request, phone, words=agreed, call=on_call.call)
