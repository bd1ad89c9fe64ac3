"""A conversation by text: the same loop, the same rows, and her replies leave as texts."""

from itertools import count

import pytest

from supervision import calls, replies
from supervision.models import Call, HelpRequest, InboundText, Message, Utterance
from tests.voice_agent.conftest import PARKING, PHONE
from tests.voice_agent.test_typed import agent, wait_for
from voice_agent import typed
from voice_agent.bridge import db_call

ids = count()
NAME = "Grace, the AI receptionist of Glow: "


@pytest.fixture
def text(salon, short_var_dir):
    """`await text("…")` comes from a caller's telephone."""

    async def text(words):
        row = await db_call(InboundText.objects.create, provider_id=f"SM{next(ids)}", sender=PHONE, text=words)
        await db_call(replies.read, row)
        return row

    return text


async def texts(at_least: int) -> list[str]:
    """What left for the caller, oldest first."""

    def found():
        rows = list(Message.objects.filter(purpose="reply").order_by("id").values_list("text", flat=True))
        return rows if len(rows) >= at_least else None

    return await wait_for(found)


async def test_she_answers_by_text_and_says_once_that_she_is_an_ai_without_a_greeting_of_its_own(text):
    async with agent():
        await text("Where can I park?")
        await texts(1)
        await text("Do you have Wi-Fi?")
        said = await texts(2)

    assert said == [NAME + PARKING, "Yes, the network is called Glow and has no password."]
    assert await db_call(Utterance.objects.filter(speaker="receptionist", reply_to=None).count) == 0


async def test_what_she_does_not_know_is_asked_and_promised_by_text(text):
    async with agent():
        await text("Do you offer keratin treatments?")
        [said] = await texts(1)

    asked = await db_call(HelpRequest.objects.get)
    promise = await db_call(asked.promises.get)
    assert "check with my supervisor" in said
    assert "by text by" in said
    assert (asked.customer_phone, asked.practice) == (PHONE, False)
    assert (promise.kind, promise.state) == ("text", "heard")


async def test_several_texts_are_answered_in_their_order(text):
    await text("Where can I park?")
    await text("Do you have Wi-Fi?")
    async with agent():
        said = await texts(2)

    assert said[0] == NAME + PARKING


async def test_one_reply_is_one_text_however_often_the_agent_is_killed_while_it_writes(text):
    row = await text("Where can I park?")
    call = await db_call(Call.objects.get)
    await db_call(calls.take, call, holder="dead")
    [said] = await db_call(calls.unanswered, holder="dead")
    await db_call(calls.begin_reply, said)
    await db_call(Call.objects.filter(pk=call.pk).update, beat_at=None)

    async with agent(holder="next"):
        assert await texts(1) == [NAME + PARKING]

    assert await db_call(Message.objects.get) is not None
    assert (await db_call(lambda: Message.objects.get().inbound)) == row


async def test_nobody_holds_a_conversation_in_which_nothing_waits(text):
    async with agent():
        await text("Where can I park?")
        await texts(1)
    await db_call(Call.objects.update, beat_at=None)

    assert await db_call(typed.wanting, "next", set()) == []


async def test_a_conversation_is_let_go_when_it_is_idle(text, monkeypatch):
    monkeypatch.setattr(typed, "IDLE_SECONDS", 0.0)
    async with agent() as serving:
        await text("Where can I park?")
        await texts(1)
        await wait_for(lambda: not serving.beats.held)


async def test_who_opts_out_while_she_thinks_gets_no_text(text):
    await text("Where can I park?")
    await text("stop texting me")
    async with agent():
        await wait_for(lambda: not Utterance.objects.filter(speaker="caller", answered_at=None).exists())

    assert [one.purpose for one in await db_call(lambda: list(Message.objects.all()))] == ["reply"]
    assert "no more texts" in (await texts(1))[0]
