"""Who the caller is in a room, and what of him is believed."""

import asyncio
from types import SimpleNamespace

import pytest
from livekit import rtc

from voice_agent.call import Kind, wait_for_caller

NUMBER = "+14155552671"
SIP, STANDARD, AGENT = Kind.PARTICIPANT_KIND_SIP, Kind.PARTICIPANT_KIND_STANDARD, Kind.PARTICIPANT_KIND_AGENT


class Context:
    """A job's context in a room with these participants."""

    def __init__(self, *participants) -> None:
        self.room = rtc.EventEmitter()
        self.room.remote_participants = {one.identity: one for one in participants}

    async def connect(self) -> None:
        pass

    def comes(self, participant) -> None:
        self.room.remote_participants[participant.identity] = participant
        self.room.emit("participant_active", participant)


def participant(identity, kind=STANDARD):
    state = rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE
    return SimpleNamespace(identity=identity, kind=kind, state=state, attributes={"sip.phoneNumber": NUMBER})


async def test_the_number_of_a_telephone_is_believed():
    assert (await wait_for_caller(Context(participant("sip_1", SIP)))).phone == NUMBER


async def test_the_number_that_a_browser_gives_itself_is_not_believed():
    joined = await wait_for_caller(Context(participant("caller-1")))

    assert (joined.phone, joined.is_telephone) == ("", False)


@pytest.mark.parametrize("other", [participant("desk-1-ab"), participant("agent-1", AGENT)])
async def test_whoever_else_is_in_the_room_is_not_the_caller(other):
    context = Context(other)
    waiting = asyncio.create_task(wait_for_caller(context))
    await asyncio.sleep(0)

    context.comes(participant("sip_1", SIP))

    assert (await waiting).identity == "sip_1"
