"""What Groq, ElevenLabs and LiveKit are asked, and what is said of their answers: a sentence, and what to do."""

import time
from email.utils import formatdate

import numpy as np
import pytest
from aiohttp import web

from supervision.doctor import examine
from tests.doubles.elevenlabs import EMPTY, QUOTA, REFUSE, ElevenLabs
from tests.doubles.groq import SILENCE, Groq
from tests.telephone.server import running
from voice_agent import doctor


async def asked(check, **patience):
    """The findings of one check, as the command gets them."""
    [examined] = await examine({"It": check}, **patience)
    return examined.findings


async def wrong(check):
    """The one thing that is wrong: what is said, and what is to be done."""
    [finding] = [finding for finding in await asked(check) if finding.do]
    return f"{finding.says} {finding.do}"


@pytest.fixture
async def groq(settings):
    double = Groq()
    settings.GROQ_API_KEY, settings.GROQ_BASE_URL = "key", await double.start()
    yield double
    await double.stop()


@pytest.fixture
async def eleven(settings):
    double = ElevenLabs(lambda samples: "", speak=lambda text: np.full(24_000, 5000, np.int16))
    app = web.Application()
    app.add_routes(double.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings.ELEVEN_API_KEY = "key"
    settings.ELEVEN_BASE_URL = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield double
    await runner.cleanup()


async def test_without_keys_it_says_what_is_embedded(settings):
    settings.GROQ_API_KEY = settings.ELEVEN_API_KEY = settings.LIVEKIT_URL = ""

    found = [(await asked(check))[0] for check in (doctor.groq.check, doctor.elevenlabs.check, doctor.livekit.check)]

    assert ["embedded" in found[0].says, "embedded" in found[1].says, "typed" in found[2].says] == [True] * 3
    assert not any(finding.do for finding in found)


async def test_both_models_call_a_tool_when_they_are_told_to(groq, settings):
    found = await asked(doctor.groq.check)

    assert [finding.says for finding in found] == [
        f"{settings.GROQ_MODEL} calls tools.", f"{settings.GROQ_FALLBACK_MODEL} calls tools."
    ]  # fmt: skip
    assert [finding.cost for finding in found] == ["60 tokens", "60 tokens"]
    assert all(finding.seconds > 0 for finding in found)
    assert [question["tool_choice"] for question in groq.asked] == ["required", "required"]


async def test_a_model_that_was_withdrawn_is_named_with_those_that_are_left(groq, settings):
    groq.models = [settings.GROQ_FALLBACK_MODEL, "a-new-one"]

    said = await wrong(doctor.groq.check)

    assert f"GROQ_MODEL: {settings.GROQ_MODEL} is not offered" in said
    assert f"Set GROQ_MODEL to one of: a-new-one, {settings.GROQ_FALLBACK_MODEL}." in said


async def test_a_model_that_calls_no_tool_is_not_well(groq, settings):
    groq.replies = {settings.GROQ_MODEL: ["I would love to help."]}

    assert "did not call the tool. Set GROQ_MODEL" in await wrong(doctor.groq.check)


@pytest.mark.parametrize(
    ("status", "words"), [(401, "refuses the key in GROQ_API_KEY"), (429, "no more requests"), (500, "status 500")]
)
async def test_a_refusal_of_groqs_says_which_setting_to_look_at(groq, status, words):
    groq.fault = status

    assert words in await wrong(doctor.groq.check)


async def test_a_model_that_refuses_tools_is_named(groq, settings):
    groq.replies = {settings.GROQ_FALLBACK_MODEL: 400}

    assert "cannot be used (400). Set GROQ_FALLBACK_MODEL" in await wrong(doctor.groq.check)


async def test_a_vendor_that_falls_silent_is_given_up_and_what_was_found_is_kept(groq, settings):
    groq.replies = {settings.GROQ_FALLBACK_MODEL: SILENCE}
    started = time.monotonic()

    found = await asked(doctor.groq.check, patience=0.5)

    assert time.monotonic() - started < 3
    assert found[0].says == f"{settings.GROQ_MODEL} calls tools."
    assert "does not answer within 0.5 s" in found[1].says


async def test_an_address_where_nobody_is_is_one_sentence(settings, free_port):
    settings.GROQ_API_KEY, settings.GROQ_BASE_URL = "key", f"http://127.0.0.1:{free_port()}/v1"

    assert await wrong(doctor.groq.check) == "cannot be reached. Look at the network, and at GROQ_BASE_URL."


async def test_elevenlabs_is_asked_for_what_a_call_needs(eleven):
    found = await asked(doctor.elevenlabs.check)

    assert [finding.says.split(":")[0] for finding in found] == [
        "10,000 of 30,000 characters are left.", "the voice is Sarah.", "it speaks", "the ears open.",
    ]  # fmt: skip
    assert found[2].cost == "10 characters"
    assert eleven.spoken == ["Glad to be"]
    assert not any(finding.do for finding in found)


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"credits": 12}, "12 characters are left. Take a larger plan"),
        ({"voices": ["another"]}, "not in this account. Choose one"),
        ({"voice": "unauthorized"}, "refuses the key in ELEVEN_API_KEY"),
        ({"voice": QUOTA}, "is not paid for"),
        ({"voice": EMPTY}, "it does not speak"),
        ({"ears": REFUSE}, "status 503"),
    ],
)
async def test_what_elevenlabs_lacks_is_said_with_what_to_do(eleven, faults, words):
    vars(eleven).update(faults)

    assert words in await wrong(doctor.elevenlabs.check)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("livekit")) as server:
        yield server


@pytest.fixture
def livekit(server, settings, transactional_db, glow):
    settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = server.url, server.key, server.secret
    return server


async def test_livekit_tells_its_rooms_and_the_time(livekit):
    found = await asked(doctor.livekit.check)

    assert found[0].says == "the clocks agree."
    assert found[1].says.startswith("0 rooms are open; the receptionist's name there is receptionist-")


async def test_a_wrong_secret_of_livekits_says_which_setting_to_look_at(livekit, settings):
    settings.LIVEKIT_API_SECRET = "wrong" * 8

    assert "refuses the key in LIVEKIT_API_KEY" in await wrong(doctor.livekit.check)


async def test_a_livekit_server_that_is_down_is_one_sentence(livekit, settings, free_port):
    settings.LIVEKIT_URL = f"ws://127.0.0.1:{free_port()}"

    assert await wrong(doctor.livekit.check) == "cannot be reached. Look at the network, and at LIVEKIT_URL."


@pytest.mark.parametrize(("ahead", "words"), [(90, "90 s ahead of"), (-90, "90 s behind")])
def test_a_clock_that_is_far_off_is_told(ahead, words):
    found = doctor.livekit._clock(formatdate(time.time() - ahead, usegmt=True))

    assert words in found.says
    assert "Set the clock" in found.do
