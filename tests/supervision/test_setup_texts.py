"""The plan for texts: where Twilio tells of them, with drift, and never where nobody can reach us."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.doubles.twilio_trunking import ACCOUNT, TOKEN, twilio

NUMBER, OTHER = "+13125550142", "+13125550177"
PUBLIC = "https://desk.example.com"
TEXTS, STATES = f"{PUBLIC}/webhooks/twilio/texts", f"{PUBLIC}/webhooks/twilio/status"
DRIFT = 2


@pytest.fixture
def provider(settings, salon):
    with twilio() as double:
        double.buy(NUMBER)
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_SENDER = ACCOUNT, TOKEN, NUMBER
        settings.TWILIO_BASE_URL, settings.PUBLIC_URL, settings.HTTPS = double.url, PUBLIC, True
        settings.LIVEKIT_URL = settings.PHONE_NUMBER = ""
        yield double


def setup(*options: str) -> tuple[str, int]:
    """What the command prints, and its exit code."""
    printed, code = StringIO(), 0
    try:
        call_command("setup_phone", *options, stdout=printed)
    except SystemExit as end:
        code = end.code
    return printed.getvalue(), code


def test_a_plan_shows_where_replies_go_and_changes_nothing(provider):
    printed, code = setup()

    assert f"~ texts of number {NUMBER}: replies: nothing -> {TEXTS}" in printed
    assert code == DRIFT
    assert provider.written == []


def test_what_was_applied_is_as_it_should_be(provider):
    setup("--apply")

    assert provider.numbers[NUMBER]["sms_url"] == TEXTS
    assert setup()[1] == 0


def test_an_application_that_takes_the_numbers_texts_is_taken_off(provider):
    provider.numbers[NUMBER]["sms_application_sid"] = "AP" + "1" * 32

    setup("--apply")

    assert provider.numbers[NUMBER]["sms_application_sid"] == ""


def test_drift_is_seen_and_put_right(provider):
    setup("--apply")
    provider.numbers[NUMBER]["sms_url"] = "https://elsewhere.example.com/texts"

    printed, code = setup()
    setup("--apply")

    assert f"https://elsewhere.example.com/texts -> {TEXTS}" in printed
    assert code == DRIFT
    assert provider.numbers[NUMBER]["sms_url"] == TEXTS


def test_a_service_tells_of_replies_and_of_states(provider, settings):
    settings.TWILIO_SENDER = sid = provider.serve(NUMBER)

    setup("--apply")

    service = provider.services[sid]
    assert (service["inbound_request_url"], service["status_callback"]) == (TEXTS, STATES)
    assert service["use_inbound_webhook_on_number"] is False
    assert setup()[1] == 0


def test_the_service_of_a_number_is_set_up_with_it(provider):
    sid = provider.serve(NUMBER)

    setup("--apply")

    assert provider.services[sid]["inbound_request_url"] == provider.numbers[NUMBER]["sms_url"] == TEXTS


def test_removing_takes_our_addresses_off_and_leaves_those_of_others(provider):
    setup("--apply")
    setup("--remove", "--apply")
    assert provider.numbers[NUMBER]["sms_url"] == ""

    provider.numbers[NUMBER]["sms_url"] = "https://elsewhere.example.com"
    assert setup("--remove")[1] == 0


def test_where_twilio_cannot_reach_us_nothing_is_planned(provider, settings):
    settings.HTTPS = False

    with pytest.raises(CommandError, match="LIVEKIT_URL"):
        setup()


def test_a_sender_that_is_not_in_the_account_is_one_sentence(provider, settings):
    settings.TWILIO_SENDER = OTHER

    with pytest.raises(CommandError, match="TWILIO_SENDER is no number"):
        setup()
