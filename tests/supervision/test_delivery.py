"""What each backend does with one text."""

import json
from datetime import timedelta

import pytest

from supervision.delivery.console import ConsoleBackend
from supervision.delivery.file import FileBackend
from supervision.models import Message

from .conftest import NOON


@pytest.fixture
def message():
    return Message(pk=7, key="k:1", recipient="+14155552671", text="Yes, R&B “ü”\nis fine.", purpose="answer")


def test_console_prints_one_line_with_a_masked_number(message, capsys):
    ConsoleBackend().send(message)

    printed = capsys.readouterr().out
    assert printed == "[text to +1 ••• 71] Yes, R&B “ü” is fine.\n"


def test_file_gets_a_line_of_json_and_can_be_asked_for_it(message, settings, tmp_path):
    settings.MESSAGE_FILE = tmp_path / "messages.jsonl"
    backend = FileBackend()
    assert backend.find(message, NOON) is None

    provider_id = backend.send(message)

    line = json.loads(settings.MESSAGE_FILE.read_text(encoding="utf-8"))
    assert (line["key"], line["to"], line["text"]) == (message.key, message.recipient, message.text)
    assert backend.find(message, NOON + timedelta(days=1)) == provider_id
    assert settings.MESSAGE_FILE.stat().st_mode & 0o777 == 0o600


def test_file_that_ends_in_half_a_line_can_still_be_asked(message, settings, tmp_path):
    settings.MESSAGE_FILE = tmp_path / "messages.jsonl"
    settings.MESSAGE_FILE.write_text('{"key": "k:0", "id"', encoding="utf-8")
    backend = FileBackend()

    backend.send(message)

    assert backend.find(message, NOON) == f"file-{message.pk}"
