"""Are the models there, and do they call a tool when they are told to?"""

from collections.abc import AsyncIterator

import aiohttp
from django.conf import settings
from livekit.agents import APIConnectOptions, APIError, APIStatusError, RunContext, llm
from livekit.plugins import groq  # noqa: F401  registers itself, which only the main thread may do

from supervision.health import Finding
from voice_agent.brain import groq_model
from voice_agent.doctor.vendor import Refused, Vendor, get
from voice_agent.prompts import render
from voice_agent.tools import tool

GROQ = Vendor("GROQ_API_KEY", "GROQ_BASE_URL", "https://console.groq.com/keys")
QUICK = APIConnectOptions(max_retry=0, timeout=4.0)


async def check() -> AsyncIterator[Finding]:
    if not settings.GROQ_API_KEY:
        yield Finding("no GROQ_API_KEY: the embedded language model decides.")
        return
    try:
        listed = await get(f"{settings.GROQ_BASE_URL}/models", Authorization=f"Bearer {settings.GROQ_API_KEY}")
    except (Refused, aiohttp.ClientError) as error:
        yield GROQ.failed(error)
        return
    offered = sorted(each["id"] for each in listed["data"])
    for setting in ("GROQ_MODEL", "GROQ_FALLBACK_MODEL"):
        name = getattr(settings, setting)
        if name in offered:
            yield await _forced_tool_call(name, setting)
        elif name:
            do = f"Set {setting} to one of: {', '.join(offered)}."
            yield Finding(f"{setting}: {name} is not offered to this key.", do=do)


@tool
async def hang_up(self, context: RunContext, reason: str) -> str:
    """Call this now, with the reason "test"."""
    return ""


async def _forced_tool_call(name: str, setting: str) -> Finding:
    model = groq_model(name)
    history = llm.ChatContext.empty()
    history.add_message(role="user", content=render("doctor.md"))
    try:
        stream = model.chat(chat_ctx=history, tools=[hang_up], tool_choice="required", conn_options=QUICK)
        answer = await stream.collect()
    except APIError as error:
        return _model_failed(error, name, setting)
    finally:
        await model.aclose()
    if not answer.tool_calls:
        return Finding(f"{name} did not call the tool.", do=f"Set {setting} to a model that can.")
    tokens = answer.usage.total_tokens if answer.usage else 0
    return Finding(f"{name} calls tools.", cost=f"{tokens} tokens")


def _model_failed(error: APIError, name: str, setting: str) -> Finding:
    status = error.status_code if isinstance(error, APIStatusError) else 0
    if status in (400, 404):
        return Finding(f"{name} cannot be used ({status}).", do=f"Set {setting} to a model that calls tools.")
    return GROQ.refusal(status) if status > 0 else GROQ.silence()
