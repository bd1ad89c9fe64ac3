"""Groq's endpoints on loopback, as its plugin speaks them: HTTP, then server-sent events."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

SILENCE = "silence"  # accepts, opens the stream, and says nothing
STOPS = "stops"  # falls silent in the middle of its answer
MALFORMED = "malformed"  # calls a tool with what is no JSON
TOOL_USE_FAILED = 400
SERVER_ERROR = 500
LONGER_THAN_ANYBODY_WAITS = 30
REFUSALS = {
    400: "tool_use_failed", 401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded",
    500: "internal_server_error",
}  # fmt: skip


@dataclass
class Groq:
    """`replies` by model: a status code, SILENCE, STOPS, MALFORMED, or a list of texts and (tool, arguments).

    A model that is not among them chooses by `knows`: the caller's words, and the stored question that answers them.
    What it does not know it asks a supervisor. `fault`, a status code or one of the words above, is what all do.
    """

    replies: dict[str, object] = field(default_factory=dict)
    asked: list[dict] = field(default_factory=list)
    delay: float = 0.0  # seconds before it answers
    fault: object = None
    knows: dict[str, str] = field(default_factory=dict)
    models: list[str] = field(default_factory=lambda: ["openai/gpt-oss-120b", "openai/gpt-oss-20b"])
    recognise: Callable[[bytes], str] = lambda wav: ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/models", self._models),
            web.post("/v1/chat/completions", self._chat),
            web.post("/v1/audio/transcriptions", self._transcribe),
        ]

    async def start(self) -> str:
        """Returns the base URL."""
        app = web.Application()
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _models(self, request: web.Request) -> web.Response:
        if isinstance(self.fault, int):
            return _refusal(self.fault, "")
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "Meta"} for name in self.models]
        return web.json_response({"object": "list", "data": listed})

    async def _transcribe(self, request: web.Request) -> web.Response:
        if isinstance(self.fault, int):
            return _refusal(self.fault, "")
        form = await request.post()
        heard = await asyncio.to_thread(self.recognise, form["file"].file.read())
        return web.json_response({"text": heard})

    def _reply(self, body: dict) -> object:
        if self.fault is not None:
            return self.fault
        return self.replies[body["model"]] if body["model"] in self.replies else chosen(body, self.knows)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append({**body, "authorization": request.headers.get("Authorization")})
        reply = self._reply(body)
        await asyncio.sleep(self.delay)
        if isinstance(reply, int):
            return _refusal(reply, str(body["messages"][-1]["content"]))
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        if reply == SILENCE:
            await asyncio.sleep(LONGER_THAN_ANYBODY_WAITS)
            return stream
        pieces = [("answer", MALFORMED)] if reply == MALFORMED else ["One "] if reply == STOPS else reply
        for number, delta in enumerate([{"role": "assistant", "content": ""}, *map(_delta, enumerate(pieces))]):
            await _send(stream, body["model"], delta, number)
        if reply == STOPS:
            await asyncio.sleep(LONGER_THAN_ANYBODY_WAITS)
            return stream
        await _send(stream, body["model"], {}, 0, finish="tool_calls")
        await _send_usage(stream, body["model"])
        await stream.write(b"data: [DONE]\n\n")
        return stream


def chosen(body: dict, knows: dict[str, str]) -> list[object]:
    """The tool calls for each part of the turn that the last message holds as JSON; any tool, when it holds none.

    What a tool has returned is spoken as it is.
    """
    if body["messages"][-1]["role"] == "tool":
        return [str(body["messages"][-1]["content"])]
    told = re.search(r"```json\n(.*)\n```", str(body["messages"][-1]["content"]), re.DOTALL)
    if not told:
        tool = body["tools"][0]["function"]
        return [(tool["name"], dict.fromkeys(tool["parameters"].get("required", []), "ok"))]
    stored = {_plain(words): _plain(question) for words, question in knows.items()}
    return [_choice(part, stored.get(_plain(part["question"]))) for part in json.loads(told[1])["parts"]]


def _choice(part: dict, wanted: str | None) -> tuple[str, dict]:
    if part.get("small_talk"):
        return "small_talk", {"kind": part["small_talk"]}
    if ids := [one["id"] for one in part["candidates"] if _plain(one["question"]) == wanted]:
        return "answer", {"ids": ids}
    return "request_help", {"question": part["question"]}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _delta(numbered: tuple[int, object]) -> dict:
    number, piece = numbered
    if isinstance(piece, str):
        return {"content": piece}
    name, arguments = piece
    written = '{"ids": ["' if arguments == MALFORMED else json.dumps(arguments)
    function = {"name": name, "arguments": written}
    return {"tool_calls": [{"index": number, "id": f"call_{number}", "type": "function", "function": function}]}


async def _send(stream: web.StreamResponse, model: str, delta: dict, number: int, finish: str | None = None) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    await _write(stream, model, choices=[choice])


async def _send_usage(stream: web.StreamResponse, model: str) -> None:
    usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
    await _write(stream, model, choices=[], usage=usage)


async def _write(stream: web.StreamResponse, model: str, **fields: object) -> None:
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": model, **fields}
    await stream.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")


def _refusal(status: int, quoted: str) -> web.Response:
    """A vendor's error quotes what it was sent, so that it must not reach a log."""
    code = REFUSALS.get(status, "error")
    error = {"message": "Failed to call a function.", "type": "invalid_request_error", "code": code}
    return web.json_response({"error": {**error, "failed_generation": quoted}}, status=status)
