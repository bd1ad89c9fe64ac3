"""What would fail later is said at the start, with a hint; a machine without accounts is told nothing."""

from datetime import timedelta

import pytest

from supervision.checks import check_lease, check_message_webhook, check_twilio, check_vendors

ACCOUNT, SENDER = "AC" + "0" * 32, "+13125550142"
WEBHOOK = "supervision.delivery.webhook.WebhookBackend"


@pytest.fixture
def twilio(settings):
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_SENDER = ACCOUNT, "token", SENDER
    settings.HTTPS = True
    return settings


def ids(found):
    return [one.id.removeprefix("supervision.") for one in found]


def test_without_an_account_nothing_is_said(settings):
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = settings.TWILIO_SENDER = ""

    assert [*check_vendors(None), *check_twilio(None), *check_message_webhook(None), *check_lease(None)] == []


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER"])
def test_what_is_missing_of_the_three_is_named(twilio, name):
    setattr(twilio, name, "")

    [found] = [one for one in check_vendors(None) if "Twilio" in one.msg]

    assert name in found.msg
    assert ids(check_twilio(None)) == []


@pytest.mark.parametrize("sender", [SENDER, "MG" + "a1" * 16])
def test_numbers_and_services_may_send(twilio, sender):
    twilio.TWILIO_SENDER = sender

    assert check_twilio(None) == []


@pytest.mark.parametrize("sender", ["312 555 0142", "13125550142", "+0", "Glow", "MG123", SENDER + " "])
def test_a_sender_that_twilio_would_refuse_is_said(twilio, sender):
    twilio.TWILIO_SENDER = sender

    assert ids(check_twilio(None)) == ["E004"]


def test_an_api_keys_sid_is_not_the_accounts(twilio):
    twilio.TWILIO_ACCOUNT_SID = "SK" + "0" * 32

    assert ids(check_twilio(None)) == ["E003"]


def test_without_a_public_address_it_is_said_that_twilio_is_asked_instead(twilio):
    twilio.HTTPS, twilio.TWILIO_POLL = False, timedelta(seconds=7)

    [found] = check_twilio(None)

    assert found.id == "supervision.I001"
    assert "every 7 s" in found.hint


@pytest.mark.parametrize(
    ("url", "secret", "wrong"),
    [
        ("https://salon.example.com/texts", "s", []), ("http://127.0.0.1:9000/", "s", []),
        ("http://salon.example.com/texts", "s", ["E006"]), ("ftp://salon.example.com", "s", ["E006"]),
        ("", "s", ["E005"]), ("https://salon.example.com/texts", "", ["E005"]),
    ],
)  # fmt: skip
def test_a_webhook_needs_an_address_that_nobody_can_listen_to_and_a_secret(settings, url, secret, wrong):
    settings.MESSAGE_BACKEND = WEBHOOK
    settings.MESSAGE_WEBHOOK_URL, settings.MESSAGE_WEBHOOK_SECRET = url, secret

    assert ids(check_message_webhook(None)) == wrong


@pytest.mark.parametrize(("seconds", "wrong"), [(30, []), (1, []), (60, ["E007"]), (0, ["E007"])])
def test_a_lease_during_which_a_job_would_be_ended_is_said(settings, seconds, wrong):
    settings.MESSAGE_LEASE = timedelta(seconds=seconds)

    assert ids(check_lease(None)) == wrong
