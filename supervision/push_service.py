"""Brings one notice to a browser's push service, so that only that browser can read it (RFC 8030, 8188, 8291)."""

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from supervision import vapid

TIMEOUT = 5.0
LONGEST_ENDPOINT = 2000
POINT, SECRET = 65, 16  # bytes of a browser's public key and of its secret
LONGEST_WAIT = 60  # seconds that a service may ask us to wait: a notice is for now


class Subscription(NamedTuple):
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Letter:
    to: Subscription
    payload: bytes
    seconds: int  # for which the service keeps it, while the device is out of reach
    topic: str  # at most 32 of base64url's characters; one that waits there is replaced by the next of its topic


class Gone(Exception):
    """The browser has been told to forget us, or is no more."""


class Refused(Exception):
    """It would be refused again."""


class NotNow(Exception):
    """Worth another try, after `seconds` where the service says so."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__()
        self.seconds = seconds


def check(subscription: Subscription) -> None:
    """Raises ValidationError for what no browser gives, and for an address where no push service is."""
    if len(subscription.endpoint) > LONGEST_ENDPOINT or not is_service(subscription.endpoint):
        raise ValidationError("This browser's push service is not among those that the salon allows (PUSH_SERVICES).")
    try:
        point, secret = vapid.decoded(subscription.p256dh), vapid.decoded(subscription.auth)
    except ValueError:
        point = secret = b""
    if len(point) != POINT or point[0] != 4 or len(secret) != SECRET:
        raise ValidationError("This browser gave no key to write to it.")


def is_service(endpoint: str) -> bool:
    """Who signs in may not make this machine call any address he likes."""
    try:
        place = urlsplit(endpoint)
    except ValueError:
        return False
    origin = f"{place.scheme}://{place.netloc}".lower()
    is_plain = re.fullmatch(r"https?://[a-z0-9.:-]+", origin) is not None and endpoint.isascii()
    return is_plain and any(fnmatchcase(origin, allowed) for allowed in settings.PUSH_SERVICES)


def send(letter: Letter) -> None:
    """Returns when the service has it; raises Gone, Refused or NotNow."""
    if not is_service(letter.to.endpoint):
        raise Gone("its push service is no longer allowed")
    headers = {
        "Authorization": vapid.authorization(letter.to.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(max(0, letter.seconds)),
        "Urgency": "high",  # a telephone in its sleep wakes up
        "Topic": letter.topic,
    }
    request = urllib.request.Request(letter.to.endpoint, encrypt(letter.to, letter.payload), headers)
    try:
        with urllib.request.build_opener(_StaysThere).open(request, timeout=TIMEOUT):
            return
    except urllib.error.HTTPError as error:
        with error:
            raise _meaning(error) from None
    except OSError:
        raise NotNow from None


def encrypt(to: Subscription, payload: bytes) -> bytes:
    """For this browser alone, with a key of this letter's own. Raises Gone where its key is none."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        return http_ece.encrypt(
            payload,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=vapid.decoded(to.p256dh),
            auth_secret=vapid.decoded(to.auth),
            version="aes128gcm",
        )
    except ValueError:
        raise Gone("its key is none") from None


class _StaysThere(urllib.request.HTTPRedirectHandler):
    """No push service answers from elsewhere, and no address that was not looked at is called."""

    def redirect_request(self, *args) -> None:
        return None


def _meaning(error: urllib.error.HTTPError) -> Exception:
    if error.code in (404, 410):
        return Gone(f"the push service says {error.code}")
    if error.code == 429 or error.code >= 500:
        wait = error.headers.get("Retry-After", "")
        return NotNow(min(int(wait), LONGEST_WAIT) if wait.isdecimal() else 0)
    return Refused(f"the push service says {error.code}")
