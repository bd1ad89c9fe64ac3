"""Is it paid for, is the voice there, does it speak, and do the ears open?"""

import contextlib
import time
from collections.abc import AsyncIterator

import aiohttp
from django.conf import settings
from livekit.agents import APIError, utils
from livekit.plugins import elevenlabs  # noqa: F401  registers itself, which only the main thread may do

from supervision.health import Finding
from voice_agent.doctor.vendor import Refused, Vendor, get
from voice_agent.speech import build_voice
from voice_agent.voices import vendor_frames

ELEVEN = Vendor("ELEVEN_API_KEY", "ELEVEN_BASE_URL", "https://elevenlabs.io/app/settings/api-keys")
TEN_CHARACTERS = "Glad to be"
FEW_CHARACTERS = 2_000  # about two minutes of her voice


async def check() -> AsyncIterator[Finding]:
    if not settings.ELEVEN_API_KEY:
        yield Finding(
            "no ELEVEN_API_KEY: the embedded ears and voice serve, where requirements-voice.txt is installed."
        )
        return
    for ask in (_subscription, _voice_is_there, _speaks, _ears_open):
        try:
            yield await ask()
        except (Refused, aiohttp.ClientError) as error:
            yield ELEVEN.failed(error)
            return


async def _subscription() -> Finding:
    try:
        plan = await get(f"{settings.ELEVEN_BASE_URL}/user/subscription", **_eleven_key())
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
        found = await get(f"{settings.ELEVEN_BASE_URL}/voices/{settings.ELEVEN_VOICE_ID}", **_eleven_key())
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
