"""Hands each text to a program of the salon's own: one signed JSON POST, described in docs/telephony.md."""

import hashlib
import hmac
import http.client
import json
import time
from urllib.parse import urlsplit

from django.conf import settings

from supervision.delivery.base import Backend, NotDelivered
from supervision.models import Message

TIMEOUT = 1 / 5  # of the lease, to connect and then to answer
BUSY = (408, 425, 429)  # surely not taken, but later perhaps


class WebhookBackend(Backend):
    """Where nobody knows whether it took a text, a person may send that again, with the same key."""

    def send(self, message: Message) -> str:
        status = _post(_body(message), key=message.key)
        if 200 <= status < 300:
            return ""
        if status in BUSY:
            raise NotDelivered(f"the webhook would not take it now ({status})", NotDelivered.NOT_SENT)
        if 400 <= status < 500:
            raise NotDelivered(f"the webhook refused it ({status})", NotDelivered.REFUSED, str(status))
        raise NotDelivered(f"the webhook failed ({status})", NotDelivered.UNKNOWN)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """What the other side must come to as well: HMAC-SHA256 of the time, a full stop and the body, in hexadecimal."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _body(message: Message) -> bytes:
    told = {"key": message.key, "to": message.recipient, "text": message.text, "purpose": message.purpose}
    return json.dumps(told, ensure_ascii=False).encode()


def _post(body: bytes, *, key: str) -> int:
    """Raises NotDelivered; a redirection is an answer like any other, as nothing may be posted elsewhere."""
    now = str(int(time.time()))
    headers = {"Content-Type": "application/json", "Idempotency-Key": key, "X-Timestamp": now}
    headers["X-Signature"] = f"sha256={sign(settings.MESSAGE_WEBHOOK_SECRET, now, body)}"
    place = urlsplit(settings.MESSAGE_WEBHOOK_URL)
    line = _line(place)
    try:
        line.connect()
    except OSError:
        line.close()
        raise NotDelivered("the webhook could not be reached", NotDelivered.NOT_SENT) from None
    try:
        line.request("POST", (place.path or "/") + (f"?{place.query}" if place.query else ""), body, headers)
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        raise NotDelivered("the line to the webhook broke", NotDelivered.UNKNOWN) from None
    finally:
        line.close()


def _line(place) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    return kind(place.hostname or "", place.port, timeout=settings.MESSAGE_LEASE.total_seconds() * TIMEOUT)
