"""A salon in Chicago, two supervisors, and calls that can be heard or not."""

from datetime import UTC, datetime, timedelta

import pytest

from knowledge.models import Salon
from supervision import calls, lifecycle
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call

NOON = datetime(2026, 6, 3, 17, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Chicago
PHONE = "+14155552671"


@pytest.fixture(autouse=True)
def _no_texts_from_other_tests():
    MemoryBackend.forget()


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
