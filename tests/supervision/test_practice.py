"""The practice page: whose call, which number, which texts."""

import pytest
from django.urls import reverse
from django.utils import timezone

from supervision import calls, health, lifecycle
from supervision.models import Call, Consent, Heartbeat
from tests.supervision.conftest import PHONE

START = "admin:supervision_practice"


@pytest.fixture
def own(supervisor, any_salon):
    return calls.open_call(channel=Call.Channel.PRACTICE, phone=PHONE, practised_by=supervisor)


def talk(client, call):
    return client.get(reverse("admin:supervision_practice_call", args=[call.pk]))


def test_a_call_begins_with_the_number_that_was_typed(desk, salon, sue):
    response = desk.post(reverse(START), {"phone": "(415) 555-2671"})

    call = Call.objects.get()
    assert response.headers["Location"] == reverse("admin:supervision_practice_call", args=[call.pk])
    assert (call.channel, call.practised_by, call.caller.phone) == ("practice", sue, PHONE)
    assert Consent.objects.get().words == "number typed into the practice page"


def test_a_call_needs_no_number(desk, salon):
    desk.post(reverse(START), {"phone": "  "})

    assert Call.objects.get().caller is None


@pytest.mark.parametrize("phone", ["12", "call me", "+44 20 7946 0958", "9" * 41])
def test_a_wrong_number_is_refused_where_it_is_typed_and_begins_no_call(desk, salon, phone):
    response = desk.post(reverse(START), {"phone": phone})

    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert not Call.objects.exists()


def test_the_open_call_is_resumed_unless_a_new_one_is_asked_for(desk, own):
    assert desk.get(reverse(START)).headers["Location"] == reverse("admin:supervision_practice_call", args=[own.pk])
    assert desk.get(reverse(START) + "?new").status_code == 200

    calls.close_call(own)
    assert desk.get(reverse(START)).status_code == 200


def test_a_reload_goes_on_where_it_was(desk, own):
    calls.record_utterance(own, speaker="caller", text="are you open on thanksgiving")

    page = talk(desk, own).content.decode()

    assert "are you open on thanksgiving" in page
    assert f'data-socket="/ws/practice/{own.pk}"' in page


def test_anothers_call_is_not_there(desk, salon, tom):
    call = calls.open_call(channel=Call.Channel.PRACTICE, practised_by=tom)

    assert talk(desk, call).status_code == 404


def test_the_callers_phone_shows_the_practice_texts_to_that_number(desk, own):
    request = lifecycle.request_help("Do you offer keratin treatments?", call=own)
    lifecycle.resolve(request, answer="Yes, from $150.", by=own.practised_by)

    panel = talk(desk, own).content.decode().split("The caller's phone")[1]

    assert "Yes, from $150." in panel
    assert "Queued" in panel


def test_without_a_number_there_is_no_phone(desk, supervisor, salon):
    call = calls.open_call(channel=Call.Channel.PRACTICE, practised_by=supervisor)

    assert "The caller's phone" not in talk(desk, call).content.decode()


def test_the_page_says_that_the_agent_is_down(desk, own):
    callout = '<div class="callout bar soon" id="agent-down" role="status"'

    assert f"{callout}>" in talk(desk, own).content.decode()

    health.beat("agent")
    assert f"{callout} hidden>" in talk(desk, own).content.decode()

    Heartbeat.objects.update(beat_at=timezone.now() - timezone.timedelta(minutes=1))
    assert f"{callout}>" in talk(desk, own).content.decode()


def test_the_page_shows_what_she_finds_for_the_last_question(desk, own, glow):
    calls.record_utterance(own, speaker="caller", text="Where can I park?")
    calls.record_utterance(own, speaker="caller", text="thanks")

    page = talk(desk, own).content.decode()

    assert "Sure: she says it" in page
    assert "Where can I park?" in page.split("Nearest")[1]


def test_the_page_works_before_a_salon_is_loaded(desk, own, salon):
    calls.record_utterance(own, speaker="caller", text="Where can I park?")
    salon.delete()

    assert talk(desk, own).status_code == 200


def test_the_callers_phone_shows_nothing_that_was_told_in_the_call(desk, own):
    request = lifecycle.request_help("Do you offer keratin treatments?", call=own)
    lifecycle.resolve(request, answer="Yes, from $150.", by=own.practised_by)
    request.messages.update(state="told")

    assert "No text yet." in talk(desk, own).content.decode()
