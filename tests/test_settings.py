"""Safe by default, and loud about what makes no sense."""

import stat

import pytest
from django.core import checks

from salon_receptionist.preparation import close_to_others

SHOW = "from django.conf import settings; print(settings.{})"


def test_a_public_address_passes_djangos_own_checks_for_deployment(scratch):
    assert "no issues" in scratch.manage(
        "check", "--deploy", "--fail-level", "WARNING", PUBLIC_URL="https://desk.example.com"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PUBLIC_URL", "http://desk.example.com", "must begin with https://"),
        ("PUBLIC_URL", "desk", "expected an address"),
        ("PORT", "eight", "expected a whole number"),
        ("DEBUG", "perhaps", "expected yes or no"),
        ("ANSWER_PROMISE", "2 hours", "expected a duration"),
        ("DATABASE_URL", "mysql://x", "expected sqlite:///path or postgres://"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(scratch, name, value, words):
    said = scratch.manage("runall", code=1, **{name: value})

    assert said.startswith(f"{name}: ")
    assert words in said
    assert len(said.splitlines()) == 1


def test_the_secret_key_is_made_once_and_nobody_else_can_read_it(scratch):
    key = scratch.folder / "secret_key"

    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text()) > 60
    assert scratch.manage("shell", "-v", "0", "-c", SHOW.format("SECRET_KEY")).strip() == key.read_text()


def test_debug_is_off_unless_it_is_asked_for(scratch):
    show = ("shell", "-v", "0", "-c", SHOW.format("DEBUG"))

    assert scratch.manage(*show).strip() == "False"
    assert scratch.manage(*show, DEBUG="yes").strip() == "True"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MESSAGE_BACKEND", "supervision.delivery.pigeon.PigeonBackend", "MESSAGE_BACKEND names no backend"),
        ("LIVEKIT_URL", "wss://example.livekit.cloud", "LIVEKIT_API_KEY, LIVEKIT_API_SECRET is missing"),
        ("TWILIO_AUTH_TOKEN", "x", "TWILIO_ACCOUNT_SID, TWILIO_SENDER is missing"),
        ("VAR_DIR", "/very" * 20, "too long for the sockets"),
    ],
)
def test_a_half_finished_configuration_is_found_with_a_hint(settings, name, value, words):
    assert checks.run_checks(tags=["compatibility"]) == []
    setattr(settings, name, value)

    (found,) = checks.run_checks(tags=["compatibility"])

    assert words in found.msg
    assert found.hint


def test_the_first_supervisor_gets_a_password_that_is_shown_once(scratch):
    scratch.manage("flush", "--no-input")

    first, second = (scratch.manage("firstsupervisor", FIRST_SUPERVISOR_PASSWORD="") for _ in range(2))

    assert "login supervisor, password " in first
    assert second == ""


def test_a_stranger_cannot_fill_the_log_with_tracebacks(scratch):
    knock = "from django.test import Client; print(Client().get('/', headers={'host': 'evil.example.com'}).status_code)"

    printed = scratch.manage("shell", "--verbosity", "0", "-c", knock)

    assert printed.split()[-1] == "400"
    assert "Traceback" not in printed


def test_a_new_folder_is_its_owners_alone(scratch, tmp_path):
    folder = tmp_path / "new"
    scratch.manage("shell", "-v", "0", "-c", SHOW.format("VAR_DIR"), VAR_DIR=str(folder))

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_everybody_reads_is_closed_to_others(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    tmp_path.chmod(0o755)

    close_to_others()

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750
