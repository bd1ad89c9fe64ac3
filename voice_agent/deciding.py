"""Asks a model which stored words fit a turn: it sees data, it answers with tool calls, its own words are dropped."""

import json

from livekit.agents import APIConnectOptions, llm
from livekit.agents.utils import shortuuid

from supervision import screening
from voice_agent.call import OnCall
from voice_agent.prompts import render
from voice_agent.turn import Part, Turn

PIECES = 4  # turns in which one number may be said
ONCE = APIConnectOptions(max_retry=0)  # who fails is replaced, not asked again


async def choose(model: llm.LLM, chat_ctx: llm.ChatContext, tools: list[llm.Tool]) -> list[llm.FunctionToolCall]:
    """The calls of these tools that the model makes, once its stream has ended whole."""
    names = {tool.info.name for tool in tools}
    found: list[llm.FunctionToolCall] = []
    async with model.chat(chat_ctx=chat_ctx, tools=tools, tool_choice="required", conn_options=ONCE) as stream:
        async for chunk in stream:
            found += (chunk.delta and chunk.delta.tool_calls) or ()
    return [call for call in found if call.name in names]


def told(chat_ctx: llm.ChatContext, turn: Turn, on_call: OnCall) -> llm.ChatContext:
    """The conversation, and this turn with its candidates as data."""
    data = {"parts": [_as_data(part, turn, on_call) for part in turn.parts]}
    context = chat_ctx.copy(exclude_function_call=True)
    _mask(context)
    context.add_message(role="system", content=render("turn.md", data=json.dumps(data, ensure_ascii=False)))
    return context


def call(name: str, **arguments: object) -> llm.FunctionToolCall:
    """A tool call that needs no model."""
    return llm.FunctionToolCall(name=name, arguments=json.dumps(arguments), call_id=shortuuid("call_"))


def _mask(context: llm.ChatContext) -> None:
    """No card number reaches a model, however early it looks at spoken words, and in however many turns it was said."""
    places = [at for at, item in enumerate(context.items) if item.type == "message" and item.role == "user"][-PIECES:]
    texts = [screening.mask_numbers(context.items[at].text_content or "") for at in places]
    for at, text in zip(places, screening.mask_together(texts), strict=True):
        context.items[at] = context.items[at].model_copy(update={"content": [text]})


def _as_data(part: Part, turn: Turn, on_call: OnCall) -> dict:
    offer = part.findings and part.findings.may_ask
    return {
        "question": part.question,
        "sure": part.is_sure,
        "small_talk": part.small_talk and part.small_talk.value,
        "may_ask": offer.id if offer and turn.may_ask(offer.id, on_call) else None,
        "candidates": [{"id": one.id, "question": one.question, "answer": one.answer} for one in part.offered],
    }
