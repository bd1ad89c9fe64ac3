"""Times, numbers and likeness as the desk writes them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from supervision import viewer
from supervision.models import Call, Caller, Citation, Message, Promise, Utterance

register = template.Library()
SOON = timedelta(minutes=5)
FACTS = {
    "service": (gettext_lazy("a service"), "service"),
    "hours": (gettext_lazy("opening hours"), "openinghours"),
    "closure": (gettext_lazy("closed days"), "closure"),
}
NUMBER = (
    '<span class="number" dir="ltr"><span aria-hidden="true">{}</span><span class="visually-hidden">{}</span></span>'
)
DOING = {
    "ringing": gettext_lazy("it rings"),
    "holding": gettext_lazy("holding"),
    "taken_over": gettext_lazy("taken over"),
    "transferring": gettext_lazy("being put through"),
    "listening": gettext_lazy("she listens"),
    "thinking": gettext_lazy("she thinks"),
    "speaking": gettext_lazy("she speaks"),
}
DOING_ICONS = {"listening": "listening", "thinking": "thinking", "speaking": "speaking", "ringing": "phone"}
LIKENESS = (
    (0.95, gettext_lazy("same question")),
    (0.85, gettext_lazy("very close")),
    (0.65, gettext_lazy("close")),
)


@register.filter
def when(moment: datetime | None) -> str:
    """15:40, tomorrow 10:30, Mon 10:30, 3 Nov, 3 Nov 2025: where the viewer is, and on hover at the salon."""
    return _shown(moment, _in_words)


@register.filter
def clock(moment: datetime | None) -> str:
    """15:40:07, where the viewer is."""
    return _shown(moment, lambda local, today: f"{local:%H:%M:%S}")


@register.simple_tag
def viewer_zone() -> str:
    """ "" where it is the salon's."""
    return str(viewer.zone() or "")


@register.filter
def at_the_salon(moment: datetime) -> str:
    """As `when`, in the salon's zone whoever reads it: for what is kept."""
    return _in_words(timezone.localtime(moment), timezone.localdate())


def plainly(moment: datetime) -> str:
    """As `when`, for text that is no part of a page's markup."""
    return _in_words(timezone.localtime(moment, viewer.zone()), timezone.localdate(timezone=viewer.zone()))


def _shown(moment: datetime | None, words: Callable[[datetime, date], str]) -> str:
    if moment is None:
        return ""
    zone = viewer.zone()
    at_the_salon = words(timezone.localtime(moment), timezone.localdate())
    if zone is None:
        return at_the_salon
    here = words(timezone.localtime(moment, zone), timezone.localdate(timezone=zone))
    if here == at_the_salon:
        return here
    return format_html('<span title="{}">{}</span>', _("%(time)s at the salon") % {"time": at_the_salon}, here)


def _in_words(local: datetime, today: date) -> str:
    days = (local.date() - today).days
    clock = f"{local:%H:%M}"
    if days == 0:
        return clock
    if days == 1:
        return _("tomorrow %(time)s") % {"time": clock}
    if days == -1:
        return _("yesterday %(time)s") % {"time": clock}
    return dateformat.format(local, "D H:i" if abs(days) < 7 else "j M" if local.year == today.year else "j M Y")


@register.filter
def span(seconds: float) -> str:
    """0:42, 16 min, 1 h 36 min, 2 days: how long, in words that fit a narrow column."""
    seconds = max(0, int(seconds))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{minutes}:{seconds % 60:02}"
    if hours < 1:
        return f"{minutes} min"
    if hours < 10:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{hours} h" if hours < 48 else ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@register.filter
def left(due: datetime) -> str:
    """How long until then: "16 min left", "6 min late"."""
    seconds = (due - timezone.now()).total_seconds()
    words = _("%(time)s left") if seconds >= 0 else _("%(time)s late")
    return words % {"time": span(abs(seconds))}


@register.filter
def since(moment: datetime) -> str:
    """How long ago, without "ago"."""
    return span((timezone.now() - moment).total_seconds())


@register.filter
def how_far(promise: Promise | None) -> str:
    """What has been done about a promise so far, in two or three words; "" where nothing was promised."""
    if promise is None:
        return ""
    if promise.state in (Promise.State.MADE, Promise.State.REMINDED):
        if promise.escalated_at:
            return _("next in line asked")
        return _("reminded") if promise.reminded_at else _("not heard yet")
    return _("extended once") if promise.state == Promise.State.EXTENDED else translated(promise.get_state_display())


@register.filter
def urgency(due: datetime, made: datetime) -> str:
    """ "late" past its time, "soon" in the last quarter or five minutes, else nothing."""
    remaining = due - timezone.now()
    if remaining < timedelta():
        return "late"
    return "soon" if remaining <= max((due - made) / 4, SOON) else ""


@register.filter
def seconds_until(end: datetime, start: datetime | None = None) -> int:
    return max(0, int((end - (start or timezone.now())).total_seconds()))


@register.simple_tag
def number(phone: str) -> SafeString:
    """A telephone number of which only the country and the last two digits can be read."""
    ending = _("number ending in %(digits)s") % {"digits": phone[-2:]}
    return format_html(NUMBER, Caller(phone=phone).masked_phone, ending)


@register.filter
def masked(phone: str) -> str:
    return Caller(phone=phone).masked_phone


@register.filter
def likeness(score: float) -> str:
    """A similarity in words: figures look exact and are not."""
    return next((str(words) for least, words in LIKENESS if score >= least), _("distant"))


@register.filter
def state_class(message: Message) -> str:
    """The colour of a message's state: only what needs a person stands out."""
    states = Message.State
    if message.state in (states.DELIVERED, states.TOLD):
        return "kept"
    if message.state in (states.UNDELIVERED, states.REFUSED, states.UNDECIDED):
        return "late"
    return "soon" if message.state == states.UNKNOWN else "quiet"


@register.filter
def caller_name(call: Call) -> str:
    """What to call the person of this call."""
    if call.caller and call.caller.name:
        return call.caller.name
    return _("Practice caller") if call.is_practice else _("Unknown caller")


@register.filter
def call_state(call: Call) -> str:
    """Who does what in it now: "she listens", "holding", "it rings"."""
    return str(DOING.get(_doing(call), ""))


@register.filter
def call_icon(call: Call) -> str:
    return DOING_ICONS.get(_doing(call), "holding")


def _doing(call: Call) -> str:
    """The newest words decide (`last_…` of the desk)."""
    if call.state != Call.State.ANSWERED:
        return call.state
    speaker, finished = getattr(call, "last_speaker", None), getattr(call, "last_finished", None)
    if speaker == Utterance.Speaker.RECEPTIONIST and not finished:
        return "speaking"
    return "thinking" if speaker == Utterance.Speaker.CALLER else "listening"


@register.filter
def initials(user) -> str:
    name = user.get_full_name() or user.get_username()
    return "".join(word[0] for word in name.split()[:2]).upper()


@register.filter
def person(user) -> str:
    return user.get_short_name() or user.get_username()


@register.filter
def translated(label: str) -> str:
    """The words of a choice, as its model has them, in the reader's language."""
    return _(label) if label else ""


@register.filter
def seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 100 else _("under 0.1 s")


@register.inclusion_tag("supervision/source.html")
def source(citation: Citation) -> dict:
    """A link to the row whose words were spoken."""
    kind, _colon, key = citation.source.partition(":")
    if kind == "learned":
        name = _("learned answer")
        if citation.learned_answer:
            name = _("learned answer: %(question)s") % {"question": citation.learned_answer.question[:60]}
        return {"address": _address("knowledge_learnedanswer_change", key), "name": name, "learned": True}
    name = _("salon fact: %(kind)s") % {"kind": FACTS.get(kind, (kind,))[0]}
    return {"address": _fact_address(kind, key), "name": name}


@register.simple_tag
def known_at(candidate_id: str) -> str:
    """The page of a stored answer; "" where it has none."""
    kind, _colon, key = candidate_id.partition(":")
    if kind == "learned":
        return _address("knowledge_learnedanswer_change", key)
    return _fact_address(kind, key)


def _fact_address(kind: str, key: str) -> str:
    if kind == "service" and key.isdigit():
        return _address("knowledge_service_change", key)
    return _address(f"knowledge_{FACTS[kind][1]}_changelist") if kind in FACTS else ""


def _address(name: str, *keys: str) -> str:
    """ "" where the admin has no such page."""
    try:
        return reverse(f"admin:{name}", args=keys)
    except NoReverseMatch:
        return ""


@register.filter
def ago(moment: datetime) -> str:
    """4 seconds, 1 minute, 3 h: since then, in words for a sentence."""
    seconds = max(1, round((timezone.now() - moment).total_seconds()))
    if seconds < 120:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    return span(seconds).replace(" min", _(" minutes"))
