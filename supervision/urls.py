"""The addresses outside the desk: what vendors tell."""

from django.urls import path

from supervision.webhooks import livekit

urlpatterns = [
    path("webhooks/livekit", livekit.receive),
]
