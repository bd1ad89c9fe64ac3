"""A person in the call: asked for by voice or key, listening, taking over, giving back."""

import asyncio

HOURS = "What are your opening hours?"
PERSON = "Can I talk to a person?"
ACT = """
from django.contrib.auth import get_user_model
from supervision import calls
call = Call.objects.get(room={room!r})
{verb}
print("true")
"""


async def act(salon, caller, verb: str) -> None:
    """What a supervisor does on the call's page, without the page."""
    await asyncio.to_thread(salon.ask, ACT.format(room=caller.room_name, verb=verb))


async def test_nobody_comes_and_she_promises_honestly(own_salon, vendors):
    vendors.learn(PERSON)
    own_salon.environment["PERSON_WINDOW"] = "4s"
    own_salon.agent()
    await asyncio.to_thread(own_salon.open_desk)

    async with own_salon.phone() as caller:
        await caller.hears()
        ringing = await caller.ask(PERSON)
        assert "ringing the team" in ringing
        honest = await caller.hears()

    assert "nobody is free" in honest
    assert 3.5 < honest.start - ringing.end < 9
    assert own_salon.rows("select count(*) from supervision_event where kind = 'person_wanted'") != [(0,)]


async def test_the_key_0_rings_for_a_person_in_the_middle_of_her_sentence(salon, vendors):
    vendors.learn(HOURS)
    async with salon.phone() as caller:
        await caller.first_sound(after=caller.dialled_at)
        await caller.press("0")
        said = await caller.hears()

    assert "nobody is free" in said or "ringing" in said


async def test_a_supervisor_takes_over_and_gives_back(salon, vendors):
    vendors.learn(HOURS)
    async with salon.phone() as caller:
        await caller.hears()
        await act(salon, caller, "calls.take_over(call, by=get_user_model().objects.first())")
        assert "colleagues is with you" in await caller.hears()
        ended = await caller.say(HOURS)
        await asyncio.sleep(4)
        assert caller.last_sound() < ended
        await act(salon, caller, "calls.hand_back(call)")
        assert "with you again" in await caller.hears()
        answer = await caller.ask(HOURS)

    [*_, (_, answered)] = salon.transcript(caller)
    assert answer.says(answered)
    assert ("caller", HOURS) in salon.transcript(caller)


async def test_a_supervisor_hangs_up(salon, vendors):
    async with salon.phone() as caller:
        await caller.hears()
        await act(salon, caller, "calls.close_call(call, because=Call.EndedBecause.DESK)")
        await caller.is_hung_up_on(within=5)


async def test_she_is_back_when_putting_through_fails(own_salon, vendors):
    """This server has no telephone service behind it: nobody can be put through."""
    vendors.learn(PERSON, HOURS)
    own_salon.environment |= {"PERSON_WINDOW": "1s", "SALON_PHONE": "+14155550123"}
    own_salon.agent()
    await asyncio.to_thread(own_salon.open_desk)

    async with own_salon.phone() as caller:
        await caller.hears()
        await caller.ask(PERSON)
        assert "putting you through" in await caller.hears()
        back = await caller.hears(within=40)
        answer = await caller.ask(HOURS)

    assert "call you back" in back
    [*_, (_, answered)] = own_salon.transcript(caller)
    assert answer.says(answered)
