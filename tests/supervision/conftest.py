"""A salon in Chicago, two supervisors, and calls that can be heard or not."""

import uuid
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache

from knowledge.models import Salon
from supervision import calls, lifecycle
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call

NOON = datetime(2026, 6, 3, 17, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Chicago
PHONE = "+14155552671"


@pytest.fixture(autouse=True)
def _no_texts_from_other_tests():
    MemoryBackend.forget()


@pytest.fixture(autouse=True)
def _nothing_counted_by_other_tests():
    cache.clear()


@pytest.fixture
def salon(db):
    return Salon.objects.create(name="Glow Beauty Salon", time_zone="America/Chicago", region="US")


@pytest.fixture
def sue(db, django_user_model):
    return django_user_model.objects.create_user("sue", password="-", is_staff=True)


@pytest.fixture
def tom(db, django_user_model):
    return django_user_model.objects.create_user("tom", password="-", is_staff=True)


@pytest.fixture
def call(salon):
    """A practice call of a caller with a number; nobody holds it, so that nobody listens."""
    return calls.open_call(channel=Call.Channel.PRACTICE, phone=PHONE, at=NOON)


@pytest.fixture
def nameless_call(salon):
    return calls.open_call(channel=Call.Channel.PRACTICE, at=NOON)


@pytest.fixture
def spoken(salon):
    """A call by telephone that she has answered, and whose caller has heard the greeting out."""
    call = calls.ring(room="call-1", channel=Call.Channel.PHONE, phone=PHONE)
    calls.answer(call)
    calls.greeted(call)
    call.refresh_from_db()
    return call


@pytest.fixture
def listen():
    """Make the caller able to hear her at that moment."""

    def listen(call, at=NOON):
        calls.see(call, at=at)
        return calls.take(call, holder="agent", at=at)

    return listen


@pytest.fixture
def asked(call):
    return lifecycle.request_help("Do you offer keratin treatments?", call=call, at=NOON)


@pytest.fixture
def after():
    return lambda **units: NOON + timedelta(**units)


@pytest.fixture
def supervisor(sue):
    """Sue, with what the group Supervisors may do; the group itself is gone after a test that flushes the tables."""
    for migration in ("0002_supervisors", "0030_promises_and_digest"):
        for label, names in import_module(f"supervision.migrations.{migration}").MAY.items():
            sue.user_permissions.add(*Permission.objects.filter(content_type__app_label=label, codename__in=names))
    sue.first_name = "Sue"
    sue.save(update_fields=["first_name"])
    return sue


@pytest.fixture
def desk(client, supervisor):
    """The browser of a supervisor who is signed in."""
    client.force_login(supervisor, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def any_salon(request):
    """The whole Glow context where a test asks for it, else the bare salon."""
    return request.getfixturevalue("glow" if "glow" in request.fixturenames else "salon")


@pytest.fixture
def ask(any_salon):
    """`ask("…")` is a pending help request of a caller, by default of one who may be texted."""

    def ask(question="Do you offer keratin treatments?", *, phone=PHONE, practised_by=None, said=""):
        call = calls.open_call(channel=Call.Channel.PRACTICE, phone=phone, practised_by=practised_by)
        utterance = calls.record_utterance(call, speaker="caller", text=said or question)
        return lifecycle.request_help(question, call=call, utterance=utterance)

    return ask


@pytest.fixture
def empty_postgres(postgres_url):
    """The address of a database without tables, for processes of their own."""
    psycopg = pytest.importorskip("psycopg")
    name = f"race_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"{postgres_url.rpartition('/')[0]}/{name}"
