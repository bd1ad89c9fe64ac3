"""Twilio's messages on loopback on a very bad day: in 45 % of requests something goes wrong, in one of six ways."""

import random
import threading
import time
from collections import Counter
from contextlib import AbstractContextManager

from tests.doubles.rest import serving
from tests.doubles.twilio import TwilioDouble, _Handler, _shown

LATE = 20  # seconds until an answer for which nobody waits any longer
GRACE = 50  # seconds in which a text may be accepted though its sender has been turned away
FAULTS = ("busy", "down", "accepted_then_failed", "accepted_then_cut", "answered_late", "accepted_late")


class ChaoticTwilio(TwilioDouble):
    """`pace` shortens every wait, 0.1 to a tenth; `share` of the requests go wrong, all six ways alike.

    `hangs_for` are the numbers whose texts it takes and never answers.
    """

    request_queue_size = 128

    def __init__(self, *, share: float = 0.45, pace: float = 0.1) -> None:
        super().__init__()
        self.RequestHandlerClass = _Chaos
        self.share, self.pace = share, pace
        self.happened: Counter[str] = Counter()
        self.delay = 0.0  # seconds that every good answer takes
        self.hangs_for: set[str] = set()

    @property
    def settings(self) -> dict[str, str]:
        """With which the product sends its texts here; with a public address, so that it does not poll for states."""
        account = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": self.token, "MESSAGE_BACKEND": ""}
        account |= {"TWILIO_SENDER": "+14155550100", "PUBLIC_URL": "https://desk.example.com"}
        return account | {"TWILIO_BASE_URL": self.url}


class _Chaos(_Handler):
    server: ChaoticTwilio
    protocol_version = "HTTP/1.1"  # connections stay open, as at Twilio
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        form, fault = self.form(), self._fault()
        if "Body" not in form:  # its client was killed in the middle of it
            self._cut()
            return
        if form["To"] in self.server.hangs_for:
            fault = "answered_late"
        match fault:
            case "busy":
                self._fail(429, 20429)
            case "down":
                self._fail(503, 20503)
            case "accepted_then_failed":
                self.server.accept(form)
                self._fail(500, 20500)
            case "accepted_then_cut":
                self.server.accept(form)
                self._cut()
            case "answered_late":
                text = self.server.accept(form)
                self._wait(LATE)
                self._answer_if_anybody_waits(text)
            case "accepted_late":
                self._cut()
                threading.Timer(random.uniform(0, GRACE) * self.server.pace, self.server.accept, [form]).start()
            case _:
                text = self.server.accept(form)
                time.sleep(self.server.delay)
                self.answer(201, _shown(text))

    def do_GET(self) -> None:
        match self._fault():
            case "busy":
                self._fail(429, 20429)
            case "down" | "accepted_then_failed":
                self._fail(503, 20503)
            case "accepted_then_cut" | "accepted_late":
                self._cut()
            case "answered_late":
                self._wait(LATE)
                self._cut()
            case _:
                super().do_GET()

    def _fault(self) -> str:
        fault = random.choice(FAULTS) if random.random() < self.server.share else ""
        self.server.happened[f"{self.command} {fault or 'good'}"] += 1
        return fault

    def _fail(self, status: int, code: int) -> None:
        self.answer(status, {"status": status, "code": code, "message": "no"})

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds * self.server.pace)

    def _answer_if_anybody_waits(self, text: dict) -> None:
        try:
            self.answer(201, _shown(text))
        except OSError:
            self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):  # its client was killed, or the line was cut
            self.close_connection = True


def chaotic_twilio(**how: float) -> AbstractContextManager[ChaoticTwilio]:
    return serving(ChaoticTwilio(**how))
