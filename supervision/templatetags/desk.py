"""Times, numbers and likeness as the desk writes them."""

from datetime import datetime, timedelta

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supervision.models import Call, Caller, Citation, Message, Promise, Utterance

register = template.Library()
SOON = timedelta(minutes=5)
FACTS = {
    "service": ("a service", "service"),
    "hours": ("opening hours", "openinghours"),
    "closure": ("closed days", "closure"),
}
NUMBER = (
    '<span class="number" dir="ltr"><span aria-hidden="true">{}</span>'
    '<span class="visually-hidden">number ending in {}</span></span>'
)
DOING = {
    Call.State.RINGING: "it rings",
    Call.State.HOLDING: "holding",
    Call.State.TAKEN_OVER: "taken over",
    Call.State.TRANSFERRING: "being put through",
}
DOING_ICONS = {"she listens": "listening", "she thinks": "thinking", "she speaks": "speaking", "it rings": "phone"}
LIKENESS = ((0.95, "same question"), (0.85, "very close"), (0.65, "close"))


@register.filter
def when(moment: datetime | None) -> str:
    """15:40, tomorrow 10:30, Mon 10:30, 3 Nov, 3 Nov 2025: as short as it stays clear, in the current zone."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localdate()
    days = (local.date() - today).days
    clock = f"{local:%H:%M}"
    if days == 0:
        return clock
    if days in (1, -1):
        return f"{'tomorrow' if days == 1 else 'yesterday'} {clock}"
    if abs(days) < 7:
        return f"{local:%a} {clock}"
    return f"{local.day} {local:%b}" + ("" if local.year == today.year else f" {local.year}")


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
    return f"{hours} h" if hours < 48 else f"{days} days"


@register.filter
def left(due: datetime) -> str:
    """How long until then: "16 min left", "6 min late"."""
    seconds = (due - timezone.now()).total_seconds()
    return f"{span(seconds)} left" if seconds >= 0 else f"{span(-seconds)} late"


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
            return "next in line asked"
        return "reminded" if promise.reminded_at else "not heard yet"
    return "extended once" if promise.state == Promise.State.EXTENDED else promise.get_state_display()


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
    return format_html(NUMBER, Caller(phone=phone).masked_phone, phone[-2:])


@register.filter
def masked(phone: str) -> str:
    return Caller(phone=phone).masked_phone


@register.filter
def likeness(score: float) -> str:
    """A similarity in words: figures look exact and are not."""
    return next((words for least, words in LIKENESS if score >= least), "distant")


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
    return "Practice caller" if call.is_practice else "Unknown caller"


@register.filter
def call_state(call: Call) -> str:
    """Who does what in it now: "she listens", "holding", "it rings"; the newest words decide (`last_…` of the desk)."""
    if call.state != Call.State.ANSWERED:
        return DOING.get(call.state, "")
    speaker, finished = getattr(call, "last_speaker", None), getattr(call, "last_finished", None)
    if speaker == Utterance.Speaker.RECEPTIONIST and not finished:
        return "she speaks"
    return "she thinks" if speaker == Utterance.Speaker.CALLER else "she listens"


@register.filter
def call_icon(call: Call) -> str:
    return DOING_ICONS.get(call_state(call), "holding")


@register.filter
def initials(user) -> str:
    name = user.get_full_name() or user.get_username()
    return "".join(word[0] for word in name.split()[:2]).upper()


@register.filter
def person(user) -> str:
    return user.get_short_name() or user.get_username()


@register.filter
def seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 100 else "under 0.1 s"


@register.inclusion_tag("supervision/source.html")
def source(citation: Citation) -> dict:
    """A link to the row whose words were spoken."""
    kind, _, key = citation.source.partition(":")
    if kind == "learned":
        name = (
            f"learned answer: {citation.learned_answer.question[:60]}" if citation.learned_answer else "learned answer"
        )
        return {"address": _address("knowledge_learnedanswer_change", key), "name": name, "learned": True}
    return {"address": _fact_address(kind, key), "name": f"salon fact: {FACTS.get(kind, (kind,))[0]}"}


@register.simple_tag
def known_at(candidate_id: str) -> str:
    """The page of a stored answer; "" where it has none."""
    kind, _, key = candidate_id.partition(":")
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
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return span(seconds).replace(" min", " minutes")
