"""Twilio's REST API for messages on loopback: create and list, and the ways in which it fails."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from tests.doubles.rest import Handler, Service, serving


class TwilioDouble(Service):
    def __init__(self) -> None:
        super().__init__(_Handler)
        self.accepted: list[dict] = []
        self.faults: list[tuple[int, int, bool]] = []  # status, Twilio's code, whether it was accepted all the same


class _Handler(Handler):
    server: TwilioDouble

    def do_POST(self) -> None:
        status, code, accepts = self.server.faults.pop(0) if self.server.faults else (201, 0, True)
        text = self.form() | {"sid": f"SM{len(self.server.accepted):032x}"}
        if accepts:
            self.server.accepted.append(text)
        if status == 0:
            self.connection.close()  # cut, with or without the text
            return
        self.answer(status, _shown(text) if status == 201 else {"status": status, "code": code, "message": "no"})

    def do_GET(self) -> None:
        to = parse_qs(urlsplit(self.path).query)["To"][0]
        self.answer(200, {"messages": [_shown(text) for text in self.server.accepted if text["To"] == to]})


def _shown(text: dict) -> dict:
    now = format_datetime(datetime.now(UTC))
    return {"sid": text["sid"], "to": text["To"], "body": text["Body"], "status": "queued", "date_sent": now}


def twilio() -> AbstractContextManager[TwilioDouble]:
    return serving(TwilioDouble())
