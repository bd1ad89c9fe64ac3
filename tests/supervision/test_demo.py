"""The demo's week: lively, made by the real verbs, and never in a database that is anybody's."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from supervision import demo
from supervision.demo.emptying import MARK
from supervision.models import Call, Heartbeat, HelpRequest, Message, Promise

AFTERNOON = datetime(2026, 6, 3, 20, 0, tzinfo=UTC)


@pytest.fixture
def is_demo(settings):
    settings.DEMO = True


def test_a_week_has_help_requests_texts_and_promises_of_every_kind(db, is_demo):
    demo.fill(now=AFTERNOON, days_back=3)

    state = Message.State
    assert set(HelpRequest.objects.values_list("status", flat=True)) == set(HelpRequest.Status.values)
    assert set(HelpRequest.objects.exclude(closed_because="").values_list("closed_because", flat=True)) >= {
        "answered", "timed_out", "withdrawn",
    }  # fmt: skip
    assert set(Message.objects.values_list("state", flat=True)) >= {
        state.QUEUED, state.DELIVERED, state.UNDELIVERED, state.REFUSED, state.UNDECIDED, state.CANCELLED, state.TOLD,
    }  # fmt: skip
    assert set(Promise.objects.values_list("state", flat=True)) >= {"kept", "broken", "withdrawn", "heard"}
    assert Call.objects.filter(state=Call.State.HOLDING).exists()
    assert HelpRequest.objects.filter(snoozed_until__gt=AFTERNOON).exists()
    assert any(one.is_claimed(AFTERNOON) for one in HelpRequest.objects.pending())


def test_the_demo_made_again_takes_the_place_of_the_last_one(db, is_demo):
    demo.fill(now=AFTERNOON, days_back=1)
    before = HelpRequest.objects.count()

    demo.make_room()
    assert not Call.objects.exists()
    demo.fill(now=AFTERNOON, days_back=1)

    assert HelpRequest.objects.count() == before


def test_a_database_with_rows_of_a_salon_is_refused_and_left_as_it_is(call, is_demo):
    with pytest.raises(CommandError, match="not the demo's"):
        call_command("filldemo")

    assert Call.objects.get() == call


def test_without_demo_set_not_even_an_empty_database_is_filled(db, settings):
    settings.DEMO = False
    Heartbeat.objects.create(name=MARK, beat_at=AFTERNOON)

    with pytest.raises(CommandError, match="DEMO is not set"):
        call_command("filldemo")

    assert not Call.objects.exists()


def test_every_page_of_the_demo_says_that_it_is_one(desk, salon, settings):
    assert "This is a demo" not in desk.get("/admin/").content.decode()

    settings.DEMO = True

    assert "This is a demo" in desk.get("/admin/").content.decode()
