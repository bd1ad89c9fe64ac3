"""Sessions for text and voice, and answers that are told while the caller is there."""

import pytest
from livekit.agents import utils

from supervision import calls, lifecycle
from supervision.models import HelpRequest, Message, Utterance
from voice_agent.bridge import db_call
from voice_agent.conversation import voice_session, words_of
from voice_agent.embedded_llm import EmbeddedLLM
from voice_agent.hold import tell_news

KERATIN_QUESTION = "Do you offer keratin treatments?"


@pytest.fixture
async def answered(talk, django_user_model):
    """A caller who is still there, and an answer that is held for him."""
    caller = await talk()
    await caller(KERATIN_QUESTION)
    supervisor = await db_call(django_user_model.objects.create_user, "sue")
    request = await db_call(HelpRequest.objects.get)
    await db_call(lifecycle.resolve, request, answer="Yes, from $150.", by=supervisor)
    return caller


async def news(caller) -> list[Utterance]:
    return [row async for row in tell_news(caller.conversation)]


async def test_an_answer_is_told_once_word_for_word(answered):
    [row] = await news(answered)

    assert row.text.endswith(": Yes, from $150.")
    assert await news(answered) == []
    message = await db_call(Message.objects.get)
    assert (message.state, row.message_id) == (Message.State.SPEAKING, message.pk)


async def test_she_can_repeat_what_she_told(answered):
    [row] = await news(answered)

    assert await answered("Can you repeat that?") == row.text


async def test_an_answer_that_cannot_be_told_is_given_back(answered, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(calls, "record_utterance", broken)
    with pytest.raises(RuntimeError):
        await news(answered)

    message = await db_call(Message.objects.get)
    assert message.state == Message.State.HELD


async def test_telling_keeps_what_she_had_asked(talk, django_user_model):
    caller = await talk(phone="")
    await caller(KERATIN_QUESTION)
    supervisor = await db_call(django_user_model.objects.create_user, "sue")
    request = await db_call(HelpRequest.objects.get)
    await caller("Do you sell snow tyres?")
    await db_call(lifecycle.resolve, request, answer="Yes, from $150.", by=supervisor)

    [row] = await news(caller)

    assert row.asks["kind"] == "number"
    assert "by text" in await caller("+1 415 555 2671")


async def test_a_closing_message_is_told_as_it_is_written(talk):
    caller = await talk()
    await caller(KERATIN_QUESTION)
    request = await db_call(HelpRequest.objects.get)
    await db_call(lifecycle.leave_unresolved, request, because=HelpRequest.ClosedBecause.LEFT)

    message = await db_call(Message.objects.select_related("help_request").get)

    assert words_of(message) == message.text


async def test_no_texts_is_obeyed_at_once(talk):
    caller = await talk()
    await caller(KERATIN_QUESTION)

    words = await caller("Please don't text me.")

    assert "won't get any texts" in words
    assert (await caller("Do you sell snow tyres?")).endswith("Please call again, I shall know it then.")
    await db_call(caller.call.caller.refresh_from_db)
    assert caller.call.caller.opted_out_at is not None


async def test_the_voice_session_is_built_from_settings(settings, talk):
    settings.ELEVEN_API_KEY = "a-key"
    settings.ELEVEN_BASE_URL = "http://127.0.0.1:9/v1"
    caller = await talk()

    async with utils.http_context.open():
        session = voice_session(EmbeddedLLM(), caller.conversation.on_call)

    assert settings.ELEVEN_TTS_MODEL in session.tts.model
    assert settings.ELEVEN_STT_MODEL in session.stt.model
