"""Do the keys open it, and does its clock agree? Tokens carry times."""

import math
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import aiohttp
from asgiref.sync import sync_to_async
from django.conf import settings
from livekit import api

from supervision import call_control
from supervision.health import Finding
from voice_agent.doctor.vendor import Vendor

LIVEKIT = Vendor("LIVEKIT_API_KEY", "LIVEKIT_URL", "https://cloud.livekit.io")
SKEW_SECONDS = 20  # tokens hold for a minute, and LiveKit grants about one more


async def check() -> AsyncIterator[Finding]:
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
        yield LIVEKIT.refusal(error.status)
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
