"""A stand-in for the language model: no network, no key, deterministic; sees the same data, uses the same tools."""

import json
import re
from collections.abc import Iterator
from typing import Any

from livekit.agents import NOT_GIVEN, APIConnectOptions, NotGivenOr, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.utils import shortuuid

from voice_agent.small_talk import recognise

_DATA = re.compile(r"^```json\n(.*)\n```$", re.MULTILINE)


class EmbeddedLLM(llm.LLM):
    @property
    def model(self) -> str:
        return "embedded"

    @property
    def provider(self) -> str:
        return "embedded"

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> "EmbeddedStream":
        return EmbeddedStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class EmbeddedStream(llm.LLMStream):
    async def _run(self) -> None:
        chunk_id = shortuuid("embedded_")
        for name, arguments in decide(self._chat_ctx):
            call = llm.FunctionToolCall(name=name, arguments=json.dumps(arguments), call_id=shortuuid("call_"))
            delta = llm.ChoiceDelta(role="assistant", tool_calls=[call])
            self._event_ch.send_nowait(llm.ChatChunk(id=chunk_id, delta=delta))


def decide(chat_ctx: llm.ChatContext) -> Iterator[tuple[str, dict]]:
    """The tool calls for the turn that the last system message describes."""
    asked = False
    for part in _turn(chat_ctx)["parts"]:
        name, arguments = _decide_part(part, may_ask=not asked)
        asked = asked or name == "do_you_mean"
        yield name, arguments


def _decide_part(part: dict, *, may_ask: bool) -> tuple[str, dict]:
    """Asking back comes once in a turn: nobody can say yes to two questions."""
    if part["sure"]:
        return "answer", {"ids": [candidate["id"] for candidate in part["candidates"]]}
    if kind := part.get("small_talk") or recognise(part["question"]):
        return "small_talk", {"kind": kind}
    if part["may_ask"] and may_ask:
        return "do_you_mean", {"id": part["may_ask"]}
    return "request_help", {"question": part["question"]}


def _turn(chat_ctx: llm.ChatContext) -> dict:
    """The data of the last system message; a caller cannot write into it, since JSON escapes his line ends."""
    told = (item.text_content or "" for item in reversed(chat_ctx.items) if _is_system(item))
    found = next((data for text in told if (data := _DATA.search(text))), None)
    return json.loads(found[1]) if found else {"parts": []}


def _is_system(item: llm.ChatItem) -> bool:
    return item.type == "message" and item.role == "system"
