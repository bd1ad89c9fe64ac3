"""How she decides what to say: she searches before any model; a model sees data and answers with tool calls."""

import asyncio
import json
import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Callable

from django.db import Error
from livekit.agents import APIConnectOptions, ModelSettings, llm
from livekit.agents.utils import shortuuid

from supervision import screening
from voice_agent import reading
from voice_agent.brain import DECISION_SECONDS
from voice_agent.bridge import db_read_within
from voice_agent.call import OnCall
from voice_agent.embedded_llm import EmbeddedLLM
from voice_agent.prompts import render
from voice_agent.sounding import Sounding
from voice_agent.turn import Part, Turn, failed

log = logging.getLogger(__name__)
READ_SECONDS = 2.0  # with what follows it at most the 4 s in which she must be heard; a filler is played in the middle
READ_TYPED_SECONDS = 10.0  # nobody hears a silence, and without the database no reply could be stored either
MOST_CALLS = 24  # of tools, in one turn
LATELY = 6  # turns: what is begun early while she speaks may be the next one already, or come to nothing
PIECES = 4  # turns in which one number may be said
OURS = ("settle", "stop_texts", "raise_alarm", "go_off_the_record", "meet_a_child")  # tools that no model is shown
ONCE = APIConnectOptions(max_retry=0)  # who fails is replaced, not asked again


class Deciding(Sounding):
    def __init__(
        self, on_call: OnCall, *, chat_ctx: llm.ChatContext | None = None, on_fallback: Callable[[str], None]
    ) -> None:
        """`on_fallback` is told why the embedded model decided in the place of the other."""
        super().__init__(instructions=render("instructions.md", salon=on_call.salon), chat_ctx=chat_ctx)
        self.on_call = on_call
        self.on_fallback = on_fallback
        self.turn = Turn("")
        self.lately: deque[Turn] = deque(maxlen=LATELY)
        self._embedded = EmbeddedLLM()

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncIterator[str | llm.ChatChunk]:
        """Stored words or tool calls, never a model's words. Writes nothing: the turn may turn out to be none."""
        try:
            decided = await self._decide(chat_ctx, [tool for tool in tools if tool.info.name not in OURS])
        except Exception as error:
            log.error("a turn failed: %s", type(error).__name__)  # the message may quote the caller
            decided = []
            self._begin(failed(self.turn.words, self.on_call.asks))
        for chosen in decided:
            yield llm.ChatChunk(id=chosen.call_id, delta=llm.ChoiceDelta(role="assistant", tool_calls=[chosen]))
        for word in [] if decided else re.findall(r"\s*\S+", self.turn.outcome.text):
            yield word

    async def _decide(self, chat_ctx: llm.ChatContext, tools: list[llm.Tool]) -> list[llm.FunctionToolCall]:
        """The tool calls that are needed; none when it is settled what she says."""
        if chat_ctx.items[-1].type == "function_call_output":
            return [] if self.turn.said else await self._decide_again(chat_ctx, tools)
        await self._read(_last_words(chat_ctx))
        if self.turn.is_sure:
            self.turn.say_what_is_sure()
            return []
        if self.turn.emergency:
            return self._in_order([call("raise_alarm")])
        ours = [call("go_off_the_record")] if self.turn.objects else []
        ours += [call("meet_a_child")] if self.turn.is_child else []
        ours += [call("stop_texts")] if self.turn.opts_out else []
        ours += [call("settle")] if self.turn.reply else []
        return self._in_order(ours + await self._choose(chat_ctx, tools))

    async def _read(self, words: str) -> None:
        """What the turn is about; without a database, what can be known without it."""
        seconds = READ_SECONDS if self.on_call.call.is_spoken else READ_TYPED_SECONDS
        try:
            self._begin(await db_read_within(seconds, reading.read, words, self.on_call))
        except (Error, TimeoutError) as error:
            log.error("a turn could not be read: %s", type(error).__name__)
            self._begin(reading.read_without_rows(words, self.on_call))

    def _begin(self, new: Turn) -> None:
        self.turn = new
        self.lately.append(new)

    async def _choose(self, chat_ctx: llm.ChatContext, tools: list[llm.Tool]) -> list[llm.FunctionToolCall]:
        """What the model decides within its time, else what the embedded one does."""
        if self.turn.is_known:
            return [_without_model(part) for part in self.turn.parts]
        context = told(chat_ctx, self.turn, self.on_call)
        if self.turn.is_blind:  # no model has anything to choose from, and the caller has waited for the database
            return await choose(self._embedded, context, tools)
        try:
            async with asyncio.timeout(DECISION_SECONDS):
                if chosen := await choose(self.session.llm, context, tools):
                    return self._with_what_is_sure(chosen)
            self.on_fallback("the model called no tool")
        except Exception as error:
            self.on_fallback(f"the model failed: {type(error).__name__}")
        return await choose(self._embedded, context, tools)

    def _with_what_is_sure(self, chosen: list[llm.FunctionToolCall]) -> list[llm.FunctionToolCall]:
        """A part that is sure is answered, whatever a model makes of the others."""
        answered = "".join(one.arguments for one in chosen if one.name == "answer")
        sure = (part for part in self.turn.parts if part.is_sure)
        forgotten = [part for part in sure if not any(f'"{one.id}"' in answered for one in part.offered)]
        return [*map(_without_model, forgotten), *chosen]

    async def _decide_again(self, chat_ctx: llm.ChatContext, tools: list[llm.Tool]) -> list[llm.FunctionToolCall]:
        """Nothing that the model chose was possible: the embedded one decides, once."""
        if self.turn.is_second_attempt:
            raise RuntimeError("nothing to say")
        self.turn.is_second_attempt = True
        self.on_fallback("the model chose nothing that exists")
        return self._in_order(await choose(self._embedded, told(chat_ctx, self.turn, self.on_call), tools))

    def _in_order(self, calls: list[llm.FunctionToolCall]) -> list[llm.FunctionToolCall]:
        different = {(chosen.name, chosen.arguments): chosen for chosen in calls}
        calls = list(different.values())[:MOST_CALLS]
        self.turn.order = [chosen.call_id for chosen in calls]
        self.turn.tools = tuple(chosen.name for chosen in calls)
        return calls


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


def _without_model(part: Part) -> llm.FunctionToolCall:
    if part.small_talk:
        return call("small_talk", kind=part.small_talk.value)
    return call("answer", ids=[candidate.id for candidate in part.offered])


def _last_words(chat_ctx: llm.ChatContext) -> str:
    said = (item for item in reversed(chat_ctx.items) if item.type == "message" and item.role == "user")
    return next((item.text_content or "" for item in said), "")
