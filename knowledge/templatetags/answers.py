"""Found words and moments of the history, as the pages of learned answers write them."""

import datetime as dt
import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from knowledge.answer_list import words
from knowledge.models import Phrasing

register = template.Library()


@register.filter
def marked(text: str, looked_for: str) -> SafeString:
    """The text with what was looked for in <mark>."""
    found = sorted(set(words(looked_for or "")), key=len, reverse=True)
    if not found:
        return escape(text)
    pieces = re.split(f"({'|'.join(map(re.escape, found))})", text, flags=re.IGNORECASE)
    return mark_safe("".join(f"<mark>{escape(one)}</mark>" if at % 2 else escape(one) for at, one in enumerate(pieces)))


@register.filter
def moment(written: str | None) -> dt.datetime | None:
    """What the history keeps as text."""
    return dt.datetime.fromisoformat(written) if written else None


@register.filter
def state_words(state: str | None) -> str:
    return Phrasing.State(state).label if state else ""
