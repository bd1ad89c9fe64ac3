"""Somebody says that what she said was wrong: the answer is called in doubt, or kept from the question it missed."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models, transaction

from knowledge import learning
from supervision import live
from supervision.models import Citation, Utterance


class Reason(models.TextChoices):
    INCORRECT = "incorrect", "incorrect"
    OUTDATED = "outdated", "outdated"
    INCOMPLETE = "incomplete", "incomplete"
    INAPPROPRIATE = "inappropriate", "inappropriate"
    NOT_ASKED = "not_asked", "not what was asked"


@transaction.atomic
def call_wrong(citation: Citation, *, reason: Reason, by: AbstractBaseUser) -> str:
    """Note it with the answer; returns the caller's wording that no longer leads there, or "".

    A salon fact has no wordings and no history: there is only the event.
    """
    struck = ""
    if answer := citation.learned_answer:
        struck = _strike(citation, by) if reason == Reason.NOT_ASKED else ""
        if not struck:
            learning.doubt(answer, by=by, reason=reason.label)
    live.emit(live.DESK, "wrong", reason=reason.label, citation=citation.pk, by=str(by.pk))
    return struck


def asked(utterance: Utterance) -> str:
    """The caller's words to which she said it; for a yes to "Do you mean …?", those before it; or ""."""
    earlier = utterance.call.utterances.filter(id__lt=utterance.pk).order_by("-id")
    words = utterance.reply_to or earlier.filter(speaker=Utterance.Speaker.CALLER).first()
    if words is None:
        return ""
    before = earlier.filter(id__lt=words.pk, speaker=Utterance.Speaker.RECEPTIONIST).first()
    asks = before.asks if before else {}
    return asks["question"] if asks.get("kind") == "do_you_mean" else words.text


def _strike(citation: Citation, by: AbstractBaseUser) -> str:
    words = asked(citation.utterance)
    reason = Reason.NOT_ASKED.label
    try:
        with transaction.atomic():
            struck = learning.strike(citation.learned_answer_id, words, source=reason, by=by, reason=reason)
    except ValidationError:  # it is the answer's own question, or nothing that could be kept
        return ""
    return words if struck else ""
