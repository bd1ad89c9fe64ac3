"""What the banner says of texts: printed, sent, and whether replies are told or asked for."""

from datetime import timedelta

import pytest

from salon_receptionist.banner import parts


def texts() -> tuple[str, list[str]]:
    [(how, missing)] = [(how, missing) for what, how, missing in parts(None) if what == "texts"]
    return how, missing


@pytest.fixture
def twilio(settings):
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_SENDER = "AC1", "token", "+13125550142"
    return settings


def test_without_an_account_texts_are_printed(settings):
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = settings.TWILIO_SENDER = ""

    how, missing = texts()

    assert how == "printed on this console"
    assert len(missing) == 3


def test_without_a_public_address_the_banner_says_that_twilio_is_asked(twilio):
    twilio.HTTPS, twilio.TWILIO_POLL = False, timedelta(seconds=7)

    assert texts() == ("Twilio, asked for news every 7 s", [])


def test_with_one_twilio_tells_by_itself(twilio):
    twilio.HTTPS = True

    assert texts() == ("Twilio", [])
