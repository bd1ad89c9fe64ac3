"""What only Groq, ElevenLabs and LiveKit know: asked by the doctor, with the settings and the clients of a call."""

import contextlib
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp
from asgiref.sync import sync_to_async
from django.conf import settings
from livekit import api
from livekit.agents import APIConnectOptions, APIError, APIStatusError, RunContext, llm, utils
from livekit.plugins import elevenlabs, groq  # noqa: F401  register themselves, which only the main thread may do

from supervision import call_control
from supervision.health import Finding
from voice_agent.brain import groq_model
from voice_agent.prompts import render
from voice_agent.speech import build_voice
from voice_agent.tools import tool
from voice_agent.voices import vendor_frames

QUICK = APIConnectOptions(max_retry=0, timeout=4.0)
TEN_CHARACTERS = "Glad to be"
SKEW_SECONDS = 20  # tokens hold for a minute, and LiveKit grants about one more
FEW_CHARACTERS = 2_000  # about ten minutes of her voice
AFTER = "ask again with manage.py doctor."


@dataclass(frozen=True)
class Vendor:
    """Whose settings to name, and where its keys are made."""

    key: str
    base: str
    page: str

    def refusal(self, status: int) -> Finding:
        causes = {
            401: (f"refuses the key in {self.key}.", f"Make a new one at {self.page}, and set {self.key}."),
            402: ("is not paid for.", f"Look at the bill at {self.page}."),
            403: (f"does not let the key in {self.key} do this.", f"Widen its rights at {self.page}."),
            429: ("grants no more requests at the moment.", f"Wait a minute, or take a larger plan at {self.page}."),
        }
        usual = (f"answers with status {status}.", "Look at its page of incidents, then " + AFTER)
        says, do = causes.get(status, usual)
        return Finding(says, do=do)

    def silence(self) -> Finding:
        return Finding("cannot be reached.", do=f"Look at the network, and at {self.base}.")


GROQ = Vendor("GROQ_API_KEY", "GROQ_BASE_URL", "https://console.groq.com/keys")
ELEVEN = Vendor("ELEVEN_API_KEY", "ELEVEN_BASE_URL", "https://elevenlabs.io/app/settings/api-keys")
LIVEKIT = Vendor("LIVEKIT_API_KEY", "LIVEKIT_URL", "https://cloud.livekit.io")


class Refused(Exception):
    """A status that is no success."""

    def __init__(self, status: int) -> None:
        self.status = status


# --- the language model ---------------------------------------------------------------------------------------------


async def language_model() -> AsyncIterator[Finding]:
    """Are the models there, and do they call a tool when they are told to?"""
    if not settings.GROQ_API_KEY:
        yield Finding("no GROQ_API_KEY: the embedded language model decides.")
        return
    try:
        listed = await _get(f"{settings.GROQ_BASE_URL}/models", Authorization=f"Bearer {settings.GROQ_API_KEY}")
    except (Refused, aiohttp.ClientError) as error:
        yield _failed(GROQ, error)
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


# --- voice and ears -------------------------------------------------------------------------------------------------


async def speech() -> AsyncIterator[Finding]:
    """Is it paid for, is the voice there, does it speak, and do the ears open?"""
    if not settings.ELEVEN_API_KEY:
        yield Finding(
            "no ELEVEN_API_KEY: the embedded ears and voice serve, where requirements-voice.txt is installed."
        )
        return
    for ask in (_subscription, _voice_is_there, _speaks, _ears_open):
        try:
            yield await ask()
        except (Refused, aiohttp.ClientError) as error:
            yield _failed(ELEVEN, error)
            return


async def _subscription() -> Finding:
    try:
        plan = await _get(f"{settings.ELEVEN_BASE_URL}/user/subscription", **_eleven_key())
    except Refused as refused:
        if refused.status == 403:
            return Finding("the key may not read the subscription; what is left of it is not known.")
        raise
    left = plan["character_limit"] - plan["character_count"]
    if left < FEW_CHARACTERS:
        do = f"Take a larger plan at {ELEVEN.page}; until then the embedded voice serves."
        return Finding(f"{max(left, 0):,} characters are left.", do=do)
    return Finding(f"{left:,} of {plan['character_limit']:,} characters are left.")


async def _voice_is_there() -> Finding:
    try:
        found = await _get(f"{settings.ELEVEN_BASE_URL}/voices/{settings.ELEVEN_VOICE_ID}", **_eleven_key())
    except Refused as refused:
        if refused.status not in (400, 404):
            raise
        says = "the voice of ELEVEN_VOICE_ID is not in this account."
        return Finding(says, do="Choose one at https://elevenlabs.io/app/voice-lab, and set ELEVEN_VOICE_ID.")
    return Finding(f"the voice is {found.get('name', 'there')}.")


async def _speaks() -> Finding:
    """With the patience of a call: a voice that is slower is replaced there too."""
    began, first, seconds = time.monotonic(), 0.0, 0.0
    try:
        async with utils.http_context.open(), contextlib.aclosing(build_voice()) as voice:
            async for frame in vendor_frames(voice.first, TEN_CHARACTERS):
                first = first or time.monotonic() - began
                seconds += frame.duration
    except (APIError, TimeoutError) as error:
        why = "no sound in time" if isinstance(error, TimeoutError) else type(error).__name__
        do = f"Look at ELEVEN_TTS_MODEL, and at what is left at {ELEVEN.page}."
        return Finding(f"it does not speak: {why}.", do=do)
    says = f"it speaks: the first sound after {first * 1000:.0f} ms."
    return Finding(says, cost=f"{len(TEN_CHARACTERS)} characters")


async def _ears_open() -> Finding:
    base = settings.ELEVEN_BASE_URL.replace("http", "ws", 1)
    address = f"{base}/speech-to-text/realtime?model_id={settings.ELEVEN_STT_MODEL}&audio_format=pcm_16000"
    try:
        async with aiohttp.ClientSession() as web, web.ws_connect(address, headers=_eleven_key()) as line:
            opened = await line.receive_json()
    except aiohttp.WSServerHandshakeError as error:
        raise Refused(error.status) from None
    except TypeError:  # closed without a word
        opened = {}
    kind = opened.get("message_type", "nothing")
    if kind != "session_started":
        return Finding(f"the ears do not open: {kind}.", do="Set ELEVEN_STT_MODEL to a realtime model.")
    return Finding("the ears open.", cost="none")


def _eleven_key() -> dict[str, str]:
    return {"xi-api-key": settings.ELEVEN_API_KEY}


# --- calls ----------------------------------------------------------------------------------------------------------


async def livekit() -> AsyncIterator[Finding]:
    """Do the keys open it, and does its clock agree? Tokens carry times."""
    if not call_control.is_configured():
        yield Finding("no LIVEKIT_URL: practice calls are typed, or by voice with make voice.")
        return
    address = settings.LIVEKIT_URL.replace("ws", "http", 1)
    try:
        async with aiohttp.ClientSession() as web, web.get(address) as answer:
            date = answer.headers.get("Date")
        yield _clock(date)
        keys = settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET
        async with api.LiveKitAPI(settings.LIVEKIT_URL, *keys) as server:
            rooms = (await server.room.list_rooms(api.ListRoomsRequest())).rooms
    except api.ServerError as error:
        yield _failed(LIVEKIT, Refused(error.status))
    except (aiohttp.ClientError, OSError):
        yield LIVEKIT.silence()
    else:
        name = await sync_to_async(call_control.agent_name)()
        yield Finding(f"{len(rooms)} rooms are open; the receptionist's name there is {name}.")


def _clock(date: str | None) -> Finding:
    if not date:
        return Finding("the server does not tell the time.")
    apart = math.floor(time.time() - parsedate_to_datetime(date).timestamp())
    if abs(apart) > SKEW_SECONDS:
        says = f"this machine's clock is {abs(apart)} s {'ahead of' if apart > 0 else 'behind'} LiveKit's."
        return Finding(says, do="Set the clock, for example with timedatectl set-ntp true.")
    return Finding("the clocks agree.")


# --- the wire -------------------------------------------------------------------------------------------------------


async def _get(address: str, **headers: str) -> dict:
    """Raises Refused."""
    async with aiohttp.ClientSession() as web, web.get(address, headers=headers) as answer:
        if answer.status >= 400:
            raise Refused(answer.status)
        return await answer.json()


def _failed(vendor: Vendor, error: Exception) -> Finding:
    return vendor.refusal(error.status) if isinstance(error, Refused) else vendor.silence()
