"""ElevenLabs' own plugin against its wire double: who speaks and who hears when the vendor does not."""

import asyncio
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest
from aiohttp import web
from livekit import rtc
from livekit.agents import stt, utils

from supervision.models import Heartbeat
from tests.doubles.elevenlabs import CLOSED, EMPTY, MUTE, QUOTA, REFUSE, WARNING, ElevenLabs
from tests.doubles.groq import Groq
from voice_agent import embedded_speech, fallbacks, speech, vendors
from voice_agent.bridge import db_call
from voice_agent.embedded_speech import NotInstalled

SENTENCE = "We are open from nine to five."
HEARD, HEARD_AGAIN = "where can I park", "where can I park please"
LOUD = 9000  # the embedded voice's sample value in these tests, to tell it from the vendor's
SECONDS = 1.0  # of sound for a sentence, by either voice


class Double(ElevenLabs):
    """`says_until`: the voice's socket dies after so many chunks of a sentence."""

    says_until: int | None = None
    status: int = 0

    async def _chunks(self, text: str, rate: int):
        sent = 0
        async for chunk in super()._chunks(text, rate):
            if sent == self.says_until:
                await self.socket.close(code=1011)
            yield chunk
            sent += 1

    async def _say_all(self, socket, pieces, rate):
        self.socket = socket
        await super()._say_all(socket, pieces, rate)

    async def _talk(self, request):
        return await self._refused() or await super()._talk(request)

    async def _listen(self, request):
        return await self._refused() or await super()._listen(request)

    async def _refused(self):
        return web.Response(status=self.status) if self.status else None


@pytest.fixture(autouse=True)
def new_process(transactional_db, monkeypatch):
    monkeypatch.setattr(fallbacks, "_states", {})
    vendors.forget()


@pytest.fixture
def embedded(monkeypatch):
    """Models that take no time."""
    monkeypatch.setattr(embedded_speech, "synthesise", lambda text: np.full(int(SECONDS * 24000), LOUD, np.int16))
    monkeypatch.setattr(embedded_speech, "recognise", lambda sound, hotwords="": HEARD_AGAIN)


@pytest.fixture
async def eleven(settings, embedded) -> AsyncIterator[Double]:
    double = Double(recognise=lambda samples: HEARD, speak=lambda text: np.full(int(SECONDS * 24000), 500, np.int16))
    app = web.Application()
    app.add_routes(double.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings.ELEVEN_API_KEY = "a-key"
    settings.ELEVEN_BASE_URL = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    settings.GROQ_API_KEY = ""
    async with utils.http_context.open():
        yield double
    await fallbacks.settled()
    await runner.cleanup()


@pytest.fixture
async def voice(eleven):
    voice = speech.build_voice()
    yield voice
    await voice.aclose()


@pytest.fixture
async def ears(eleven):
    ears = speech.build_ears()
    yield ears
    await ears.aclose()


async def say(voice, text: str = SENTENCE) -> tuple[np.ndarray, float, bool]:
    """The samples, the seconds until the first of them, and whether all of it was the configured voice's."""
    began, first, frames = time.monotonic(), 0.0, []
    async with voice.synthesize(text) as stream:
        async for said in stream:
            first = first or time.monotonic() - began
            frames.append(np.frombuffer(said.frame.data, np.int16))
    return np.concatenate(frames), first, stream.was_whole


class Caller:
    """Speaks into a stream of the ears as a session does."""

    def __init__(self, stream: stt.RecognizeStream) -> None:
        self.stream = stream

    def speaks(self, seconds: float = 0.8) -> None:
        self.sends(0.3, level=0)
        self.stream.notice(speaking=True)
        self.sends(seconds, level=4000)
        self.stream.notice(speaking=False)

    def sends(self, seconds: float, *, level: int) -> None:
        for _ in range(int(seconds / 0.02)):
            frame = np.full(320, level, np.int16).tobytes()
            self.stream.push_frame(rtc.AudioFrame(frame, 16000, 1, 320))

    async def is_understood(self, within: float = 4.0) -> str:
        async with asyncio.timeout(within):
            async for event in self.stream:
                if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
                    return event.alternatives[0].text
        raise AssertionError("the ears have closed")


async def reason(part: str) -> str:
    await fallbacks.settled()
    row = await db_call(Heartbeat.objects.filter(name=f"vendor:{part}").first)
    return row.detail.get("reason", "") if row else ""


# --- her voice ------------------------------------------------------------------------------------------------------


async def test_the_configured_voice_speaks(voice, eleven):
    sound, _, was_whole = await say(voice)

    assert was_whole
    assert eleven.spoken == [SENTENCE]
    assert len(sound) == pytest.approx(SECONDS * 24000, abs=300)
    assert await reason("voice") == ""


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (MUTE, 0, "said nothing in time"),
        (EMPTY, 0, "sent no sound"),
        (CLOSED, 0, "closed the line (1011)"),
        (QUOTA, 0, "out of quota"),
        (REFUSE, 0, "refused with status 503"),
        ("", 401, "401, set ELEVEN_API_KEY"),
        ("", 402, "402, not paid for"),
        ("", 429, "429, out of quota"),
    ],
)
async def test_the_embedded_voice_takes_over_whatever_the_vendor_does(voice, eleven, caplog, fault, status, said):
    eleven.voice, eleven.status = fault, status

    sound, first, was_whole = await say(voice)

    print(f"voice fault {fault or status}: first sound after {first:.2f} s")  # noqa: T201
    assert first < 2.5
    assert not was_whole
    assert np.median(sound) == LOUD
    assert await reason("voice") == said
    assert "nine to five" not in caplog.text


async def test_the_next_sentence_does_not_wait_for_a_vendor_that_is_down(voice, eleven):
    eleven.voice = MUTE
    await say(voice)

    _, first, _ = await say(voice)

    assert first < 0.5


async def test_a_voice_that_dies_in_a_sentence_is_finished_without_saying_it_twice(voice, eleven, monkeypatch):
    rest: list[str] = []
    monkeypatch.setattr(embedded_speech, "synthesise", lambda text: rest.append(text) or np.full(12000, LOUD, np.int16))
    eleven.says_until = 2

    sound, _, was_whole = await say(voice)

    assert not was_whole
    assert sound[0] == 500
    assert (sound == LOUD).sum() == 12000
    assert rest == ["from nine to five."]


async def test_a_vendor_that_is_back_is_used_again(voice, eleven, monkeypatch):
    monkeypatch.setattr("voice_agent.voices.PROBE_EVERY", 0.05)
    eleven.voice = CLOSED
    await say(voice)
    eleven.voice = ""

    async with asyncio.timeout(5):
        while vendors.ELEVEN_VOICE.is_down:
            await asyncio.sleep(0.02)
    _, _, was_whole = await say(voice)

    assert was_whole
    assert await reason("voice") == ""


async def test_what_has_no_words_is_a_short_silence(voice, eleven):
    sound, _, _ = await say(voice, "...")

    assert not sound.any()
    assert eleven.spoken == []


async def test_without_a_key_the_embedded_voice_is_the_configured_one(embedded, settings):
    settings.ELEVEN_API_KEY = ""
    voice = speech.build_voice()

    sound, _, was_whole = await say(voice)

    assert was_whole
    assert np.median(sound) == LOUD
    assert voice.model == "embedded"
    assert speech.voice_id() == "embedded"


def test_another_voice_has_another_id(settings):
    settings.ELEVEN_API_KEY = "a-key"
    one = speech.voice_id()
    settings.ELEVEN_VOICE_ID = "another"

    assert speech.voice_id() != one


@pytest.mark.parametrize("build", [speech.build_ears, speech.build_voice])
def test_where_nothing_can_speak_it_says_what_to_install(settings, monkeypatch, build):
    settings.ELEVEN_API_KEY = settings.GROQ_API_KEY = ""
    monkeypatch.setattr("voice_agent.speech.is_installed", lambda: False)

    with pytest.raises(NotInstalled, match=r"pip install -r requirements-voice\.txt"):
        build()


# --- her ears -------------------------------------------------------------------------------------------------------


async def test_the_configured_ears_hear(ears, eleven):
    async with ears.stream() as stream:
        caller = Caller(stream)
        caller.speaks()

        assert await caller.is_understood() == HEARD
        assert await reason("ears") == ""


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (MUTE, 0, "said nothing in time"),
        (CLOSED, 0, "closed the line (1011)"),
        (QUOTA, 0, "out of quota"),
        (WARNING, 0, ""),  # it may pass; a second time it is the vendor
        (REFUSE, 0, "refused with status 503"),
        ("", 401, "401, set ELEVEN_API_KEY"),
        ("", 402, "402, not paid for"),
    ],
)
async def test_what_the_vendor_does_not_hear_is_heard_again(ears, eleven, fault, status, said):
    eleven.ears, eleven.status = fault, status
    async with ears.stream() as stream:
        caller = Caller(stream)
        await asyncio.sleep(0.2)  # a call is open for a while before somebody speaks
        began = time.monotonic()
        caller.speaks()

        text = await caller.is_understood()

        print(f"ears fault {fault or status}: words after {time.monotonic() - began:.2f} s")  # noqa: T201
        assert text == HEARD_AGAIN
        assert time.monotonic() - began < 2.5
        assert await reason("ears") == said


@pytest.mark.parametrize("fault", [MUTE, CLOSED, QUOTA, WARNING])
async def test_the_rest_of_the_call_is_heard_by_the_second_row(ears, eleven, fault):
    eleven.ears = fault
    async with ears.stream() as stream:
        caller = Caller(stream)
        for _ in range(2):
            caller.speaks()
            await caller.is_understood()
            await asyncio.sleep(0.5)
        began = time.monotonic()
        caller.speaks()

        assert await caller.is_understood() == HEARD_AGAIN
        assert time.monotonic() - began < 0.5
        assert await reason("ears") != ""


async def test_a_line_that_closes_while_he_speaks_loses_nothing(ears, eleven):
    async with ears.stream() as stream:
        caller = Caller(stream)
        await asyncio.sleep(0.2)
        stream._line._input_ch.close()  # as it does itself where the vendor refuses; its reader learns of it later
        caller.speaks()

        assert await caller.is_understood() == HEARD_AGAIN


async def test_a_cough_is_no_fault(ears, eleven, monkeypatch):
    monkeypatch.setattr(eleven, "recognise", lambda samples: "")
    async with ears.stream() as stream:
        caller = Caller(stream)
        caller.speaks(0.3)
        async with asyncio.timeout(3):
            while not eleven.heard:
                await asyncio.sleep(0.01)
            await ears.understood()
        monkeypatch.setattr(eleven, "recognise", lambda samples: HEARD)
        caller.speaks()

        assert await caller.is_understood() == HEARD
        assert not vendors.ELEVEN_EARS.is_down


async def test_two_halves_are_understood_in_their_order(ears, eleven, monkeypatch):
    eleven.ears = MUTE
    words = iter(["first half", "second half"])
    monkeypatch.setattr(embedded_speech, "recognise", lambda sound, hotwords="": next(words))
    async with ears.stream() as stream:
        caller = Caller(stream)
        caller.speaks()
        await asyncio.sleep(0.3)
        caller.speaks()

        assert [await caller.is_understood(), await caller.is_understood()] == ["first half", "second half"]


async def test_the_second_row_hears_the_whole_utterance_from_before_it_was_noticed(ears, eleven, monkeypatch):
    eleven.ears = MUTE
    heard: list[np.ndarray] = []
    monkeypatch.setattr(embedded_speech, "recognise", lambda sound, hotwords="": heard.append(sound) or HEARD)
    async with ears.stream() as stream:
        caller = Caller(stream)
        caller.sends(5.0, level=7)  # long before: not to be heard again
        caller.sends(0.2, level=3000)
        stream.notice(speaking=True)
        caller.sends(1.0, level=4000)
        stream.notice(speaking=False)
        await caller.is_understood()

    assert (heard[0] == 3000).sum() == 0.2 * 16000
    assert (heard[0] == 4000).sum() == 1.0 * 16000
    assert (heard[0] == 7).sum() < 0.6 * 16000


async def test_a_session_that_does_not_say_who_speaks_commits_by_flushing(ears, eleven):
    async with ears.stream() as stream:
        caller = Caller(stream)
        caller.sends(1.0, level=4000)
        stream.flush()

        assert await caller.is_understood() == HEARD


@pytest.fixture
async def groq(settings, eleven) -> AsyncIterator[Groq]:
    double = Groq(recognise=lambda wav: "heard by Groq")
    settings.GROQ_BASE_URL = await double.start()
    settings.GROQ_API_KEY = "a-key"
    yield double
    await double.stop()


async def test_with_a_key_groq_hears_before_the_embedded_ears(groq, eleven):
    eleven.ears = MUTE
    ears = speech.build_ears(terms=["Balayage"])
    async with ears.stream() as stream:
        caller = Caller(stream)
        caller.speaks()

        assert await caller.is_understood() == "heard by Groq"
    row = await db_call(Heartbeat.objects.get, name="vendor:ears")
    assert row.detail["using"] == "whisper-large-v3-turbo"
    await ears.aclose()


async def test_with_groq_down_too_the_embedded_ears_hear_in_time(groq, eleven):
    eleven.ears, groq.fault = MUTE, 401
    ears = speech.build_ears()
    async with ears.stream() as stream:
        caller = Caller(stream)
        began = time.monotonic()
        caller.speaks()

        assert await caller.is_understood() == HEARD_AGAIN
        assert time.monotonic() - began < 3
    assert await reason("ears") == "401, set GROQ_API_KEY"
    await ears.aclose()


async def test_with_groq_alone_it_is_the_first_to_hear(groq, settings):
    settings.ELEVEN_API_KEY = ""
    ears = speech.build_ears()
    async with ears.stream() as stream:
        caller = Caller(stream)
        caller.speaks()

        assert await caller.is_understood() == "heard by Groq"
    assert await reason("ears") == ""
    await ears.aclose()


async def test_without_keys_the_embedded_ears_hear(embedded, settings):
    settings.ELEVEN_API_KEY = settings.GROQ_API_KEY = ""
    ears = speech.build_ears()
    async with ears.stream() as stream:
        caller = Caller(stream)
        caller.speaks()

        assert await caller.is_understood() == HEARD_AGAIN
    await ears.aclose()


def test_a_session_is_told_that_these_ears_wait_to_be_asked(embedded, settings):
    settings.ELEVEN_API_KEY = ""

    capabilities = speech.build_ears().capabilities

    assert capabilities.streaming
    assert capabilities.manual_flush


def test_embedded_ears_understand_the_embedded_voice():
    sound = embedded_speech.synthesise("Where can I park my car?")
    frame = rtc.AudioFrame(sound.tobytes(), 24000, 1, len(sound))
    heard = np.frombuffer(embedded_speech.at_rate(frame, 16000).data, np.int16)

    assert embedded_speech.recognise(heard).lower().startswith("where can i park my car")
    assert embedded_speech.recognise(np.zeros(16000, np.int16)) == ""
