"""A salon's own program gets each text by one signed POST; what it answers says whether it has it."""

import json
import re
import socket
import textwrap
import time
from datetime import timedelta
from pathlib import Path

import pytest

from supervision.delivery import NotDelivered
from supervision.delivery.webhook import WebhookBackend, sign
from supervision.models import Message
from tests.doubles.rest import Handler, Service, serving

TEXT = Message(pk=1, key="one:two:answer:1", recipient="+14155552671", text="Yes, 5 € more", purpose="answer")
SECRET = "a secret"
DOCUMENTED = (Path(__file__).resolve().parents[2] / "docs" / "telephony.md").read_text(encoding="utf-8")


class Program(Service):
    def __init__(self) -> None:
        super().__init__(_Handler)
        self.heard: list[tuple[dict, bytes]] = []
        self.answers: list[tuple[int, dict | None]] = []  # status (0: the line is cut) and body


class _Handler(Handler):
    server: Program

    def do_POST(self) -> None:
        self.server.heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        status, body = self.server.answers.pop(0) if self.server.answers else (200, {})
        if status:
            self.answer(status, body)
        else:
            self.connection.close()


@pytest.fixture
def program(settings):
    with serving(Program()) as program:
        settings.MESSAGE_WEBHOOK_URL, settings.MESSAGE_WEBHOOK_SECRET = f"{program.url}/texts?a=b", SECRET
        yield program


def test_the_other_side_gets_the_text_and_can_prove_whose_it_is(program):
    WebhookBackend().send(TEXT)

    [(headers, body)] = program.heard
    assert json.loads(body) == {
        "key": TEXT.key, "to": TEXT.recipient, "text": TEXT.text, "purpose": "answer",
    }  # fmt: skip
    assert headers["Idempotency-Key"] == TEXT.key
    assert abs(int(headers["X-Timestamp"]) - time.time()) < 60
    assert headers["X-Signature"] == "sha256=" + sign(SECRET, headers["X-Timestamp"], body)
    assert sign("another", headers["X-Timestamp"], body) not in headers["X-Signature"]


def test_the_check_that_the_documentation_gives_accepts_it_and_nothing_else(program):
    WebhookBackend().send(TEXT)
    [(headers, body)] = program.heard
    indented = re.search(r"    import hashlib, hmac\n.*?\n\n(?=\S)", DOCUMENTED, re.DOTALL)[0]
    given: dict = {}
    exec(textwrap.dedent(indented), given)
    is_ours = given["is_ours"]

    assert is_ours(SECRET, headers["X-Timestamp"], body, headers["X-Signature"])
    assert not is_ours(SECRET, headers["X-Timestamp"], body + b" ", headers["X-Signature"])
    assert not is_ours(SECRET, str(int(headers["X-Timestamp"]) + 1), body, headers["X-Signature"])
    assert not is_ours("another", headers["X-Timestamp"], body, headers["X-Signature"])


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, NotDelivered.REFUSED), (404, NotDelivered.REFUSED), (410, NotDelivered.REFUSED),
        (429, NotDelivered.NOT_SENT), (408, NotDelivered.NOT_SENT),
        (500, NotDelivered.UNKNOWN), (503, NotDelivered.UNKNOWN), (302, NotDelivered.UNKNOWN),
        (0, NotDelivered.UNKNOWN),
    ],
)  # fmt: skip
def test_the_answer_says_whether_it_was_taken(program, status, kind):
    program.answers = [(status, {})]

    with pytest.raises(NotDelivered) as failure:
        WebhookBackend().send(TEXT)

    assert failure.value.kind == kind
    assert TEXT.recipient not in failure.value.detail


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://no-such-host.invalid/", "https://127.0.0.1:9/x"])
def test_a_program_that_is_not_there_has_not_taken_it(settings, url):
    settings.MESSAGE_WEBHOOK_URL = url

    with pytest.raises(NotDelivered) as failure:
        WebhookBackend().send(TEXT)

    assert failure.value.kind == NotDelivered.NOT_SENT


def test_a_program_that_does_not_answer_leaves_it_unknown_within_half_the_lease(settings):
    settings.MESSAGE_LEASE = timedelta(seconds=1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings.MESSAGE_WEBHOOK_URL = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        begun = time.monotonic()

        with pytest.raises(NotDelivered) as failure:
            WebhookBackend().send(TEXT)

    assert failure.value.kind == NotDelivered.UNKNOWN
    assert time.monotonic() - begun < 0.5
