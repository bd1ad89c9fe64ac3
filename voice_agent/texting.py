"""The number to text: the caller's own, or another, taken by voice or by keys and read back digit by digit."""

from django.core.exceptions import ValidationError

from supervision import lifecycle, numbers
from supervision.models import HelpRequest
from voice_agent import promising
from voice_agent.asked import was_heard
from voice_agent.call import OnCall
from voice_agent.keypad import Key, Pressed
from voice_agent.promising import TRIES
from voice_agent.prompts import render
from voice_agent.replies import Asked, Meaning, Reply
from voice_agent.turn import Said

MOST_PARTS = 5  # turns in which one number is said
NORTH_AMERICA = ("US", "CA", "PR", "JM", "DO", "BS")  # ten digits, always


def settle_text(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    help_request = promising.lookup(asks)
    if reply.meaning == Meaning.OTHER_NUMBER:
        return other_number(reply, asks, on_call)
    if not was_heard(asks, on_call.last_said) and reply.meaning != Meaning.NO:
        return Said("", asks=asks)
    if reply.meaning == Meaning.UNCLEAR and not asks.get("again"):
        return Said("", asks={**asks, "again": True})
    if reply.meaning != Meaning.YES:
        on_call.no_texts = True  # nobody is asked twice
        return text_or_not(help_request, on_call)
    try:
        help_request = agree_to_own_number(help_request, reply, asks, on_call)
    except ValidationError:
        return _ask_number(asks)
    return promising.promise(help_request, on_call, "number_noted.txt")


def settle_number(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    """Digits as they come, in one turn or in several, until they are a number that can be texted."""
    if reply.meaning == Meaning.NO:
        return without_number(asks, on_call)
    if reply.meaning == Meaning.OWN_NUMBER:
        return _own_number(reply, asks, on_call)
    if reply.meaning == Meaning.AGAIN:
        asks = {**asks, "digits": ""}
    if not reply.number:
        return _ask_again(asks, on_call, render("two_numbers.txt") if reply.meaning == Meaning.UNCLEAR else "")
    return _take_digits(reply.number, asks, on_call)


def settle_number_right(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    if reply.meaning == Meaning.NUMBER:
        return _take_digits(_corrected(asks["number"], reply), {**asks, "digits": ""}, on_call)
    if reply.meaning in (Meaning.OTHER_NUMBER, Meaning.NO):
        return _ask_again(asks, on_call)
    if reply.meaning == Meaning.OWN_NUMBER:
        return _own_number(reply, asks, on_call)
    if reply.meaning == Meaning.UNCLEAR and asks.get("again"):
        return _ask_again(asks, on_call)
    if reply.meaning == Meaning.UNCLEAR or not was_heard(asks, on_call.last_said):
        return Said("", asks={**asks, "again": reply.meaning == Meaning.UNCLEAR})
    return _agree(asks["number"], reply, asks, on_call)


def other_number(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    """Another number is wished for what this call waits for: said already, or asked for."""
    if not asks.get("help_request"):
        waiting = promising.waiting_in(on_call)
        if not waiting:
            return Said(render("nothing_to_text.txt"))
        asks = {"help_request": str(waiting[0].pk)}
    asks = {"kind": Asked.NUMBER.value, "help_request": asks["help_request"]}
    return _take_digits(reply.number, asks, on_call) if reply.number else _ask_number(asks)


def take_keys(pressed: Pressed, on_call: OnCall) -> Said:
    """A number keyed in while one is asked for; # alone says that the number read back is right."""
    asks = on_call.asks
    if pressed.key == Key.CONFIRMED and asks.get("kind") == Asked.NUMBER_RIGHT:
        return settle_number_right(Reply(Meaning.YES, words="#"), asks, on_call)
    if pressed.key == Key.NUMBER:
        return _take_digits(pressed.digits, {**asks, "digits": ""}, on_call)
    return Said("", asks=_anew(asks))


def whole_after(digits: str, on_call: OnCall) -> int:
    """After how many keys a number is whole without #; 0 where that differs."""
    if on_call.salon.region not in NORTH_AMERICA:
        return 0
    return 11 if digits.startswith("1") else 10


def agree_to_own_number(help_request: HelpRequest, reply: Reply, asks: dict, on_call: OnCall) -> HelpRequest:
    """Raises ValidationError when the caller's own number cannot be texted."""
    phone = on_call.call.caller.phone
    return promising.give_number(help_request, phone, asks=asks, words=reply.words, on_call=on_call)


def text_or_not(help_request: HelpRequest, on_call: OnCall) -> Said:
    """A text, if one has been agreed to; else she asks for that, or says that it is to be asked again."""
    if promising.about(help_request, on_call)["by_text"]:
        return promising.promise(help_request, on_call, "will_text.txt")
    if promising.way_to_text(on_call) == promising.Way.NONE:
        return promising.promise(help_request, on_call, "number_refused.txt")
    return promising.ask_for_text(help_request, on_call)


def without_number(asks: dict, on_call: OnCall) -> Said:
    return promising.promise(promising.lookup(asks), on_call, "number_refused.txt")


def for_a_child(help_request: HelpRequest, on_call: OnCall) -> Said:
    """No name, no consent, no text: a grown-up is called back, where the line shows a number."""
    help_request = lifecycle.promise_call_back(help_request)
    return promising.promise(help_request, on_call, "child_asking.txt")


def _take_digits(number: str, asks: dict, on_call: OnCall) -> Said:
    """They are the whole number, or what follows the digits that were said before."""
    before = asks.get("digits", "")
    reason = ""
    for digits in dict.fromkeys((before + number, number)):
        try:
            return Said("", asks=_right(numbers.e164(digits), asks))
        except ValidationError as error:
            reason = reason or " ".join(error.messages)
    parts = asks.get("parts", 0) + 1
    if numbers.is_unfinished(before + number) and parts < MOST_PARTS:
        return Said("", asks={**_number(asks), "digits": before + number, "parts": parts})
    return _ask_again(asks, on_call, reason)


def _agree(phone: str, reply: Reply, asks: dict, on_call: OnCall) -> Said:
    help_request = promising.lookup(asks)
    try:
        given = promising.give_number(help_request, phone, asks=asks, words=reply.words, on_call=on_call)
    except ValidationError as error:
        return _ask_again(asks, on_call, " ".join(error.messages))
    return promising.promise(given, on_call, "number_noted.txt")


def _own_number(reply: Reply, asks: dict, on_call: OnCall) -> Said:
    """ "The number I'm calling from": she says which, and that she would text, before that is a yes."""
    if on_call.call.caller is None or not on_call.call.caller.phone:
        return _ask_again(asks, on_call, render("own_number_unknown.txt"))
    if promising.way_to_text(on_call) == promising.Way.ASK_NUMBER:  # texts have not reached it
        return _ask_again(asks, on_call, numbers.NOT_THIS_ONE)
    return promising.ask_for_text(promising.lookup(asks), on_call)


def _ask_again(asks: dict, on_call: OnCall, reason: str = "") -> Said:
    tries = asks.get("tries", 0) + 1
    if tries > TRIES:
        return without_number(asks, on_call)
    return Said("", asks={**_number(asks), "tries": tries, "anew": True, "reason": reason})


def _ask_number(asks: dict) -> Said:
    return Said("", asks={"kind": Asked.NUMBER.value, "help_request": asks["help_request"]})


def _anew(asks: dict) -> dict:
    return {**_number(asks), "anew": True}


def _number(asks: dict) -> dict:
    kept = {name: asks[name] for name in ("help_request", "tries") if name in asks}
    return {"kind": Asked.NUMBER.value, **kept}


def _right(phone: str, asks: dict) -> dict:
    return {
        **_number(asks),
        "kind": Asked.NUMBER_RIGHT.value,
        "number": phone,
        "spoken": ", ".join(numbers.groups(phone)),
    }


def _corrected(phone: str, reply: Reply) -> str:
    """The number with some of its digits replaced: those at the end, or the first after the country's."""
    if not reply.place:
        return reply.number
    plain = numbers.national(phone)
    count = len(reply.number)
    if reply.place == "start":
        return reply.number + plain[count:]
    return plain[:-count] + reply.number
