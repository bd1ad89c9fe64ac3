"""What the walk through the telephone names is there."""

import re
from pathlib import Path

from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parent.parent
WALK = (ROOT / "docs" / "telephony.md").read_text(encoding="utf-8")


def test_every_setting_that_it_names_can_be_set():
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", WALK))
    settable = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))

    assert len(named) > 15
    assert named <= settable


def test_every_command_and_option_that_it_names_exists():
    commands = get_commands()
    called = re.findall(r"manage\.py (\w+)((?: --\w+)*)", WALK)

    assert {name for name, _ in called} >= {"doctor", "setup_phone", "runagent"}
    for name, options in called:
        parser = load_command_class(commands[name], name).create_parser("manage.py", name)
        assert set(options.split()) <= set(parser._option_string_actions)


def test_the_webhooks_address_is_the_one_that_is_served(client):
    [path] = re.findall(r"`PUBLIC_URL` \+ `(/[\w/]+)`", WALK)

    assert client.post(path).status_code == 401
