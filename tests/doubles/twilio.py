"""Twilio's messages on loopback: create, list, look up; the ways in which that fails; its signed webhooks."""

import itertools
import re
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

from twilio.request_validator import RequestValidator

from tests.doubles.rest import Handler, Service, serving

FORM = "application/x-www-form-urlencoded"
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Webhook:
    """A request that Twilio makes, with its signature."""

    url: str
    fields: dict[str, str]
    signature: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def through(self, client, **changed) -> int:
        """The status with which Django's client answers it; `changed` fields are not what was signed."""
        body, headers = urlencode(self.fields | changed), {"X-Twilio-Signature": self.signature}
        return client.post(self.path, body, content_type=FORM, headers=headers, secure=True).status_code

    def to(self, base: str) -> int:
        """As Twilio would, to a server on this machine that stands for the public address."""
        headers = {"X-Twilio-Signature": self.signature, "Content-Type": FORM}
        request = Request(base + self.path, urlencode(self.fields).encode(), headers)
        with urlopen(request, timeout=10) as answer:
            return answer.status


class TwilioDouble(Service):
    """`accepted`: the texts that were given to it; `received`: those that people have sent to our numbers."""

    def __init__(self, token: str = "token") -> None:
        super().__init__(_Handler)
        self.token = token
        self.accepted: list[dict] = []
        self.received: list[dict] = []
        self.faults: list[tuple[int, int, bool]] = []  # status, Twilio's code, whether it was accepted all the same
        self.prefix = ""  # what it writes in front of each text: a trial account's words
        self.asked: list[str] = []  # what was looked up or listed
        self.look_up_takes = 0.0  # seconds
        self._ids = itertools.count()

    def accept(self, form: dict) -> dict:
        """Take a text as its own; what the API would show of it."""
        text = form | {"sid": self._sid(), "made": datetime.now(UTC), "status": "queued", "direction": "outbound-api"}
        text["shown"] = self.prefix + form["Body"]
        self.accepted.append(text)
        return text

    def tell(self, text: dict, status: str, code: int | None = None) -> Webhook | None:
        """A text's new status; the request that tells of it, None where nobody asked for that."""
        text["status"], text["error_code"] = status, code
        if "StatusCallback" not in text:
            return None
        fields = {"MessageSid": text["sid"], "SmsSid": text["sid"], "To": text["To"], "AccountSid": "AC" + "0" * 32}
        fields |= {"From": text.get("From", "+13125550142"), "MessageStatus": status, "SmsStatus": status}
        return self.sign(text["StatusCallback"], fields | ({"ErrorCode": str(code)} if code else {}))

    def text(self, sender: str, body: str, *, to: str, url: str = "", media: int = 0, at=None) -> Webhook:
        """Somebody texts one of our numbers; the request that tells of it."""
        made = at or datetime.now(UTC)
        text = {"sid": self._sid(), "From": sender, "To": to, "Body": body, "shown": body, "made": made}
        self.received.append(text | {"status": "received", "direction": "inbound"})
        fields = {"MessageSid": text["sid"], "From": sender, "To": to, "Body": body, "NumMedia": str(media)}
        fields |= {f"MediaUrl{number}": f"https://api.twilio.com/{number}" for number in range(media)}
        return self.sign(url, fields | {"FromCity": "", "NumSegments": "1", "AccountSid": "AC" + "0" * 32})

    def sign(self, url: str, fields: dict[str, str], *, token: str = "") -> Webhook:
        return Webhook(url, fields, RequestValidator(token or self.token).compute_signature(url, fields))

    def _sid(self) -> str:
        return f"SM{next(self._ids):032x}"


class _Handler(Handler):
    server: TwilioDouble

    def do_POST(self) -> None:
        status, code, accepts = self.server.faults.pop(0) if self.server.faults else (201, 0, True)
        form = self.form()
        text = self.server.accept(form) if accepts else form
        if status == 0:
            self.connection.close()  # cut, with or without the text
            return
        self.answer(status, _shown(text) if status == 201 else {"status": status, "code": code, "message": "no"})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.server.asked.append(url.path)
        texts = [*self.server.accepted, *self.server.received]
        if one := re.search(r"/Messages/(\w+)\.json$", url.path):
            time.sleep(self.server.look_up_takes)
            found = next((text for text in texts if text["sid"] == one[1]), None)
            self.answer(200 if found else 404, _shown(found) if found else {"status": 404, "code": 20404})
            return
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        listed = sorted(filter(lambda text: _is_asked_for(text, asked), texts), key=lambda text: text["made"])
        self.answer(200, {"messages": [_shown(text) for text in reversed(listed)]})


def _is_asked_for(text: dict, asked: dict) -> bool:
    since = asked.get("DateSent>")
    if since and text["made"] < datetime.fromisoformat(since) - A_SECOND:
        return False
    return all(text.get(name) == asked[name] for name in ("To", "From") if name in asked)


def _shown(text: dict) -> dict:
    made = format_datetime(text["made"])
    shown = {"sid": text["sid"], "to": text["To"], "from": text.get("From"), "body": text["shown"]}
    shown["messaging_service_sid"] = text.get("MessagingServiceSid")
    shown |= {"status": text["status"], "direction": text["direction"], "error_code": text.get("error_code")}
    return shown | {"date_created": made, "date_sent": made}


def twilio() -> AbstractContextManager[TwilioDouble]:
    return serving(TwilioDouble())
