"""The addresses outside the desk: what vendors tell."""

from django.urls import path

from supervision.webhooks.livekit import receive

urlpatterns = [
    path("webhooks/livekit", receive),
]
