"""Asking while the caller holds: one question, one window, and the truth when it has passed."""

from django.core.exceptions import ValidationError

from supervision import calls, presence
from supervision.models import HelpRequest
from voice_agent import promising, texting
from voice_agent.asked import was_heard
from voice_agent.call import OnCall
from voice_agent.promising import Way, worded
from voice_agent.prompts import render
from voice_agent.replies import Asked, Meaning, Reply
from voice_agent.turn import After, Said

NUMBERS = (Asked.NUMBER, Asked.NUMBER_RIGHT)


def next_step(help_request: HelpRequest, on_call: OnCall, template: str, *, beside: bool = False) -> Said:
    """What follows a question that she has asked a supervisor, by what is possible in this call."""
    refresh(on_call)
    if on_call.is_child:
        return texting.for_a_child(help_request, on_call)
    about = {**promising.about(help_request, on_call), "beside": beside}
    promise = help_request.current_promise if about["by_text"] else None
    if on_call.holds:
        return Said(render("also_asking.txt" if template == "checking.txt" else template, **about), promise=promise)
    without_promise = render(template, **{**about, "by_text": False})
    if not on_call.will_not_hold and presence.somebody_at_hand():
        texts = promising.way_to_text(on_call) == Way.OWN_NUMBER
        asks = {"kind": Asked.HOLD.value, "help_request": str(help_request.pk), "texts": texts}
        return Said(without_promise, asks=asks)
    if promise:
        return Said(render(template, **about), promise=promise)
    return promising.ask_for_text(help_request, on_call, before=without_promise)


def settle_hold(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    """A yes to holding is none to texts, and a yes to a question that was cut off is none to its end."""
    help_request = promising.lookup(asks)
    if help_request.status != HelpRequest.Status.PENDING:  # the answer was faster
        return Said(render("small_talk/acknowledged.txt"))
    is_cut_off = not was_heard(asks, on_call.last_said)
    if (is_cut_off and "hold" not in on_call.last_said) or (reply.meaning == Meaning.UNCLEAR and not asks.get("again")):
        on_call.no_texts |= bool(asks["texts"] and reply.texts is False)
        texts = asks["texts"] and not on_call.no_texts
        return Said("", asks={**asks, "texts": texts, "again": reply.meaning == Meaning.UNCLEAR})
    if reply.meaning == Meaning.OTHER_NUMBER:
        return _hold_and_ask_number(reply, asks, on_call)
    if asks["texts"] and not is_cut_off:
        _take_consent(help_request, reply, asks, on_call)
    if reply.holds:
        return _hold(promising.lookup(asks), on_call)
    on_call.will_not_hold = True
    return texting.text_or_not(promising.lookup(asks), on_call)


def stop_holding(on_call: OnCall) -> Said:
    """The window has passed: an honest promise, or the question that makes one possible.

    No words where the caller waits no longer, since the answer or a person has come.
    """
    refresh(on_call)
    if not on_call.holds:
        return Said("")
    resume(on_call)
    on_call.will_not_hold = True
    waiting = promising.waiting_in(on_call)
    if not waiting:
        return Said(render("small_talk/acknowledged.txt"))
    about = promising.about(waiting[0], on_call)
    if about["by_text"]:
        return promising.promise(waiting[0], on_call, "hold_over.txt")
    before = render("hold_over.txt", **about)
    if on_call.asks.get("kind") in NUMBERS:
        return worded(Said(before, asks=on_call.asks))
    return worded(promising.ask_for_text(waiting[0], on_call, before=before))


def after_news(on_call: OnCall) -> bool:
    """An answer was told: whether something is still waited for on the line. What she asked about it is forgotten."""
    waiting = {str(one.pk) for one in promising.waiting_in(on_call)}
    about = on_call.asks.get("help_request")
    if about and about not in waiting:
        on_call.asks = {}
    refresh(on_call)
    if not waiting and on_call.holds:
        resume(on_call)
    return on_call.holds


def resume(on_call: OnCall) -> None:
    calls.resume(on_call.call)
    refresh(on_call)


def hold(on_call: OnCall) -> None:
    calls.hold(on_call.call)
    refresh(on_call)


def refresh(on_call: OnCall) -> None:
    """The state of the line, which others change too."""
    on_call.call.refresh_from_db(fields=["state", "off_the_record"])


def _take_consent(help_request: HelpRequest, reply: Reply, asks: dict, on_call: OnCall) -> None:
    if reply.texts is False:
        on_call.no_texts = True
    elif reply.texts:
        try:
            texting.agree_to_own_number(help_request, reply, asks, on_call)
        except ValidationError:  # opted out in the meantime
            on_call.no_texts = True


def _hold(help_request: HelpRequest, on_call: OnCall) -> Said:
    hold(on_call)
    about = promising.about(help_request, on_call)
    promise = help_request.current_promise if about["by_text"] else None
    return Said(render("hold_on.txt", **about), promise=promise, after=After.HOLD)


def _hold_and_ask_number(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    said = texting.other_number(reply, asks, on_call)
    if not reply.holds:
        on_call.will_not_hold = True
        return said
    hold(on_call)
    return Said(said.text, asks=said.asks, promise=said.promise, after=After.HOLD)
