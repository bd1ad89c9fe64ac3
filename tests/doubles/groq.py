"""Groq's chat endpoint on loopback, as its plugin speaks it: HTTP, then server-sent events."""

import asyncio
import json
from dataclasses import dataclass, field

from aiohttp import web

SILENCE = "silence"  # accepts, opens the stream, and says nothing
TOOL_USE_FAILED = 400
SERVER_ERROR = 500


@dataclass
class Groq:
    """`replies` by model: a status code, SILENCE, or a list of texts and (tool, arguments)."""

    replies: dict[str, object] = field(default_factory=dict)
    asked: list[dict] = field(default_factory=list)
    delay: float = 0.0  # seconds before it answers

    async def start(self) -> str:
        """Returns the base URL."""
        app = web.Application()
        app.add_routes([web.get("/v1/models", self._models), web.post("/v1/chat/completions", self._chat)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": []})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append({**body, "authorization": request.headers.get("Authorization")})
        reply = self.replies[body["model"]]
        await asyncio.sleep(self.delay)
        if isinstance(reply, int):
            return _refusal(reply, body["messages"][-1]["content"])
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        if reply == SILENCE:
            await asyncio.sleep(30)  # longer than anybody may wait; the client leaves first
            return stream
        for number, delta in enumerate([{"role": "assistant", "content": ""}, *map(_delta, enumerate(reply))]):
            await _send(stream, body["model"], delta, number)
        await _send(stream, body["model"], {}, 0, finish="tool_calls")
        await stream.write(b"data: [DONE]\n\n")
        return stream


def _delta(numbered: tuple[int, object]) -> dict:
    number, piece = numbered
    if isinstance(piece, str):
        return {"content": piece}
    name, arguments = piece
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"tool_calls": [{"index": number, "id": f"call_{number}", "type": "function", "function": function}]}


async def _send(stream: web.StreamResponse, model: str, delta: dict, number: int, finish: str | None = None) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": model, "choices": [choice]}
    await stream.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")


def _refusal(status: int, quoted: str) -> web.Response:
    """A vendor's error quotes what it was sent, so that it must not reach a log."""
    error = {"message": "Failed to call a function.", "type": "invalid_request_error", "code": "tool_use_failed"}
    return web.json_response({"error": {**error, "failed_generation": quoted}}, status=status)
