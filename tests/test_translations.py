"""The desk in another language: nothing is missing, nothing is broken, and callers hear none of it."""

import gettext
import re

import pytest

from tests.translations import ROOT, catalog, wanted

MESSAGES = ROOT / "locale" / "es" / "LC_MESSAGES"
MACHINES_READ = "class|id|name|type|value|data-live|preload|preserveAspectRatio|autocapitalize"
FOR_MACHINES = re.compile(rf"""\b({MACHINES_READ})="{{%\s*translate (?!.Save)""")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")


@pytest.fixture(scope="module")
def spanish() -> dict:
    return catalog(MESSAGES / "django.po")


def test_whatever_the_desk_says_is_translated(spanish):
    translated = {one for one, _ in spanish}

    missing = [(message[0], places[0]) for message, places in wanted().items() if message[0] not in translated]

    assert not missing


def test_no_translation_is_empty(spanish):
    assert not [one for (one, _), forms in spanish.items() if not all(forms)]


def test_a_translation_names_the_same_values_as_the_original(spanish):
    def named(text):
        return set(PLACEHOLDER.findall(text))

    wrong = [
        (one, text)
        for (one, many), forms in spanish.items()
        for text in forms
        if named(text) - {"%%"} != named(many or one) - {"%%"} and named(text) - {"%%"} != named(one) - {"%%"}
    ]

    assert not wrong


def test_what_is_loaded_was_made_of_what_is_written(spanish):
    with (MESSAGES / "django.mo").open("rb") as file:
        loaded = gettext.GNUTranslations(file)

    for (one, many), forms in spanish.items():
        said = [loaded.ngettext(one, many, n) for n in (1, 2)] if many else [loaded.gettext(one)]
        assert said == forms


def test_no_translation_stands_where_a_script_or_a_form_reads_it():
    pages = sorted((ROOT / "templates").rglob("*.html"))

    assert not [page.name for page in pages if FOR_MACHINES.search(page.read_text(encoding="utf-8"))]
