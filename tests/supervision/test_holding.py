"""Callers who hold stand on top of the desk, with what they wait for and how long."""

import pytest
from django.urls import reverse

from supervision import calls, lifecycle, live
from supervision.admin.holding import holding
from supervision.models import Call
from tests.supervision.conftest import PHONE


@pytest.fixture
def spoken(salon):
    call = calls.ring(room="call-1", channel=Call.Channel.PHONE, phone=PHONE)
    calls.answer(call)
    return call


@pytest.fixture
def asked(spoken):
    asked = lifecycle.request_help("Do you do nail art?", call=spoken)
    calls.hold(spoken)
    return asked


def page(browser):
    return " ".join(browser.get(reverse("admin:index")).content.decode().split())


def test_nobody_holds(desk, spoken):
    assert holding() == []
    assert "is holding" not in page(desk)


def test_who_holds_is_on_top_with_the_question_and_the_first_key(desk, asked, settings):
    (one,) = holding()

    assert (one.help_request, one.wants_a_person) == (asked, False)
    assert one.window == settings.HOLD_WINDOW.total_seconds()
    shown = page(desk)
    assert "The caller is on the line" in shown
    assert shown.count("Do you do nail art?") == 1  # on top, and not among the others too
    assert "Nobody else waits." in shown
    assert 'data-hotkey="a"' in shown
    assert "<title>(1) Unknown caller is holding · Desk" in shown
    assert "data-rings" not in shown


def test_a_caller_who_wants_a_person_rings(desk, spoken, settings):
    asked = lifecycle.request_help("Can I talk to a person?", call=spoken)
    live.emit(live.DESK, "person_wanted", call=str(spoken.pk), help_request=str(asked.pk))
    calls.hold(spoken)

    (one,) = holding()

    assert one.wants_a_person
    assert one.window == settings.PERSON_WINDOW.total_seconds()
    shown = page(desk)
    assert "The caller asks for a person" in shown
    assert "data-rings" in shown


def test_practice_does_not_ring(desk, salon, supervisor):
    call = calls.ring(room="call-2", channel=Call.Channel.BROWSER, practised_by=supervisor)
    calls.answer(call)
    asked = lifecycle.request_help("Can I talk to a person?", call=call)
    live.emit(live.DESK, "person_wanted", call=str(call.pk), help_request=str(asked.pk))
    calls.hold(call)

    shown = page(desk)

    assert "The caller asks for a person" in shown
    assert "data-rings" not in shown


def test_it_is_over_when_the_caller_no_longer_holds(desk, spoken, asked):
    calls.resume(spoken)

    assert holding() == []


def test_the_longest_hold_is_the_first(salon):
    for number in (1, 2):
        call = calls.ring(room=f"call-{number}", channel=Call.Channel.PHONE)
        calls.answer(call)
        calls.hold(call)

    assert [one.call.room for one in holding()] == ["call-1", "call-2"]
