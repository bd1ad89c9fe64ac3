"""Which socket leads where."""

from django.urls import path

from supervision.consumers import LiveConsumer, PracticeConsumer

websocket_urlpatterns = [
    path("ws/live", LiveConsumer.as_asgi()),
    path("ws/practice/<uuid:call_id>", PracticeConsumer.as_asgi()),
]
