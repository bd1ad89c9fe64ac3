"""Rooms on LiveKit and who is in them: tokens, hanging up, a supervisor's voice, and sending an agent again.

LiveKit's library costs 21 MB and is imported when the first of these is used; `livekit.agents` never is.
"""

import asyncio
import datetime
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from knowledge.models import Salon
from supervision.models import Call

log = logging.getLogger(__name__)
SECONDS = 3.0  # for one answer of LiveKit's
TTL = datetime.timedelta(seconds=60)  # a token that is still valid opens a deleted room again
EMPTY_SECONDS, DEPARTURE_SECONDS = 20, 5  # how long a room waits for its first, and stays after its last participant
OURS = "call"  # how the names of our rooms begin; others of the same LiveKit project are none of our business
MOST_IN_A_ROOM = 8  # the caller and listeners; agents do not count
DESK = "desk"  # the topic of what the agent is to look at, and how supervisors' identities begin
NOT_FOUND = 404
Answer = TypeVar("Answer")


class Unreachable(Exception):
    """What could not be done, in a sentence for people; never holds a token, an address or a number."""


@dataclass(frozen=True)
class Participant:
    identity: str
    is_agent: bool
    is_hidden: bool
    may_speak: bool
    phone: str = ""  # of a caller by telephone; "" where it is withheld
    dialled: str = ""  # the number that he called


def is_configured() -> bool:
    """Whether there is a LiveKit server to call through."""
    return bool(settings.LIVEKIT_URL and settings.LIVEKIT_API_KEY and settings.LIVEKIT_API_SECRET)


def new_room() -> str:
    return f"{OURS}-{secrets.token_hex(8)}"


def agent_name() -> str:
    """Holds the salon's id, so that another machine with the same keys never takes this salon's calls."""
    return f"receptionist-{Salon.objects.current().uuid}"


# --- tokens: made here, without asking LiveKit ----------------------------------------------------------------------


def caller_token(call: Call, ttl: datetime.timedelta = TTL) -> str:
    """For the caller's browser; joining with it makes the room, and sends an agent there."""
    from livekit import api

    room = api.RoomConfiguration(
        empty_timeout=EMPTY_SECONDS,
        departure_timeout=DEPARTURE_SECONDS,
        max_participants=MOST_IN_A_ROOM,
        agents=[api.RoomAgentDispatch(agent_name=agent_name())],
    )
    grants = api.VideoGrants(room_join=True, room=call.room, can_publish_sources=["microphone"], can_publish_data=False)
    token = _token(f"caller-{secrets.token_hex(6)}", grants, ttl)
    return token.with_attributes({"desk.channel": "browser"}).with_room_config(room).to_jwt()


def listener_token(call: Call, by: AbstractBaseUser) -> str:
    """For a supervisor whom nobody sees or hears, until `allow_speaking`; sends no agent."""
    from livekit import api

    grants = api.VideoGrants(room_join=True, room=call.room, can_publish=False, can_publish_data=False, hidden=True)
    return _token(f"{supervisor_prefix(by.pk)}{secrets.token_hex(4)}", grants, TTL).to_jwt()


def speaker_token(call: Call, by: AbstractBaseUser) -> str:
    """For a supervisor who takes the call over without having listened before."""
    from livekit import api

    grants = api.VideoGrants(room_join=True, room=call.room, can_publish_sources=["microphone"], can_publish_data=False)
    return _token(f"{supervisor_prefix(by.pk)}{secrets.token_hex(4)}", grants, TTL).to_jwt()


def supervisor_prefix(pk: int | str) -> str:
    return f"{DESK}-{pk}-"


def _token(identity: str, grants: object, ttl: datetime.timedelta):
    from livekit import api

    token = api.AccessToken(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    return token.with_identity(identity).with_grants(grants).with_ttl(ttl)


# --- what LiveKit is asked to do ------------------------------------------------------------------------------------


def allow_speaking(call: Call, by: AbstractBaseUser) -> None:
    """This supervisor, who listens already, may use the microphone from now on, and is no longer hidden."""
    from livekit import api

    listening = [one.identity for one in participants(call.room) if one.identity.startswith(supervisor_prefix(by.pk))]
    if not listening:
        raise Unreachable("You are not in the call yet: listen in first.")
    allowed = api.ParticipantPermission(
        can_subscribe=True, can_publish=True, can_publish_sources=[api.TrackSource.MICROPHONE], hidden=False
    )
    for identity in listening:
        change = api.UpdateParticipantRequest(room=call.room, identity=identity, permission=allowed)
        _ask("Your microphone could not be let in", lambda livekit, it=change: livekit.room.update_participant(it))


def hang_up(room: str) -> bool:
    """Everybody leaves; False when there was no such room any more. The only hang-up that always works."""
    from livekit import api

    request = api.DeleteRoomRequest(room=room)
    return (
        _ask("The call could not be ended", lambda livekit: livekit.room.delete_room(request), or_else=None) is not None
    )


def nudge(call: Call) -> None:
    """Tell the agents in the call's room to read its row again; the row is the truth, and this only makes haste."""
    from livekit import api

    agents = [one.identity for one in participants(call.room) if one.is_agent]
    if not agents:
        return
    data = api.SendDataRequest(
        room=call.room, data=b"{}", kind=api.DataPacket.Kind.RELIABLE, topic=DESK, destination_identities=agents
    )
    _ask("She could not be told", lambda livekit: livekit.room.send_data(data), or_else=None)


def participants(room: str) -> list[Participant]:
    """Who is in the room, hidden listeners too; empty when there is no such room. An agent killed lately is listed."""
    from livekit import api

    request = api.ListParticipantsRequest(room=room)
    found = _ask("Who is in the call is unknown", lambda livekit: livekit.room.list_participants(request), or_else=None)
    return [_participant(one) for one in found.participants] if found else []


def rooms() -> list[str]:
    """The names of all rooms of this LiveKit project."""
    from livekit import api

    found = _ask("The calls are unknown", lambda livekit: livekit.room.list_rooms(api.ListRoomsRequest()))
    return [room.name for room in found.rooms]


def dispatch(room: str, metadata: str = "") -> None:
    """Send an agent into the room: LiveKit itself never repeats a dispatch that nobody took."""
    from livekit import api

    request = api.CreateAgentDispatchRequest(room=room, agent_name=agent_name(), metadata=metadata)
    _ask("She could not be sent", lambda livekit: livekit.agent_dispatch.create_dispatch(request))


def remove_agents(room: str) -> int:
    """Take the agents out of the room, dead ones too, for another to come; returns how many."""
    agents = [one.identity for one in participants(room) if one.is_agent]
    for identity in agents:
        remove(room, identity)
    return len(agents)


def remove(room: str, identity: str) -> None:
    """Take somebody out of the room. Who has a token that is still valid can come back."""
    from livekit import api

    who = api.RoomParticipantIdentity(room=room, identity=identity)
    _ask("Nobody could be removed", lambda livekit: livekit.room.remove_participant(who), or_else=None)


def _participant(found) -> Participant:
    from livekit import api

    may, kind = found.permission, api.ParticipantInfo.Kind
    sip = found.attributes if found.kind == kind.SIP else {}  # only what LiveKit itself has written is believed
    return Participant(
        found.identity,
        is_agent=found.kind == kind.AGENT,
        is_hidden=may.hidden,
        may_speak=may.can_publish,
        phone=sip.get("sip.phoneNumber", ""),
        dialled=sip.get("sip.trunkPhoneNumber", ""),
    )


_RAISE = object()


def _ask(sorry: str, call: Callable[[object], Awaitable[Answer]], *, or_else: object = _RAISE) -> Answer:
    """LiveKit's answer; `or_else` when the room or the participant does not exist. Raises Unreachable."""
    from aiohttp import ClientError
    from livekit import api

    if not is_configured():
        raise Unreachable(f"{sorry}: LiveKit is not configured.")
    try:
        return async_to_sync(_answer)(call)
    except api.ServerError as error:
        if error.status == NOT_FOUND and or_else is not _RAISE:
            return or_else
        log.warning("LiveKit refused: %s, %s", error.status, error.code)
        raise Unreachable(f"{sorry}: {_because(error.status)}.") from None
    except (ClientError, TimeoutError, OSError) as error:
        log.warning("LiveKit does not answer: %s", type(error).__name__)
        raise Unreachable(f"{sorry}: LiveKit's server does not answer.") from None


async def _answer(call: Callable[[object], Awaitable[Answer]]) -> Answer:
    from livekit import api

    secret = {"api_key": settings.LIVEKIT_API_KEY, "api_secret": settings.LIVEKIT_API_SECRET}
    async with asyncio.timeout(SECONDS), api.LiveKitAPI(settings.LIVEKIT_URL, **secret, failover=False) as livekit:
        return await call(livekit)


def _because(status: int) -> str:
    if status in (401, 403):
        return "LiveKit's server does not take our key"
    return "the call is over" if status == NOT_FOUND else "LiveKit's server refused"
