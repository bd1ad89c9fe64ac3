"""Connections to Groq that share the process's trust: reading the certificates anew stops a call's loop for 0.2 s."""

import ssl
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    import openai

CONNECT_SECONDS, READ_SECONDS = 2.0, 5.0
KEPT_SECONDS = 120  # a connection between two questions


@cache
def trust() -> ssl.SSLContext:
    """Safe to share between threads and loops; read before the fork, so that no call reads it."""
    return ssl.create_default_context()


def connection() -> dict[str, "str | openai.AsyncClient"]:
    """What the plugin is given; for one call, in its own loop. Whoever asks for it closes the client."""
    import httpx2 as httpx
    import openai

    client = openai.AsyncClient(
        api_key=settings.GROQ_API_KEY,
        base_url=settings.GROQ_BASE_URL,
        max_retries=0,
        http_client=httpx.AsyncClient(
            verify=trust(),
            follow_redirects=True,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(keepalive_expiry=KEPT_SECONDS),
        ),
    )
    return {"api_key": settings.GROQ_API_KEY, "base_url": settings.GROQ_BASE_URL, "client": client}
