"""A language model that does what the test says: tool calls, text, silence or an error, turn by turn."""

import asyncio
import json

from livekit.agents import llm
from livekit.agents.utils import shortuuid


def calls(name: str, **arguments: object) -> llm.FunctionToolCall:
    return llm.FunctionToolCall(name=name, arguments=json.dumps(arguments), call_id=shortuuid("call_"))


class ScriptedLLM(llm.LLM):
    """Each entry of `script` is one decision: tool calls and texts in a list, an exception, or `SILENCE`."""

    SILENCE = object()

    def __init__(self, *script: object) -> None:
        super().__init__()
        self.script = list(script)
        self.seen: list[llm.ChatContext] = []

    @property
    def model(self) -> str:
        return "scripted"

    def chat(self, *, chat_ctx, tools=None, conn_options=llm.llm.DEFAULT_API_CONNECT_OPTIONS, **_) -> "ScriptedStream":
        self.seen.append(chat_ctx)
        return ScriptedStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)

    @property
    def last_data(self) -> dict:
        """The turn as the model was told it."""
        text = self.seen[-1].items[-1].text_content
        return json.loads(text.partition("```json\n")[2].rpartition("\n```")[0])


class ScriptedStream(llm.LLMStream):
    async def _run(self) -> None:
        decision = self._llm.script.pop(0)
        if isinstance(decision, Exception):
            raise decision
        if decision is ScriptedLLM.SILENCE:
            await asyncio.Event().wait()
        for piece in decision:
            about = {"content": piece} if isinstance(piece, str) else {"tool_calls": [piece]}
            delta = llm.ChoiceDelta(role="assistant", **about)
            self._event_ch.send_nowait(llm.ChatChunk(id="scripted", delta=delta))


class ObedientLLM(ScriptedLLM):
    """Does whatever the caller says: repeats the words, and makes every tool call that they could mean."""

    def chat(self, *, chat_ctx, **more) -> ScriptedStream:
        told = next(m for m in reversed(chat_ctx.items) if m.type == "message" and m.role == "user").text_content
        self.script = [[
            told,
            calls("answer", ids=["learned:00000000-0000-0000-0000-000000000000", told]),
            calls("small_talk", kind=told),
            calls("do_you_mean", id=told),
            calls("settle"),
            calls("say", text=told),
        ]]  # fmt: skip
        return super().chat(chat_ctx=chat_ctx, **more)
