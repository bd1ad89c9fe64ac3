"""The doctor: all at once, a sentence each, and a code that scripts can read."""

import asyncio
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.db import connection

from supervision import doctor, health
from supervision.doctor import examine
from supervision.health import Finding
from tests.doubles.twilio_trunking import ACCOUNT, TOKEN, twilio

SENDER = "+13125550142"


def asked(check):
    [examined] = async_to_sync(examine)({"It": check})
    return [f"{finding.says} {finding.do}".strip() for finding in examined.findings]


async def well():
    yield Finding("is there.", cost="3 tokens")


async def ill():
    yield Finding("is gone.", do="Bring it back.")


async def broken():
    raise ValueError("with somebody's words in it")
    yield


def run(settings, checks, *options):
    """What the command prints, and its exit code."""
    settings.DOCTOR_CHECKS = {name: f"{__name__}.{check.__name__}" for name, check in checks.items()}
    printed, code = StringIO(), 0
    try:
        call_command("doctor", *options, stdout=printed)
    except SystemExit as end:
        code = end.code
    return printed.getvalue(), code


def test_a_well_vendor_is_a_line_with_time_and_cost(settings):
    printed, code = run(settings, {"Groq": well})

    assert printed.startswith("  Groq: is there. (")
    assert "ms, 3 tokens)" in printed
    assert code == 0


def test_an_ill_vendor_is_two_lines_and_code_1(settings):
    printed, code = run(settings, {"Groq": well, "ElevenLabs": ill})

    assert "! ElevenLabs: is gone." in printed
    assert "    Bring it back.\n" in printed
    assert code == 1


def test_brief_says_only_what_is_wrong(settings):
    assert run(settings, {"Groq": well, "ElevenLabs": ill}, "--brief") == ("ElevenLabs: is gone. Bring it back.\n", 1)
    assert run(settings, {"Groq": well}, "--brief") == ("", 0)


def test_brief_leaves_to_make_run_what_it_watches_itself(settings):
    assert run(settings, {"Receptionist": ill, "Database": ill, "Groq": well}, "--brief") == ("", 0)


def test_a_check_that_breaks_is_a_sentence_without_what_it_was_told(settings):
    printed, code = run(settings, {"Groq": broken, "Twilio": well})

    assert "Groq: could not be asked: ValueError." in printed
    assert "somebody" not in printed
    assert "Twilio: is there." in printed
    assert code == 1


async def test_all_are_asked_at_the_same_time():
    both = asyncio.Barrier(2)

    async def waits_for_the_other():
        await both.wait()
        yield Finding("has met it.")

    async with asyncio.timeout(3):
        examined = await examine({"one": waits_for_the_other, "another": waits_for_the_other})

    assert all(each.is_well for each in examined)


def test_the_configured_checks_are_there(settings, db):
    settings.GROQ_API_KEY = settings.ELEVEN_API_KEY = settings.LIVEKIT_URL = ""
    printed = StringIO()

    with pytest.raises(SystemExit) as end:
        call_command("doctor", stdout=printed)

    assert [line.split(":")[0].strip("! ") for line in printed.getvalue().splitlines() if line[2] != " "] == list(
        settings.DOCTOR_CHECKS
    )
    assert end.value.code == 1  # nobody is there to answer


def test_the_database_has_all_its_tables(db):
    assert asked(doctor.database) == [f"{connection.vendor}, with all its tables."]


def test_one_whom_livekit_does_not_know_takes_no_calls_and_that_is_told(db, settings):
    settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = "ws://127.0.0.1:9", "key", "secret"

    health.beat("agent", {"registered": False})
    assert "LiveKit does not know her yet. Wait ten seconds" in asked(doctor.receptionist)[0]

    health.beat("agent", {"registered": True, "calls": 2})
    assert asked(doctor.receptionist) == ["is there, with 2 calls under way."]


def test_it_says_whether_she_is_there_and_what_she_makes_do_with(db, settings):
    settings.LIVEKIT_URL = ""
    assert "gives no sign of life. Start her" in asked(doctor.receptionist)[0]

    health.beat("agent")
    health.beat(
        "vendor:ears", {"using": "embedded", "since": "2026-06-03T17:00:00+00:00", "reason": "402, not paid for"}
    )

    assert asked(doctor.receptionist) == [
        "is there, with 0 calls under way.", "ears: embedded, because of 402, not paid for. See the vendor's own line.",
    ]  # fmt: skip


def test_the_telephone_without_a_server_says_what_setup_phone_would(settings, salon, free_port):
    settings.LIVEKIT_URL, settings.PHONE_NUMBER = f"ws://127.0.0.1:{free_port()}", SENDER
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = "key", "secret" * 6

    [said] = asked(doctor.telephone)

    assert said.startswith("No LiveKit server answers at LIVEKIT_URL")


@pytest.fixture
def provider(settings):
    with twilio() as double:
        double.buy(SENDER)
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.TWILIO_SENDER, settings.TWILIO_BASE_URL = SENDER, double.url
        yield double


def test_twilio_is_asked_for_the_account_and_the_sender(provider):
    assert asked(doctor.texts)[:2] == ["the account is active.", "the sender of texts is there."]
    assert provider.written == []


def test_twilio_is_asked_for_what_carriers_and_countries_let_through(provider, settings):
    settings.PUBLIC_URL, settings.HTTPS, settings.SALON_COUNTRIES = "https://desk.example.com", True, ["US", "CA"]
    provider.serve(SENDER)
    call_command("setup_phone", "--apply", stdout=StringIO())

    assert asked(doctor.texts)[2:] == [
        "replies and states are told here.", "the sender is registered with the carriers.", "texts may go to US, CA.",
    ]  # fmt: skip


@pytest.mark.parametrize("of_service", [False, True])
def test_a_sender_that_carriers_do_not_know_is_told(provider, of_service):
    if of_service:
        provider.serve(SENDER, registered=False)

    assert any("(30034). Register a campaign" in said for said in asked(doctor.texts))


def test_a_toll_free_sender_that_is_not_verified_is_told(provider, settings):
    settings.TWILIO_SENDER = "+18885550142"
    provider.buy(settings.TWILIO_SENDER)
    assert any("(30032). Ask for it" in said for said in asked(doctor.texts))

    provider.verified = [{"sid": "HH1", "status": "TWILIO_APPROVED"}]
    assert "the toll-free sender is verified." in asked(doctor.texts)


def test_a_country_that_is_closed_to_texts_is_told(provider, settings):
    settings.SALON_COUNTRIES, provider.closed = ["US", "CA"], ("CA",)

    assert any(said.startswith("texts to CA are not enabled (21408). Open them") for said in asked(doctor.texts))


def test_without_an_https_address_it_says_that_replies_are_asked_for(provider, settings):
    settings.HTTPS = False

    assert asked(doctor.texts)[2].startswith("replies are asked for every 5 s")


def test_replies_that_go_elsewhere_are_told(provider, settings):
    settings.PUBLIC_URL, settings.HTTPS = "https://desk.example.com", True
    provider.numbers[SENDER]["sms_url"] = "https://elsewhere.example.com"

    assert "setup_phone, mend it" in asked(doctor.texts)[2]


@pytest.mark.parametrize(
    ("account", "words"),
    [({"status": "suspended"}, "the account is suspended."), ({"type": "Trial"}, "a trial account")],
)
def test_an_account_that_cannot_text_everybody_is_told(provider, account, words):
    provider.account |= account

    assert asked(doctor.texts)[0].startswith(words)


def test_a_sender_that_is_not_in_the_account_is_told(provider, settings):
    settings.TWILIO_SENDER = "+13125550199"

    assert "no number of this account. Buy it" in asked(doctor.texts)[1]


def test_a_number_that_cannot_text_is_told(provider):
    provider.numbers[SENDER]["capabilities"] = {"sms": False, "voice": True}

    assert asked(doctor.texts)[1].startswith("the sender's number cannot send texts.")


def test_a_wrong_token_is_told_once(provider):
    provider.refuses = 401

    [said] = asked(doctor.texts)

    assert said.startswith("Twilio refuses TWILIO_ACCOUNT_SID")


def test_without_twilio_it_says_where_texts_go(settings):
    settings.TWILIO_ACCOUNT_SID = ""

    assert asked(doctor.texts) == ["texts go through MemoryBackend; Twilio is not set up."]
