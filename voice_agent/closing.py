"""A person who is wanted, keys, silence, and last words: what she says in a spoken call beside its questions."""

from django.conf import settings
from django.core.exceptions import ValidationError

from supervision import calls, lifecycle, presence
from supervision.models import Call, HelpRequest
from voice_agent import holding, promising, texting
from voice_agent.asked import ABOUT_TEXTS
from voice_agent.call import OnCall
from voice_agent.keypad import Key
from voice_agent.promising import worded
from voice_agent.prompts import render
from voice_agent.replies import Asked
from voice_agent.turn import After, Said

NUMBERS = (Asked.NUMBER, Asked.NUMBER_RIGHT)
PATIENCE = 2  # silences after which she asks; after the next she says goodbye


def ring_for_a_person(words: str, on_call: OnCall) -> Said:
    """The desk rings while the caller waits; where nobody sees the desk, nobody is waited for."""
    question = render("person_question.txt") if on_call.call.off_the_record or not words else words
    utterance = None if on_call.call.off_the_record else on_call.utterance
    try:
        wanted = lifecycle.ask_for_a_person(question, call=on_call.call, utterance=utterance)
    except ValidationError as error:
        if getattr(error, "code", "") != "too_many":
            raise
        return Said(render("too_many.txt"))
    on_call.wants_person = str(wanted.pk)
    if not presence.somebody_at_hand():
        return _without_a_person(on_call)
    holding.hold(on_call)
    return Said(render("person_ringing.txt"), after=After.RING)


def nobody_came(on_call: OnCall) -> Said:
    """The time for a person is up. No words where the caller waits no longer: somebody has come after all."""
    holding.refresh(on_call)
    if not on_call.holds:
        return Said("")
    holding.resume(on_call)
    return _without_a_person(on_call)


def _without_a_person(on_call: OnCall) -> Said:
    """Put through to the salon, where that is possible; else an honest promise to call back."""
    if _may_transfer(on_call):
        on_call.transfer_tried = True
        return Said(render("putting_through.txt"), after=After.TRANSFER)
    return _will_call_back("nobody_came.txt", on_call)


def transfer_failed(on_call: OnCall) -> Said:
    """She is with the caller again."""
    calls.transfer_failed(on_call.call, reason="not put through")
    holding.refresh(on_call)
    return _will_call_back("transfer_failed.txt", on_call)


def person_came(on_call: OnCall) -> None:
    """A supervisor has taken the call over: the wish for a person is fulfilled."""
    call = Call.objects.select_related("taken_over_by").get(pk=on_call.call.pk)
    wanted = HelpRequest.objects.pending().filter(pk=on_call.wants_person or None).first()
    if wanted and call.taken_over_by:
        told = HelpRequest.ClosedBecause.TOLD_BY_PHONE
        by, answer = call.taken_over_by, render("person_came.txt")
        lifecycle.resolve(wanted, answer=answer, by=by, teach=False, because=told)
    on_call.wants_person = ""


def press(key: str, on_call: OnCall) -> Said | None:
    """What a key does; None while there is nothing to say yet. Its question is in the text already."""
    collects = on_call.asks.get("kind") in NUMBERS
    whole = texting.whole_after(on_call.keypad.digits + key, on_call)
    pressed = on_call.keypad.press(key, collects=collects, whole=whole)
    if pressed is None:
        return None
    if pressed.key == Key.PERSON:
        if on_call.holds and on_call.wants_person:
            return None  # the desk rings already
        return worded(ring_for_a_person("", on_call))
    return worded(texting.take_keys(pressed, on_call))


def silence(on_call: OnCall, times: int) -> Said:
    """Is he still there? Asked twice; then goodbye. What she had asked is still open."""
    if times <= PATIENCE:
        return Said(render("still_there.txt", again=times > 1), asks=on_call.asks)
    return last_words("silence_goodbye.txt", on_call)


def too_long(on_call: OnCall) -> Said:
    """The time for a call is up."""
    return last_words("too_long.txt", on_call)


def say_goodbye(kind: str, on_call: OnCall) -> Said:
    return last_words(f"small_talk/{kind}.txt", on_call)


def last_words(template: str, on_call: OnCall) -> Said:
    """Before them, the truth about what was asked and not promised yet."""
    goodbye = render(template, salon=on_call.salon)
    loose = promising.unpromised_in(on_call)
    if not loose:
        return Said(goodbye, after=After.HANG_UP)
    by_text = promising.about(loose[0], on_call)["by_text"]
    promised = promising.promise(loose[0], on_call, "will_text.txt" if by_text else "call_again.txt")
    return Said(f"{promised.text} {goodbye}", promise=promised.promise, after=After.HANG_UP)


def go_off_the_record(on_call: OnCall) -> Said:
    calls.go_off_the_record(on_call.call)
    on_call.call.off_the_record = True
    return Said(render("off_the_record.txt"))


def meet_a_child(on_call: OnCall) -> Said:
    """From here on: no name, no consent, no text."""
    on_call.is_child = True
    if on_call.asks.get("kind") in ABOUT_TEXTS:
        on_call.asks = {}
    return Said(render("child.txt"))


def _may_transfer(on_call: OnCall) -> bool:
    is_telephone = on_call.call.channel == Call.Channel.PHONE and not on_call.call.is_practice
    return bool(settings.SALON_PHONE) and is_telephone and not on_call.transfer_tried


def _will_call_back(template: str, on_call: OnCall) -> Said:
    wanted = HelpRequest.objects.filter(pk=on_call.wants_person or None).first()
    if wanted is None:  # another process had rung
        return Said(render(template, by_call=False))
    return promising.promise(lifecycle.promise_call_back(wanted), on_call, template)
