"""Texts through Twilio's own client, to a double of its API: what was sent, refused, not sent, and what is unknown."""

from datetime import timedelta

import pytest
from django.utils import timezone

from supervision.delivery import NotDelivered
from supervision.delivery.twilio_sms import TwilioBackend
from supervision.models import Message
from tests.doubles.twilio import twilio

TEXT = Message(pk=1, key="one", recipient="+14155552671", text="Yes, from $150", purpose=Message.Purpose.ANSWER)


@pytest.fixture
def provider(settings):
    with twilio() as double:
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "0" * 32, "token"
        settings.TWILIO_SENDER, settings.TWILIO_BASE_URL = "+14155550100", double.url
        yield double


def test_a_text_reaches_twilio_with_the_salons_number(provider):
    sid = TwilioBackend().send(TEXT)

    assert [(text["To"], text["From"], text["Body"]) for text in provider.accepted] == [
        ("+14155552671", "+14155550100", "Yes, from $150")
    ]
    assert sid == provider.accepted[0]["sid"]


def test_a_messaging_service_may_be_the_sender(provider, settings):
    settings.TWILIO_SENDER = "MG" + "1" * 32

    TwilioBackend().send(TEXT)

    assert provider.accepted[0]["MessagingServiceSid"] == settings.TWILIO_SENDER


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (400, 21610, NotDelivered.REFUSED, "opted out"),
        (400, 21614, NotDelivered.REFUSED, "not a mobile"),
        (429, 20429, NotDelivered.NOT_SENT, "429"),
        (401, 20003, NotDelivered.NOT_SENT, "401"),
        (500, 0, NotDelivered.UNKNOWN, "failed"),
        (0, 0, NotDelivered.UNKNOWN, "broke"),
    ],
)
def test_what_went_wrong_says_whether_to_try_again(provider, status, code, kind, words):
    provider.faults = [(status, code, False)]

    with pytest.raises(NotDelivered, match=words) as failure:
        TwilioBackend().send(TEXT)

    assert failure.value.kind == kind
    assert TEXT.recipient not in failure.value.detail


def test_a_provider_that_is_not_there_has_not_sent_it(provider, settings):
    settings.TWILIO_BASE_URL = "http://127.0.0.1:9"

    with pytest.raises(NotDelivered) as failure:
        TwilioBackend().send(TEXT)

    assert failure.value.kind == NotDelivered.NOT_SENT


def test_a_text_whose_answer_was_lost_is_found_again_and_belongs_to_one_row(provider):
    provider.faults = [(500, 0, True)]
    with pytest.raises(NotDelivered):
        TwilioBackend().send(TEXT)
    since = timezone.now() - timedelta(minutes=1)

    found = TwilioBackend().find(TEXT, since)

    assert found == provider.accepted[0]["sid"]
    assert TwilioBackend().find(TEXT, since, owned={found}) is None
