"""A supervisor who has taken a call over and is gone, or has to go: she goes on with the caller."""

from contextlib import suppress
from uuid import UUID

from supervision import call_control, calls
from supervision.call_control import Unreachable
from supervision.models import Call

AWAY_SECONDS = 10.0  # long enough to load a page again


def taken_over(call_id: UUID, user_id: int) -> Call | None:
    """The call, while this supervisor has it."""
    taken = Call.objects.filter(pk=call_id, state=Call.State.TAKEN_OVER, taken_over_by=user_id)
    return taken.first()


def hand_back_if_gone(call_id: UUID, user_id: int) -> bool:
    """True when it was handed back. A page may be gone while its voice is there still: LiveKit knows."""
    call = taken_over(call_id, user_id)
    if call is None:
        return False
    prefix = call_control.supervisor_prefix(user_id)
    with suppress(Unreachable):
        if any(one.identity.startswith(prefix) and one.may_speak for one in call_control.participants(call.room)):
            return False
        return give_back(call, reason="the supervisor has left the call")
    return False


def give_back(call: Call, *, reason: str) -> bool:
    """She has it again and is told so; False when nobody had taken it over any longer."""
    if not calls.hand_back(call, reason=reason):
        return False
    with suppress(Unreachable):
        call_control.nudge(call)
    return True
