"""Practice calls: typed turns from rows, answered into rows, whatever happens to the process."""

import asyncio
import contextlib
import time

import pytest
from django.db import OperationalError

from supervision import calls, lifecycle, live
from supervision.models import Call, Event, HelpRequest, Message, Utterance
from tests.doubles.scripted_llm import ScriptedLLM
from tests.voice_agent.conftest import PARKING, PHONE
from voice_agent import typed
from voice_agent.beats import Beats
from voice_agent.bridge import db_call
from voice_agent.embedded_llm import EmbeddedLLM
from voice_agent.prompts import render

KERATIN_QUESTION = "Do you offer keratin treatments?"
CALLER, HER = Utterance.Speaker.CALLER, Utterance.Speaker.RECEPTIONIST


@contextlib.asynccontextmanager
async def agent(brain=None, *, holder="agent-1"):
    """The loop of the agent process, in this one."""
    stopping = asyncio.Event()
    with Beats(holder) as beats:
        serving = typed.TypedCalls(brain or EmbeddedLLM(), beats)
        task = asyncio.create_task(serving.run(stopping))
        try:
            yield serving
        finally:
            stopping.set()
            await task


async def wait_for(query, *, seconds: float = 5.0):
    async with asyncio.timeout(seconds):
        while not (found := await db_call(query)):
            await asyncio.sleep(0.005)
    return found


@pytest.fixture
async def call(salon, short_var_dir) -> Call:
    return await db_call(calls.open_call, channel=Call.Channel.PRACTICE, phone=PHONE)


async def say(call: Call, text: str) -> Utterance:
    return await db_call(calls.record_utterance, call, speaker=CALLER, text=text)


async def replied(utterance: Utterance) -> Utterance:
    return await wait_for(Utterance.objects.filter(reply_to=utterance, finished_at__isnull=False).first)


async def test_she_greets_once_and_says_that_she_is_an_ai(call):
    async with agent():
        greeting = await wait_for(Utterance.objects.filter(call=call).first)
    await db_call(Call.objects.filter(pk=call.pk).update, beat_at=None)
    async with agent(holder="agent-2"):
        await replied(await say(call, "Where can I park?"))

    assert "AI receptionist of Glow" in greeting.text
    assert await db_call(Utterance.objects.filter(call=call, speaker=HER, reply_to=None).count) == 1


async def test_a_typed_turn_is_answered_into_a_row_and_its_words_are_told_to_the_page(call):
    async with agent():
        said = await say(call, "Where can I park?")
        reply = await replied(said)

    assert reply.text == PARKING
    assert reply.heard_at is None  # the page says so when it has shown it
    assert reply.latency_ms is not None
    words = await db_call(lambda: list(Event.objects.filter(topic=f"call:{call.pk}", kind="words")))
    assert words[-1].payload["text"] == PARKING
    assert words[-1].payload["finished"]


async def test_turns_that_come_together_are_answered_in_order(call):
    async with agent():
        said = [await say(call, words) for words in ("Where can I park?", "Do you have Wi-Fi?", "Thanks!")]
        replies = [await replied(one) for one in said]

    assert [reply.pk for reply in replies] == sorted(reply.pk for reply in replies)
    assert replies[0].text == PARKING


async def test_an_answer_is_spoken_within_a_second_while_the_page_is_open(call, django_user_model):
    supervisor = await db_call(django_user_model.objects.create_user, "sue")
    async with agent():
        await replied(await say(call, KERATIN_QUESTION))
        await db_call(calls.see, call)
        request = await db_call(HelpRequest.objects.get)
        await db_call(lifecycle.resolve, request, answer="Yes, from $150.", by=supervisor)
        began = time.monotonic()
        told = await wait_for(Utterance.objects.filter(call=call, message__isnull=False).first)
        took = time.monotonic() - began

    assert took < 1
    assert told.text == f"My supervisor has answered your question “{KERATIN_QUESTION}”: Yes, from $150."
    message = await db_call(Message.objects.get)
    assert message.state == Message.State.SPEAKING  # told when the page has shown it
    await db_call(calls.record_confirmation, told)
    await db_call(message.refresh_from_db)
    assert message.state == Message.State.TOLD


async def test_what_is_held_for_a_spoken_call_is_spoken_there_and_not_written(call, django_user_model):
    """The process that types holds the calls by voice, too."""
    supervisor = await db_call(django_user_model.objects.create_user, "sue")
    spoken = await db_call(lambda: calls.ring(room="call-1", channel=Call.Channel.PHONE, phone=PHONE))
    await db_call(calls.answer, spoken)
    for one in (call, spoken):
        await db_call(calls.take, one, holder="agent-1")
    request = await db_call(lambda: lifecycle.request_help(question=KERATIN_QUESTION, call=spoken))
    await db_call(lambda: lifecycle.resolve(request, answer="Yes, from $150.", by=supervisor))
    message = await db_call(Message.objects.get)

    wanted = await db_call(typed.wanting, "agent-1", {call.pk, spoken.pk})

    assert message.state == Message.State.HELD
    assert wanted == []


async def test_a_call_that_another_process_holds_is_left_alone(call):
    await db_call(calls.take, call, holder="another")
    said = await say(call, "Where can I park?")

    async with agent():
        for _ in range(3):  # looks
            await db_call(live.ring)
            await asyncio.sleep(0.05)

    assert not await db_call(Utterance.objects.filter(reply_to=said).exists)


async def test_a_process_that_was_replaced_goes_quiet(call, monkeypatch):
    async with agent() as serving:
        await wait_for(Utterance.objects.filter(call=call).first)
        await db_call(Call.objects.filter(pk=call.pk).update, holder="another", epoch=99)
        said = await say(call, "Where can I park?")
        await asyncio.sleep(0.1)
        await db_call(live.ring)
        async with asyncio.timeout(3):
            while serving.beats.held or serving.conversations:
                await asyncio.sleep(0.01)

    assert not await db_call(Utterance.objects.filter(reply_to=said, finished_at__isnull=False).exists)


async def test_a_reply_that_could_not_be_stored_is_given_once_after_all(call, monkeypatch):
    finish = calls.finish_reply
    failures = [OperationalError("database is locked")]

    def fail_once(*args, **more):
        if failures:
            raise failures.pop()
        return finish(*args, **more)

    monkeypatch.setattr(calls, "finish_reply", fail_once)
    async with agent():
        reply = await replied(await say(call, KERATIN_QUESTION))

    assert "check with my supervisor" in reply.text
    assert await db_call(HelpRequest.objects.count) == 1
    assert await db_call(Utterance.objects.filter(speaker=HER).exclude(reply_to=None).count) == 1


async def test_a_reply_that_raises_is_an_apology_and_may_be_asked_again(call, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("voice_agent.reading.find_answers", lambda _: 1 / 0)
        async with agent():
            first = await replied(await say(call, "Where can I park?"))
    await db_call(Call.objects.filter(pk=call.pk).update, beat_at=None)
    async with agent():
        second = await replied(await say(call, "Where can I park?"))

    assert first.text == render("apology.txt")
    assert second.text == PARKING


async def test_the_turn_under_way_is_finished_when_the_process_is_told_to_end(call, monkeypatch):
    monkeypatch.setattr("voice_agent.deciding.DECISION_SECONDS", 0.3)
    async with agent(ScriptedLLM(ScriptedLLM.SILENCE)):
        said = await say(call, KERATIN_QUESTION)
        await wait_for(Utterance.objects.filter(reply_to=said).first)

    assert await db_call(Utterance.objects.filter(reply_to=said, finished_at__isnull=False).exists)


async def test_sessions_that_idle_are_forgotten_and_come_back(call, monkeypatch):
    async with agent() as serving:
        await replied(await say(call, "Where can I park?"))
        monkeypatch.setattr(typed, "IDLE_SECONDS", 0.0)
        async with asyncio.timeout(3):
            while serving.conversations:
                await db_call(live.ring)
                await asyncio.sleep(0.01)
        monkeypatch.setattr(typed, "IDLE_SECONDS", 300.0)
        reply = await replied(await say(call, "Can you repeat that?"))

    assert reply.text == PARKING


async def test_a_call_that_has_ended_is_let_go(call):
    async with agent() as serving:
        await replied(await say(call, "Where can I park?"))
        await db_call(calls.close_call, call)
        async with asyncio.timeout(4):
            while serving.beats.held:
                await asyncio.sleep(0.01)


async def test_words_that_come_slowly_are_shown_as_they_come(call):
    said = await say(call, "Where can I park?")
    row = await db_call(calls.begin_reply, said)
    page = typed.Page(row)

    for word in ("There", " are", " six"):
        page.write(word)
        await wait_for(Utterance.objects.filter(pk=row.pk, text=page.text).first)
    page.close()

    words = await db_call(
        lambda: list(Event.objects.filter(topic=f"call:{call.pk}", kind="words", payload__finished=False))
    )
    assert [event.payload["text"] for event in words] == ["There", "There are", "There are six"]
