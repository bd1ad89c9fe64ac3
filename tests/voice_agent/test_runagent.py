"""The command that runs her."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from voice_agent.management.commands.runagent import Command


@pytest.fixture(autouse=True)
def _connections_as_they_are(monkeypatch):
    """What the command sets holds for its process, which here is that of all tests."""
    monkeypatch.setattr("voice_agent.management.commands.runagent.keep_connections", lambda: None)


def test_help_says_what_each_mode_does():
    words = Command().create_parser("manage.py", "runagent").format_help()

    for mode in ("start", "dev", "console", "download-files"):
        assert f"  {mode} " in words


def test_a_bad_number_is_refused_before_a_call_is_opened(salon):
    with pytest.raises(CommandError, match="--phone: This is not a telephone number") as refused:
        call_command("runagent", "console", phone="12", stdout=StringIO())

    assert refused.value.returncode == 2


@pytest.mark.parametrize("mode", ["start", "console"])
def test_without_a_salon_it_says_how_to_load_one(transactional_db, mode):
    with pytest.raises(CommandError, match="loadcontext"):
        call_command("runagent", mode, stdout=StringIO())
