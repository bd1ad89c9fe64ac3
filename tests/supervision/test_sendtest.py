"""A test text goes the whole way, and the command says each state that it comes to."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from supervision.models import Caller, Message
from tests.doubles.twilio import twilio
from tests.supervision.conftest import PHONE

OURS = "+13125550142"


@pytest.fixture
def provider(settings, salon):
    with twilio() as double:
        settings.MESSAGE_BACKEND = "supervision.delivery.twilio_sms.TwilioBackend"
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "0" * 32, "token"
        settings.TWILIO_SENDER, settings.TWILIO_BASE_URL = OURS, double.url
        yield double


def sendtest(number=PHONE, seconds=0.1):
    printed = StringIO()
    call_command("sendtest", number, seconds=seconds, stdout=printed)
    return printed.getvalue()


def test_the_text_is_the_salons_and_its_number_is_not_shown(provider):
    printed = sendtest()

    [text] = provider.accepted
    assert (text["To"], text["From"]) == (PHONE, OURS)
    assert text["Body"].startswith("Glow Beauty Salon: this is a test")
    assert "sent" in printed
    assert PHONE not in printed
    assert Message.objects.get().purpose == "test"


def test_it_is_followed_until_it_has_arrived(provider):
    taken = provider.accept
    provider.accept = lambda form: (text := taken(form), provider.tell(text, "delivered"))[0]

    assert sendtest(seconds=10).rstrip().endswith("delivered")


def test_what_was_refused_is_said_with_its_reason(provider):
    provider.faults = [(400, 21608, False)]

    with pytest.raises(CommandError, match="doctor"):
        sendtest()

    assert "trial account" in Message.objects.get().error


def test_each_test_is_another_text(provider):
    sendtest()
    sendtest()

    assert len(provider.accepted) == 2


@pytest.mark.parametrize("number", ["", "hello", "+0", "312"])
def test_no_number_is_one_sentence(provider, number):
    with pytest.raises(CommandError, match="not a telephone number"):
        sendtest(number)


def test_who_has_opted_out_gets_no_test(provider):
    Caller.objects.create(phone=PHONE, opted_out_at="2026-06-03T17:00:00Z")

    with pytest.raises(CommandError, match="opted out"):
        sendtest()

    assert provider.accepted == []


def test_without_an_account_it_is_printed(salon, settings, capsys):
    settings.MESSAGE_BACKEND = "supervision.delivery.console.ConsoleBackend"

    sendtest()

    assert "this is a test" in capsys.readouterr().out
