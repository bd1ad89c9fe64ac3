"""Both businesses, as rows in the database or as unsaved facts, and the moments at which they are asked."""

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from knowledge import vectors
from knowledge.context_file import Context
from knowledge.embedding import embed
from knowledge.facts import SalonFacts
from knowledge.hours import Hours
from knowledge.management.commands.loadcontext import CONTEXTS
from knowledge.search import write_missing_vectors

CHICAGO = ZoneInfo("America/Chicago")
WEDNESDAY_AT_3 = dt.datetime(2026, 11, 18, 15, 0, tzinfo=CHICAGO)


@pytest.fixture(scope="session")
def _vectors_once():
    """The same texts are embedded for many tests; the vectors are a pure function of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "embed", cache(embed))
        yield


def _load(name: str) -> None:
    call_command("loadcontext", name, verbosity=0)
    write_missing_vectors(1_000)


@pytest.fixture
def glow(db, _vectors_once):
    _load("glow")


@pytest.fixture
def committed_glow(transactional_db, _vectors_once):
    """As other processes see it: a search keeps only what is committed."""
    _load("glow")


@pytest.fixture
def unread_glow(db, _vectors_once):
    """Without vectors."""
    call_command("loadcontext", "glow", verbosity=0)


@pytest.fixture
def bicycle(db, _vectors_once):
    _load("bicycle")


def facts_of(name: str) -> SalonFacts:
    read = Context(CONTEXTS / f"{name}.toml")
    for rows in (read.closures, read.services):
        for number, row in enumerate(rows, start=1):
            row.pk = number
    hours = [span for span in read.hours if not span.full_clean(validate_unique=False, validate_constraints=False)]
    return SalonFacts(read.salon, Hours(read.salon.zone, tuple(hours), tuple(read.closures)), tuple(read.services))


@pytest.fixture(scope="session")
def glow_facts() -> SalonFacts:
    return facts_of("glow")


@pytest.fixture(scope="session")
def bicycle_facts() -> SalonFacts:
    return facts_of("bicycle")
