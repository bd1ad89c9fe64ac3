"""Groq's own plugin against its wire double: what it decides, and what happens when it does not."""

import asyncio
import time

import pytest

from supervision.models import Event, Heartbeat, HelpRequest
from tests.doubles.groq import SERVER_ERROR, SILENCE, TOOL_USE_FAILED, Groq
from tests.voice_agent.conftest import KERATIN
from voice_agent import fallbacks
from voice_agent.brain import build_brain, note_fallback
from voice_agent.bridge import db_call
from voice_agent.embedded_llm import EmbeddedLLM

QUESTION = "Do you offer keratin treatments?"
FIRST, SECOND = "first-model", "second-model"


@pytest.fixture
async def groq(settings):
    groq = Groq()
    settings.GROQ_API_KEY = "a-key"
    settings.GROQ_BASE_URL = await groq.start()
    settings.GROQ_MODEL, settings.GROQ_FALLBACK_MODEL = FIRST, SECOND
    yield groq
    await groq.stop()


@pytest.fixture
async def caller(groq, talk):
    told: list[str] = []
    brain = build_brain(on_fallback=told.append)
    caller = await talk(brain=brain)
    caller.told = told
    yield caller
    await brain.aclose()
    await fallbacks.settled()


def test_without_a_key_the_embedded_brain_is_alone(settings):
    settings.GROQ_API_KEY = ""

    assert isinstance(build_brain(on_fallback=print), EmbeddedLLM)


async def test_groq_chooses_by_tools_and_what_it_writes_is_dropped(groq, caller):
    groq.replies = {FIRST: ["Sure, it is free!", ("request_help", {"question": "keratin treatments?"})]}

    words = await caller(QUESTION)

    assert "check with my supervisor" in words
    assert "free" not in words
    request = await db_call(HelpRequest.objects.get)
    assert (request.question, request.note) == (QUESTION, "keratin treatments?")
    assert groq.asked[0]["authorization"] == "Bearer a-key"
    assert groq.asked[0]["tool_choice"] == "required"
    offered = {tool["function"]["name"] for tool in groq.asked[0]["tools"]}
    assert offered == {"answer", "do_you_mean", "small_talk", "request_help"}


async def test_groq_answers_with_a_candidate(groq, caller, asked_back):
    found = await db_call(lambda: __import__("knowledge.search").search.find_answers(asked_back))
    groq.replies = {FIRST: [("answer", {"ids": [found.best.id]})]}

    words = await caller(asked_back)

    assert words == KERATIN
    assert found.best.id in groq.asked[0]["messages"][-1]["content"]


async def test_the_second_model_is_asked_when_the_first_refuses(groq, caller):
    groq.replies = {FIRST: SERVER_ERROR, SECOND: [("small_talk", {"kind": "thanks"})]}

    words = await caller(QUESTION)

    assert words == "You're welcome. Is there anything else?"
    assert caller.told == [f"{FIRST}: refused with status 500"]


@pytest.mark.parametrize("status", [SERVER_ERROR, TOOL_USE_FAILED])
async def test_refused_by_both_the_embedded_brain_decides_and_no_words_reach_a_log(groq, caller, caplog, capfd, status):
    groq.replies = {FIRST: status, SECOND: status}

    words = await caller(QUESTION)

    assert "check with my supervisor" in words
    assert len(caller.told) == 2
    assert "keratin" not in caplog.text.lower()
    assert "keratin" not in capfd.readouterr().err.lower()


async def test_models_that_say_nothing_are_replaced_within_four_seconds(groq, caller):
    groq.replies = {FIRST: SILENCE, SECOND: SILENCE}

    began = time.monotonic()
    words = await caller(QUESTION)

    assert "check with my supervisor" in words
    assert time.monotonic() - began < 4
    assert caller.told == [f"{FIRST}: said nothing in time", f"{SECOND}: said nothing in time"]


async def test_the_desk_is_told_what_replaces_the_model_and_what_to_set(groq, caller):
    groq.replies = {FIRST: 404, SECOND: [("small_talk", {"kind": "thanks"})]}

    await caller(QUESTION)
    await fallbacks.settled()

    row = await db_call(Heartbeat.objects.get, name="vendor:language model")
    assert row.detail["reason"] == "404, set GROQ_MODEL"
    assert row.detail["using"] == SECOND
    assert caller.told == [f"{FIRST}: 404, set GROQ_MODEL"]


async def test_a_model_that_calls_nothing_is_replaced(groq, caller):
    groq.replies = {FIRST: ["I'd rather chat."]}

    words = await caller(QUESTION)

    assert "check with my supervisor" in words
    assert caller.fallbacks == ["the model called no tool"]


async def test_every_fall_back_is_an_event_with_its_reason(salon):
    note_fallback("first-model: refused with status 500")

    async with asyncio.timeout(5):
        while not (event := await db_call(Event.objects.filter(topic="desk", kind="fallback").first)):
            await asyncio.sleep(0.01)
    assert event.reason == "first-model: refused with status 500"
