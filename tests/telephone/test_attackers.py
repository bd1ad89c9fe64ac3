"""Callers who send more than sound: what they cannot learn, change or pretend, on the real server."""

import asyncio

from livekit import api
from livekit.protocol.agent_pb import agent_session

from supervision.call_control import DESK
from tests.telephone.phone import exchange

QUESTION = "Do you have wifi?"
ANSWER = "Yes, free wifi for guests. The password stands on every mirror."
REMOTE_CONTROL = "lk.agent.session"  # LiveKit's own: reads the conversation, types into it, switches ears and voice off
VICTIM = "+14155552699"


def commands() -> list[bytes]:
    asked = [agent_session.SessionRequest(request_id=str(number)) for number in range(4)]
    asked[0].get_agent_info.SetInParent()
    asked[1].get_chat_history.SetInParent()
    asked[2].update_io.output.audio_enabled = False
    asked[3].update_io.input.audio_enabled = False
    return [agent_session.AgentSessionMessage(request=request).SerializeToString() for request in asked]


async def test_a_caller_controls_her_by_nothing_but_words(salon, vendors):
    """Also one whose token would let him send data."""
    vendors.learn(QUESTION)
    told: list[str] = []
    lie = {"sip.phoneNumber": VICTIM}
    browser = {"kind": "standard", "identity": "caller-0123456789ab", "attributes": lie}
    async with salon.phone(grants={"can_publish_data": True}, **browser) as caller:
        caller.room.register_byte_stream_handler(REMOTE_CONTROL, lambda reader, sender: told.append(sender))
        await caller.hears()
        for command in commands():
            await on_the_line(caller, lambda me, it=command: me.send_bytes(it, name="x", topic=REMOTE_CONTROL))
        await on_the_line(caller, lambda me: me.publish_data(b"{}", topic=DESK))
        answer = await caller.ask(QUESTION)

    assert answer.says(ANSWER)
    assert told == []
    assert salon.call(caller, "channel") == "browser"
    assert salon.call(caller, "caller_id") is None


async def test_a_call_that_is_over_is_not_gone_on_with_in_its_room(salon, vendors):
    """A token is good for two minutes: whoever comes back is in no call, and is not left in a room for nothing."""
    async with salon.phone() as caller:
        await caller.hears()
    salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)
    await is_gone(salon, caller.room_name)

    async with salon.phone(room=caller.room_name) as again:
        await again.is_hung_up_on(within=15)

    assert again.last_sound() == 0.0
    assert salon.call(caller) == "ended"


async def is_gone(salon, room: str) -> None:
    """Whoever comes in while a room is deleted is thrown out by that alone."""
    livekit = salon.livekit
    async with api.LiveKitAPI(livekit.url, livekit.key, livekit.secret) as there, asyncio.timeout(10):
        while (await there.room.list_rooms(api.ListRoomsRequest(names=[room]))).rooms:
            await asyncio.sleep(0.05)


async def on_the_line(caller, send) -> None:
    sending = asyncio.run_coroutine_threadsafe(send(caller.room.local_participant), exchange())
    await asyncio.wrap_future(sending)
