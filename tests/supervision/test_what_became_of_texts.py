"""What becomes of an answer's text, from Twilio's own client to the page on which a supervisor reads it."""

import pytest
from django.urls import reverse

from supervision import lifecycle, outbox, polling
from supervision.models import Caller, Message
from tests.doubles.twilio import twilio
from tests.supervision.conftest import PHONE

OURS, PUBLIC = "+13125550142", "https://desk.example.com"
ANSWER = "Yes, from $150."


@pytest.fixture
def provider(settings):
    with twilio() as double:
        settings.MESSAGE_BACKEND = "supervision.delivery.twilio_sms.TwilioBackend"
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "0" * 32, double.token
        settings.TWILIO_SENDER, settings.TWILIO_BASE_URL = OURS, double.url
        settings.PUBLIC_URL, settings.HTTPS = PUBLIC, True
        settings.UNDO_WINDOW, settings.QUIET_HOURS = settings.UNDO_WINDOW * 0, (0, 0)
        yield double


@pytest.fixture
def answered(provider, ask, supervisor):
    """A question of a caller's, answered by text; Twilio has the text."""
    request = lifecycle.resolve(ask(), answer=ANSWER, by=supervisor)
    outbox.deliver_due()
    return request


def page(desk, request):
    return desk.get(reverse("admin:supervision_helprequest_answer", args=[request.pk]), secure=True).content.decode()


def test_a_text_that_arrives_keeps_the_promise(answered, provider, client, desk):
    [text] = provider.accepted
    assert text["To"] == PHONE
    assert ANSWER in text["Body"]

    for word in ("sent", "delivered", "sent"):  # the last one comes too late
        assert provider.tell(text, word).through(client) == 204

    assert "Delivered" in page(desk, answered)
    assert answered.promises.get().state == "kept"


def test_a_landline_is_rung_instead(answered, provider, client, desk):
    [text] = provider.accepted

    provider.tell(text, "undelivered", 30006).through(client)

    shown = page(desk, answered)
    assert "The text did not arrive." in shown
    assert "landline" in shown
    assert f"tel:{PHONE}" in shown
    assert answered.promises.get().state == "broken"

    desk.post(reverse("admin:supervision_helprequest_told_by_phone", args=[answered.pk]), secure=True)

    assert "did not arrive" not in page(desk, answered)
    assert answered.promises.get().state == "kept"
    assert Caller.objects.get(phone=PHONE).unreachable_since


def test_an_answer_that_was_lost_on_the_way_back_is_settled_by_twilios_word(provider, ask, supervisor, client, desk):
    provider.faults = [(500, 0, True)]
    request = lifecycle.resolve(ask(), answer=ANSWER, by=supervisor)
    outbox.deliver_due()
    assert "Nobody knows whether the text has left." in page(desk, request)

    [text] = provider.accepted
    provider.tell(text, "delivered").through(client)
    outbox.deliver_due()

    assert "Nobody knows" not in page(desk, request)
    assert len(provider.accepted) == 1
    assert Message.objects.get(help_request=request).provider_id == text["sid"]


def test_without_a_public_address_the_desk_learns_the_same(answered, provider, desk, settings):
    settings.HTTPS = False
    [text] = provider.accepted
    provider.tell(text, "undelivered", 30034)

    polling.poll()

    shown = page(desk, answered)
    assert "not registered for texts" in shown
    assert "manage.py doctor" in shown
