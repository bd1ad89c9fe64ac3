"""The words of what she asks and waits for, from the data that is kept of it."""

from datetime import timedelta

from django.conf import settings

from voice_agent.prompts import render
from voice_agent.replies import Asked

YES_OR_NO = (Asked.HOLD, Asked.TEXT, Asked.NUMBER_RIGHT, Asked.PASS_ON)
ABOUT_TEXTS = (Asked.NUMBER, *YES_OR_NO)  # what is waited for while other things are said
LOST_WORDS = 3
WINDOWS = ((45, "half a minute"), (90, "a minute"), (150, "two minutes"))  # seconds


def sentence(asks: dict) -> str:
    """Her question; the same asks give the same words, so that it is known later what a yes was said to."""
    kind, again = asks["kind"], bool(asks.get("again"))
    if kind == Asked.DO_YOU_MEAN:
        return render("do_you_mean.txt", question=asks["offer"], again=again)
    if kind == Asked.HOLD:
        return render("ask_to_hold.txt", texts=asks["texts"], window=window_of(settings.HOLD_WINDOW), again=again)
    if kind == Asked.TEXT:
        return render("ask_text.txt", ending=asks["ending"], again=again)
    if kind == Asked.NUMBER_RIGHT:
        return render("number_right.txt", number=asks["spoken"], again=again)
    if kind == Asked.PASS_ON:
        return render("ask_to_pass_on.txt", again=again)
    return _for_number(asks)


def was_heard(asks: dict, last_said: str) -> bool:
    """Whether her last words were this question: nobody agrees to what he has not heard.

    Its last three words, "you the answer?", "is that right?", may be lost where he answered into them.
    """
    asked, heard = sentence(asks).split(), last_said.split()
    counts = range(len(asked), max(0, len(asked) - LOST_WORDS - 1), -1)
    return any(heard[-count:] == asked[:count] or heard[-count - 1 : -1] == asked[:count] for count in counts)


def window_of(window: timedelta) -> str:
    seconds = window.total_seconds()
    return next((words for most, words in WINDOWS if seconds <= most), "a few minutes")


def _for_number(asks: dict) -> str:
    if digits := asks.get("digits"):
        return render("number_so_far.txt", count=len(digits.lstrip("+")), number=_in_threes(digits))
    if asks.get("anew"):
        return render("ask_number_anew.txt", reason=asks.get("reason", ""))
    return render("number_wrong.txt" if asks.get("tries") else "ask_number.txt", reason=asks.get("reason", ""))


def _in_threes(digits: str) -> str:
    plain = digits.lstrip("+")
    groups = [" ".join(plain[at : at + 3]) for at in range(0, len(plain), 3)]
    return ("plus " if digits.startswith("+") else "") + ", ".join(groups)
