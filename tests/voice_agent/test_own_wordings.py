"""What a salon words itself stands for ours, and a slip in it is told before a caller could hear it."""

import pytest

from knowledge.models import Salon
from voice_agent import prompts, sounding
from voice_agent.checks import check_wordings

OWN = "Hi, {{ salon.name }} here. I'm an AI, and this call is transcribed."


@pytest.fixture
def wordings(settings, tmp_path):
    settings.WORDINGS_DIR = tmp_path
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, settings.BASE_DIR / "templates"]}]
    (tmp_path / "voice_agent").mkdir()
    _forget()
    yield tmp_path / "voice_agent"
    _forget()


def _forget() -> None:
    prompts._engine.cache_clear()
    sounding._fixed_texts.cache_clear()


def test_she_greets_as_the_salon_has_worded_it(wordings):
    (wordings / "greeting_spoken.txt").write_text(OWN)

    assert sounding.greeting(Salon(name="Glow")) == "Hi, Glow here. I'm an AI, and this call is transcribed."
    assert check_wordings(None) == []


def test_what_is_not_worded_anew_is_said_in_our_words(wordings):
    before = sounding.fixed_texts(Salon(name="Glow"))
    (wordings / "noted.txt").write_text("It stands on my list.")
    _forget()

    after = sounding.fixed_texts(Salon(name="Glow"))

    assert set(after) - set(before) == {"It stands on my list."}


def test_own_words_that_name_somebody_are_not_kept_as_sound(wordings):
    (wordings / "noted.txt").write_text("I have noted it, {{ caller.name }}.")

    assert not [text for text in sounding.fixed_texts(Salon(name="Glow")) if text.startswith("I have noted it,")]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("greetings.txt", OWN, "stands for nothing"),
        ("noted.txt", "It is {% if %} noted.", "cannot be used: Unexpected end of expression"),
        ("noted.txt", "{% load static %}It is noted.", "cannot be used: 'static' is not a registered"),  # only on pages
        ("noted.txt", "It is {{ noted", ""),  # for Django these are words
        ("noted.txt", " \n", "is empty"),
        ("noted.txt", b"\xff\xfe", "cannot be used"),
    ],
)
def test_a_slip_is_told_at_the_start(wordings, name, text, fault):
    (wordings / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    told = [error.msg for error in check_wordings(None)]

    assert [fault in one and name in one for one in told] == ([True] if fault else [])
