"""A browser and its push service on loopback: reads what it is sent with the browser's key, and checks who sent it.

Written from RFC 8291, 8188 and 8292 with `cryptography` alone, so that it shares nothing with what it checks.
"""

import base64
import json
import os
import threading
import time
from contextlib import AbstractContextManager

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.doubles.rest import Handler, Service, serving

CURVE = ec.SECP256R1()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class Browser:
    """One subscription: what a browser makes when notices are switched on."""

    def __init__(self, url: str, *, private: str = "", secret: str = "") -> None:
        number = int.from_bytes(decoded(private), "big") if private else None
        self.key = ec.derive_private_key(number, CURVE) if number else ec.generate_private_key(CURVE)
        self.point = point_of(self.key.public_key())
        self.secret = decoded(secret) if secret else os.urandom(16)
        self.path = f"/send/{encoded(os.urandom(12))}"
        self.endpoint = url + self.path
        self.notices: list[dict] = []

    def as_told(self) -> dict:
        """As `PushSubscription.toJSON` has it."""
        keys = {"p256dh": encoded(self.point), "auth": encoded(self.secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, sealed: bytes) -> bytes:
        salt, length = sealed[:16], sealed[20]
        sender, body = sealed[21 : 21 + length], sealed[21 + length :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        seed = _derived(shared, self.secret, b"WebPush: info\0" + self.point + sender, 32)
        key = _derived(seed, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(seed, salt, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, body, None).rstrip(b"\0")
        assert plain.endswith(b"\2"), "the last record has no end"
        return plain[:-1]


class PushServiceDouble(Service):
    """`browsers` by their path; `answers` is what it says to the next ones, instead of 201."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.browsers: dict[str, Browser] = {}
        self.answers: list[int] = []
        self.asked: list[dict] = []  # the headers of each request
        self.refused: list[str] = []  # why it took a request for a stranger's
        self.key = ""  # of the first who sent: nobody else may
        self.open = threading.Event()  # until it is set nobody is answered
        self.open.set()

    def subscribe(self) -> Browser:
        browser = Browser(self.url)
        self.browsers[browser.path] = browser
        return browser

    def check(self, authorization: str) -> None:
        """Raises AssertionError for who does not prove that he holds the key he names, for this service, now."""
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert scheme == "vapid"
        self.key = self.key or parts["k"]
        assert parts["k"] == self.key, "another sender"
        head, claims, signature = parts["t"].split(".")
        raw = decoded(signature)
        numbers = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        sender = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decoded(parts["k"]))
        try:
            sender.verify(encode_dss_signature(*numbers), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise AssertionError("the signature is not the key's") from None
        assert json.loads(decoded(head)) | {"typ": "JWT"} == {"alg": "ES256", "typ": "JWT"}
        told = json.loads(decoded(claims))
        assert told["aud"] == self.url
        assert time.time() < told["exp"] <= time.time() + 24 * 3600
        assert told["sub"].startswith(("mailto:", "https://"))


class _Handler(Handler):
    server: PushServiceDouble

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(dict(self.headers))
        self.server.open.wait(20)
        try:
            self.server.check(self.headers["Authorization"])
            assert self.headers["Content-Encoding"] == "aes128gcm"
            assert int(self.headers["TTL"]) >= 0
            assert len(self.headers["Topic"]) <= 32
        except (AssertionError, KeyError, ValueError) as error:
            self.server.refused.append(str(error))
            self.answer(403, {})
            return
        browser = self.server.browsers.get(self.path)
        status = self.server.answers.pop(0) if self.server.answers else 201 if browser else 410
        if status == 201:
            browser.notices.append(json.loads(browser.read(body)))
        self.answer(status, {})


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def push_service() -> AbstractContextManager[PushServiceDouble]:
    return serving(PushServiceDouble())
