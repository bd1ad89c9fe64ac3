"""Whatever a vendor does, the caller hears something true within four seconds, and what he asked is not lost."""

import pytest

from tests.telephone.phone import Heard, Phone
from tests.telephone.salon import open_salon

LONGEST = 4.0  # seconds without a sound
QUESTIONS = {  # one for each fault: an answer that was spoken once is kept, and needs no voice any more
    "closed": ("Where can I park?", "There are six free spaces behind the salon"),
    "mute": ("Can I bring my dog?", "Assistance dogs are always welcome."),
    "quota": ("Do you sell gift cards?", "They are valid for three years."),
    "warning": ("Can I bring a friend?", "Yes, there is room for one friend in the waiting corner"),
    "empty": ("Should I leave a tip?", "Tips are welcome and never expected."),
}


@pytest.fixture(scope="module")
def salon(prepared, tmp_path_factory, livekit, _vendors):
    """Its own: a vendor that has failed is not asked again for a while."""
    with open_salon(tmp_path_factory.mktemp("salon"), livekit, _vendors, prepared) as salon:
        salon.agent()
        yield salon


def in_soak(fault: object):
    """Each fault is tested with the vendor's client too, in seconds: by telephone it is part of `make soak`."""
    return pytest.param(fault, marks=pytest.mark.soak)


async def asks(caller: Phone, question: str) -> tuple[Heard, float]:
    """What he hears next, and how long he has heard nothing until then."""
    asked_until = await caller.say(question)
    reply = await caller.hears_after(asked_until)
    return reply, caller.dead_air(asked_until, reply.start)


@pytest.mark.parametrize("fault", [in_soak(404), "silence", in_soak("malformed")])
async def test_without_the_language_model_the_embedded_one_decides(salon, vendors, fault):
    asked = "Is tipping expected?"
    vendors.learn(asked)
    vendors.groq(fault=fault)

    async with salon.phone() as caller:
        await caller.hears()
        reply, silence = await asks(caller, asked)

    assert silence < LONGEST
    assert "do you mean should I leave a tip" in reply or "check with my supervisor" in reply


@pytest.mark.parametrize("fault", [in_soak("closed"), "mute", in_soak("warning")])
async def test_without_their_ears_others_hear(salon, vendors, fault):
    asked, answer = QUESTIONS[fault]
    vendors.learn(asked)

    async with salon.phone() as caller:
        await caller.hears()
        vendors.eleven(ears=fault)
        reply, silence = await asks(caller, asked)
        if not reply.says(answer):  # she has asked him to say it again
            reply = await caller.ask(asked)

    assert silence < LONGEST
    assert reply.says(answer)


@pytest.mark.parametrize("fault", ["quota", in_soak("mute"), in_soak("empty")])
async def test_without_their_voice_another_speaks(salon, vendors, fault):
    asked, answer = QUESTIONS[fault]
    vendors.learn(asked)

    async with salon.phone() as caller:
        await caller.hears()
        vendors.eleven(voice=fault)
        reply, silence = await asks(caller, asked)

    assert silence < LONGEST
    assert reply.says(answer)


async def test_without_any_vendor_a_call_is_greeted_and_answered(own_salon, vendors):
    """From the first ring on: she speaks with the embedded voice, hears with the embedded ears, decides by herself."""
    vendors.groq(fault=500)
    vendors.eleven(ears="refuse", voice="refuse")
    own_salon.agent()

    async with own_salon.phone() as caller:
        greeting = await caller.hears()
        reply, silence = await asks(caller, "Where can I park?")
        if "say it again" in reply:
            reply = await caller.ask("Where can I park?", within=20)

    assert greeting.start - caller.dialled_at < LONGEST
    assert silence < LONGEST
    assert reply.says("There are six free spaces behind the salon")
