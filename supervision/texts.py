"""The words of the texts that people get, rendered from templates."""

from django.template.loader import render_to_string
from django.utils.text import Truncator

from knowledge.models import Salon
from supervision.models import HelpRequest

QUOTE_LENGTH = 80  # characters: enough to know one's own question again after some hours
# Punctuation outside the GSM alphabet makes a text cost double and hold 70 characters instead of 160.
PLAIN_PUNCTUATION = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " "}
)


def for_caller(help_request: HelpRequest, purpose: str) -> str:
    """The whole text of a message about the caller's own question."""
    question = " ".join(help_request.question.split())
    return _render(
        purpose,
        salon=Salon.objects.current(),
        question=Truncator(question).chars(QUOTE_LENGTH, truncate="..."),
        answer=help_request.supervisor_response,
    )


def cut_off(text: str) -> str:
    """A message that may have been heard in part before the line broke."""
    return _render("cut_off", text=text)


def _render(name: str, **context) -> str:
    return render_to_string(f"supervision/messages/{name}.txt", context).strip().translate(PLAIN_PUNCTUATION)
