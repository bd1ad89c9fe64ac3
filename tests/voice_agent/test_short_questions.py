"""Short questions in a call of the Glow salon."""

import pytest
from django.core.management import call_command

from knowledge.models import Salon
from supervision.models import HelpRequest
from voice_agent.bridge import db_call


@pytest.fixture
def salon(transactional_db) -> Salon:
    call_command("loadcontext", "glow", verbosity=0)
    return Salon.objects.current()


async def test_they_are_about_what_was_answered_before(talk):
    caller = await talk()
    await caller("how much is a balayage?")

    assert "Gel manicure" in await caller("and a gel manicure?")
    await caller("are you open on Friday?")
    assert await caller("and on Saturday?") == await caller("are you open on Saturday?")
    assert await db_call(HelpRequest.objects.count) == 0


async def test_they_are_not_about_what_was_answered_before_another_question(talk):
    caller = await talk()
    await caller("how much is a balayage?")
    await caller("do you do tarot?")

    assert await caller("how much?") == "What would you like to know about that?"


async def test_six_known_questions_are_all_answered(talk):
    caller = await talk()
    asked = ("where can I park?", "how much is a balayage?", "are you open on Friday?", "do you have wifi?",
             "how much is a gel manicure?", "what are your hours?")  # fmt: skip

    said = await caller(" ".join(asked))

    for question in asked:
        assert (await caller(question)).split(".")[0] in said
    assert await db_call(HelpRequest.objects.count) == 0
