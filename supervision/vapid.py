"""The salon's own key, by which push services know who sends: made on first use, and readable by its owner alone."""

import base64
import os
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

GOOD_FOR = 12 * 3600  # seconds; a push service takes a day at most


class Keys(NamedTuple):
    private: str  # base64url, as all tools for web push write them
    public: str


def keys() -> Keys:
    """Of `VAPID_PRIVATE_KEY`, else of `var/vapid_key`; one that is lost makes every device ask anew."""
    if settings.VAPID_PRIVATE_KEY:
        return _pair(settings.VAPID_PRIVATE_KEY)
    path = settings.VAR_DIR / "vapid_key"
    if not path.exists():
        _make(path)
    return Keys(*path.read_text(encoding="ascii").split())


def authorization(endpoint: str) -> str:
    """The header of RFC 8292 for a push service: who we are, signed for it alone and for half a day."""
    import jwt  # here and below: only the job that sends needs them, and they weigh what a process at rest may not
    from cryptography.hazmat.primitives.asymmetric import ec

    ours = keys()
    place = urlsplit(endpoint)
    claims = {"aud": f"{place.scheme}://{place.netloc}", "exp": int(time.time()) + GOOD_FOR, "sub": _contact()}
    secret = ec.derive_private_key(int.from_bytes(decoded(ours.private), "big"), ec.SECP256R1())
    return f"vapid t={jwt.encode(claims, secret, algorithm='ES256')}, k={ours.public}"


def decoded(text: str) -> bytes:
    """Raises ValueError for what is no base64url."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _contact() -> str:
    if settings.PUSH_CONTACT:
        return settings.PUSH_CONTACT
    return settings.PUBLIC_URL if settings.HTTPS else f"mailto:{settings.DEFAULT_FROM_EMAIL}"


def _make(path: Path) -> None:
    """Processes that begin together get the same one; a half-written file is never seen."""
    from cryptography.hazmat.primitives.asymmetric import ec

    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    draft = path.with_name(f".vapid_key-{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("\n".join(_pair(encoded(number.to_bytes(32, "big")))), encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink()


def _pair(private: str) -> Keys:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    secret = ec.derive_private_key(int.from_bytes(decoded(private), "big"), ec.SECP256R1())
    point = secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Keys(private, encoded(point))
