"""Typed conversations with the embedded model, in this process; Django is set up before this is imported."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from supervision import calls
from supervision.models import Utterance
from voice_agent.bridge import db_call
from voice_agent.conversation import Conversation, recall
from voice_agent.embedded_llm import EmbeddedLLM


@asynccontextmanager
async def conversation() -> AsyncIterator[Conversation]:
    """A new call; its row stays open."""
    call = await db_call(calls.open_call, channel=calls.Call.Channel.CONSOLE, phone="+14155552671")
    epoch = await db_call(calls.take, call, holder="benchmark")
    on_call, history = await db_call(recall, call)
    talk = Conversation(on_call, history, epoch=epoch, brain=EmbeddedLLM(), on_fallback=lambda reason: None)
    await talk.start()
    yield talk
    await talk.close()


async def asked(talk: Conversation, question: str) -> tuple[Utterance, Utterance]:
    """The rows of the question and of the reply that is to come."""
    call = talk.on_call.call
    said = await db_call(calls.record_utterance, call, speaker=Utterance.Speaker.CALLER, text=question)
    return said, await db_call(calls.begin_reply, said)
