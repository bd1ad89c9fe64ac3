"""What she says in a conversation by text, and to texts that need no conversation: each leaves as one text."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string

from knowledge.models import Salon
from supervision import messages, segments
from supervision.models import Call, Caller, InboundText, Message, Utterance

HERS = Q(speaker=Utterance.Speaker.RECEPTIONIST, finished_at__isnull=False)


def send_reply(reply: Utterance, call: Call, *, at: datetime) -> Message:
    """Her finished words as a text, once."""
    first = not call.utterances.filter(HERS).exclude(pk=reply.pk).exists()
    return messages.queue_apart(
        subject=f"utterance:{reply.pk}",
        recipient=call.phone_to_text,
        purpose=Message.Purpose.REPLY,
        text=fitted("reply", reply.text, first=first),
        inbound=_asked_by(reply),
        at=at,
    )


def answer(text: InboundText, caller: Caller, name: str, *, at: datetime, **about) -> Message:
    """A fixed text, by its template, in reply to this one; said once, however often it is read."""
    words = render(name, **about)
    return messages.queue_apart(
        subject=f"inbound:{text.pk}",
        recipient=caller.phone,
        purpose=Message.Purpose.REPLY,
        text=words,
        inbound=text,
        at=at,
    )


def fitted(name: str, words: str, **about) -> str:
    """The template with these words; where that is more than may be sent, with as many whole words as fit."""
    text = render(name, words=words, **about)
    kept = words.split(" ")
    while segments.measure(text).segments > settings.MESSAGE_SEGMENTS and len(kept) > 1:
        kept.pop()
        text = render(name, words=" ".join(kept).rstrip(" ,;:"), cut=True, **about)
    return text


def render(name: str, **about) -> str:
    """A template of `messages/callers/`, in the alphabet that costs least."""
    context = {"salon": Salon.objects.current(), **about}
    return segments.plain(render_to_string(f"supervision/messages/callers/{name}.txt", context).strip())


def _asked_by(reply: Utterance) -> InboundText | None:
    """The text whose words these were a reply to; its utterance is named after it."""
    asked = reply.reply_to
    return InboundText.objects.filter(pk=asked.client_id.int).first() if asked and asked.client_id else None
