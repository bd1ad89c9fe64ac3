"""What is said about a promise before it is kept: to the supervisors who can keep it, and to the caller who waits."""

from datetime import datetime

from django.template.loader import render_to_string

from knowledge.models import Salon
from supervision import segments, texts
from supervision.models import HelpRequest, Message, Promise, Supervisor

MOST_LISTED = 6  # requests in one text, which is to stay short
QUOTED = 160  # characters of a caller's words


def to_supervisor(name: str, supervisor: Supervisor, promises: list[Promise], *, at: datetime) -> str:
    """All that he is reminded of, in one text: quoted where it is one question, listed where there are more."""
    salon = Salon.objects.current()
    waiting = [
        {
            "reference": f"{promise.help_request.reference}{supervisor.code}",
            "by": time_of(promise.due_at, at=at, salon=salon),
            "question": _cut(texts.quoted(promise.help_request.question)),
            "promise": promise,
        }
        for promise in listed(promises)
    ]
    return _render(name, salon=salon, waiting=waiting, count=len(promises), others=len(promises) - len(waiting))


def listed(promises: list[Promise]) -> list[Promise]:
    """Those that a text to a supervisor tells by their names."""
    return promises[:MOST_LISTED]


def still_checking(help_request: HelpRequest, *, at: datetime) -> str:
    """For the caller: not yet, and by when now."""
    salon = Salon.objects.current()
    by = time_of(help_request.promised_by, at=at, salon=salon)
    frame = _render(Message.Purpose.STILL_CHECKING, salon=salon, question=texts.QUESTION, by=by)
    return texts.fitted(frame, texts.quoted(help_request.question), "")


def time_of(moment: datetime, *, at: datetime, salon: Salon) -> str:
    """3:40 pm, tomorrow 10:30 am, Mon 10:30 am, 3 Jun 10:30 am: as the salon writes the hours of a day."""
    local = moment.astimezone(salon.zone)
    clock = f"{local:%H:%M}" if salon.clock_24h else f"{local:%I:%M %p}".lstrip("0").lower()
    days = (local.date() - at.astimezone(salon.zone).date()).days
    if days == 0:
        return clock
    if days == 1:
        return f"tomorrow {clock}"
    return f"{local:%a} {clock}" if 1 < days < 7 else f"{local.day} {local:%b} {clock}"


def _cut(words: str) -> str:
    return words if len(words) <= QUOTED else words[: QUOTED - 3].rstrip() + "..."


def _render(name: str, **context) -> str:
    return segments.plain(render_to_string(f"supervision/messages/{name}.txt", context).strip())
