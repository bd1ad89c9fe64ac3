"""The words of the texts that people get, rendered from templates."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from knowledge.models import Salon
from supervision import links, segments
from supervision.models import HelpRequest

QUOTE_LENGTH = 80  # characters: enough to know one's own question again after some hours
QUOTE_LEAST = 12  # with fewer, the dots alone say as much
DOTS = "..."
NAMED = 6  # characters that cost double; more of them are another alphabet
# What stands in a frame for the caller's question and for the answer: no keyboard has these.
QUESTION, ANSWER = "\ue000", "\ue001"
ABOUT_THE_ANSWER = (TOO_MANY_SEGMENTS, FOREIGN_LINK) = ("too_many_segments", "foreign_link")


def for_caller(help_request: HelpRequest, purpose: str) -> str:
    """The whole text of a message about the caller's own question; the question is quoted as far as there is room."""
    return fitted(frame(purpose), quoted(help_request.question), help_request.supervisor_response)


def check(help_request: HelpRequest, answer: str, purpose: str) -> None:
    """Raises ValidationError, with words and numbers, when the whole text would be longer than may be sent."""
    text = fitted(frame(purpose), quoted(help_request.question), answer)
    size, most = segments.measure(text), settings.MESSAGE_SEGMENTS
    if size.segments > most:
        raise ValidationError(_too_long(size, most), code=TOO_MANY_SEGMENTS)


def check_links(answer: str) -> None:
    """Raises ValidationError when it holds a link that is not the salon's."""
    if foreign := links.foreign(answer):
        raise ValidationError(
            f"Only the salon's own links may be sent. Take this out: {', '.join(dict.fromkeys(foreign))}",
            code=FOREIGN_LINK,
        )


def frame(purpose: str) -> str:
    """The text with marks for the question and the answer, for who tries what fits."""
    return _render(purpose, salon=Salon.objects.current(), question=QUESTION, answer=ANSWER)


def quoted(question: str) -> str:
    """The caller's words in one line, plain, and without links."""
    return segments.plain(links.without(" ".join(question.split())))


def fitted(frame: str, question: str, answer: str) -> str:
    """The frame filled in: the longest quote with which it fits, else the shortest; the answer is never shortened."""
    longest = min(len(question), QUOTE_LENGTH)
    for length in (longest, *range(longest - 1, QUOTE_LEAST - 1, -1), len(DOTS)):
        text = _filled(frame, _cut(question, length), segments.plain(answer))
        if segments.measure(text).segments <= settings.MESSAGE_SEGMENTS:
            break
    return text


def cut_off(text: str) -> str:
    """A message that may have been heard in part before the line broke; without a word of it where none fits."""
    begun = _render("cut_off", text=text)
    most = max(settings.MESSAGE_SEGMENTS, segments.measure(text).segments)
    return begun if segments.measure(begun).segments <= most else text


def _filled(frame: str, question: str, answer: str) -> str:
    words = {QUESTION: question, ANSWER: answer}
    return re.sub(f"[{QUESTION}{ANSWER}]", lambda mark: words[mark[0]], frame).strip()


def _cut(question: str, length: int) -> str:
    return question if len(question) <= length else question[: length - len(DOTS)].rstrip(" \u200d") + DOTS


def _too_long(size: segments.Size, most: int) -> str:
    alone, of_several = segments.ROOM[size.alphabet]
    over = size.units - (alone if most == 1 else of_several * most)
    said = (
        f"With the question quoted this makes {size.segments} texts; at most {most} are sent. "
        f"Shorten the answer by about {max(over, 1)} characters."
    )
    if len(size.costly) > NAMED:
        said += " In this alphabet a text holds less than half."
    elif size.costly:
        said += f" These make it cost double: {' '.join(size.costly)}"
    return said


def _render(name: str, **context) -> str:
    return segments.plain(render_to_string(f"supervision/messages/{name}.txt", context).strip())
