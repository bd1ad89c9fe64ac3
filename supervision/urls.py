"""The addresses outside the desk: what makes it an app, the page on which anybody may call, what vendors tell."""

from django.urls import path

from supervision import installed, public_call
from supervision.webhooks.livekit import receive
from supervision.webhooks.twilio import receive_any_status, receive_status, receive_text

urlpatterns = [
    path("manifest.webmanifest", installed.manifest, name="manifest"),
    path("service-worker.js", installed.worker, name="service_worker"),
    path("call", public_call.page, name="public_call"),
    path("call/ring", public_call.ring, name="public_call_ring"),
    path("call/<uuid:call_id>/leave", public_call.gone, name="public_call_leave"),
    path("webhooks/livekit", receive),
    path("webhooks/twilio/texts", receive_text, name="twilio_texts"),
    path("webhooks/twilio/status", receive_any_status, name="twilio_states"),
    path("webhooks/twilio/status/<int:pk>", receive_status, name="twilio_status"),
]
