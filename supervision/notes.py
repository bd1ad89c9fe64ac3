"""The words of the texts that supervisors get, rendered from templates."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.template.loader import render_to_string

from knowledge.models import Salon
from supervision import links, segments
from supervision.models import HelpRequest, Supervisor
from supervision.reminding import time_of

LONGEST_NAME = 40
LONGEST_QUOTE = 160  # characters of a caller's words
DOTS = "..."


def render(template: str, /, **context) -> str:
    """A template of `messages/chair/`, in the alphabet that costs least."""
    text = render_to_string(f"supervision/messages/chair/{template}.txt", {"salon": Salon.objects.current(), **context})
    return segments.plain(text.strip())


def alert(help_request: HelpRequest, supervisor: Supervisor, at: datetime) -> str:
    """What is asked now, by when, and this supervisor's own name for it."""
    return render(
        "alert",
        name=called(help_request, supervisor),
        emergency=is_emergency(help_request),
        question=quoted(help_request.question),
        on_the_line=help_request.call.is_listening(at),
        promised_by=clock(help_request.promised_by, at),
        again=help_request.round > 1,
    )


def handed(help_request: HelpRequest, supervisor: Supervisor, by: AbstractBaseUser, at: datetime) -> str:
    """A colleague gives it to him: who, what is asked, and by when."""
    return render(
        "handed",
        name=called(help_request, supervisor),
        giver=quoted(by.get_short_name() or by.get_username(), LONGEST_NAME),
        question=quoted(help_request.question),
        promised_by=clock(help_request.promised_by, at),
    )


def is_emergency(help_request: HelpRequest) -> bool:
    return help_request.priority == HelpRequest.Priority.URGENT


def quoted(words: str, longest: int = LONGEST_QUOTE) -> str:
    """Somebody's words in one line, without what a telephone makes a link of."""
    line = segments.plain(links.without(" ".join(words.split()))).replace('"', "'")
    return line if len(line) <= longest else line[: longest - len(DOTS)].rstrip() + DOTS


def called(help_request: HelpRequest, supervisor: Supervisor) -> str:
    """K7QD: what this supervisor alone calls it in a text; the last two characters are his."""
    return f"{help_request.reference}{supervisor.code}"


def clock(moment: datetime, at: datetime) -> str:
    """3:40 pm, tomorrow 10:30 am: as the salon writes it."""
    return time_of(moment, at=at, salon=Salon.objects.current())


def ending(phone: str) -> str:
    """As much of a number as a text may tell."""
    return phone[-2:]
