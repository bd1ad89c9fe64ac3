"""Which socket leads where."""

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from supervision.consumers import CallConsumer, LiveConsumer, PracticeConsumer


class Nowhere(AsyncWebsocketConsumer):
    """An address that leads nowhere is closed; without it, each guess writes an error to the console."""

    async def connect(self) -> None:
        await self.close()


websocket_urlpatterns = [
    path("ws/live", LiveConsumer.as_asgi()),
    path("ws/call/<uuid:call_id>", CallConsumer.as_asgi()),
    path("ws/practice/<uuid:call_id>", PracticeConsumer.as_asgi()),
    re_path("", Nowhere.as_asgi()),
]
