"""Never more than four seconds without a sound, and never a word too much."""

import asyncio
from types import SimpleNamespace

import pytest
from livekit import rtc

from voice_agent import guard as guarding
from voice_agent.guard import Guard
from voice_agent.silence import Silence


class Session(rtc.EventEmitter):
    """The two states of a session, and its events."""

    def __init__(self) -> None:
        super().__init__()
        self.agent_state = self.user_state = "listening"
        self.current_speech: object = None

    def agent(self, state: str) -> None:
        old, self.agent_state = self.agent_state, state
        self.emit("agent_state_changed", SimpleNamespace(old_state=old, new_state=state))

    def user(self, state: str) -> None:
        old, self.user_state = self.user_state, state
        self.emit("user_state_changed", SimpleNamespace(old_state=old, new_state=state))


@pytest.fixture
def heard(monkeypatch) -> list[str]:
    """What the caller hears, with the guard's patience cut to hundredths of a second."""
    monkeypatch.setattr(guarding, "FIRST_SECONDS", 0.02)
    monkeypatch.setattr(guarding, "LAST_SECONDS", 0.05)
    return []


def guarded(session: Session, heard: list[str], *, may: bool = True) -> Guard:
    async def apologise() -> None:
        heard.append("say it again")

    return Guard(session, soothe=lambda: heard.append("one moment"), apologise=apologise, may=lambda: may)


async def test_who_waits_for_her_hears_one_moment_and_then_an_apology(heard):
    session = Session()
    guarded(session, heard)

    session.user("speaking")
    session.user("listening")
    await asyncio.sleep(0.2)

    assert heard == ["one moment", "say it again"]


async def test_her_first_sound_ends_the_watch(heard):
    session = Session()
    guarded(session, heard)

    session.user("speaking")
    session.user("listening")
    session.agent("speaking")
    await asyncio.sleep(0.2)

    assert heard == []


async def test_who_goes_on_talking_is_not_talked_over(heard):
    session = Session()
    guarded(session, heard)

    session.user("speaking")
    session.user("listening")
    session.user("speaking")
    await asyncio.sleep(0.2)

    assert heard == []


async def test_nobody_is_soothed_while_he_holds_or_talks_to_a_person(heard):
    session = Session()
    guarded(session, heard, may=False)

    session.user("speaking")
    session.user("listening")
    await asyncio.sleep(0.2)

    assert heard == []


async def test_a_voice_that_failed_for_good_is_apologised_for_at_once(heard):
    session = Session()
    guarded(session, heard)

    session.emit("error", SimpleNamespace(error=SimpleNamespace(type="tts_error", recoverable=False)))
    await asyncio.sleep(0.01)

    assert heard == ["say it again"]


async def test_a_silent_caller_is_asked_and_asked_again():
    session = Session()
    asked: list[int] = []

    async def ask(times: int) -> None:
        asked.append(times)
        session.agent("speaking")
        session.agent("listening")

    silence = Silence(session, seconds=0.02, ask=ask, may=lambda: True)
    session.agent("speaking")
    session.agent("listening")
    await asyncio.sleep(0.3)
    silence.close()

    assert asked[:2] == [1, 2]


async def test_a_word_of_the_caller_begins_the_silence_anew():
    session = Session()
    asked: list[int] = []

    async def ask(times: int) -> None:
        asked.append(times)

    silence = Silence(session, seconds=0.02, ask=ask, may=lambda: True)
    silence.heard()
    await asyncio.sleep(0.1)
    session.user("speaking")
    session.user("listening")
    await asyncio.sleep(0.1)
    silence.close()

    assert asked == [1, 1]


async def test_noise_that_yields_no_words_asks_nothing_of_her(heard):
    session = Session()
    guard = guarded(session, heard)
    guard.listens = lambda: False

    session.user("speaking")
    session.user("listening")
    await asyncio.sleep(0.2)

    assert heard == []


async def test_who_spoke_for_long_and_was_not_understood_is_asked_to_say_it_again(heard, monkeypatch):
    monkeypatch.setattr(guarding, "NOISE_SECONDS", 0.01)
    session = Session()
    guard = guarded(session, heard)
    guard.listens = lambda: False

    session.user("speaking")
    await asyncio.sleep(0.05)
    session.user("listening")
    await asyncio.sleep(0.2)

    assert heard == ["one moment", "say it again"]


async def test_words_without_a_reply_are_waited_for_also_after_a_noise(heard):
    session = Session()
    guard = guarded(session, heard)
    guard.listens = lambda: False

    session.emit("user_input_transcribed", SimpleNamespace(is_final=True, transcript="Where can I park?"))
    session.user("speaking")
    session.user("listening")
    await asyncio.sleep(0.2)

    assert heard == ["one moment", "say it again"]


async def test_who_is_about_to_be_answered_is_not_asked_whether_he_is_there():
    session, asked = Session(), []
    session.current_speech = "begins in a moment"

    async def ask(times: int) -> None:
        asked.append(times)

    silence = Silence(session, seconds=0.02, ask=ask, may=lambda: True)
    silence.heard()
    await asyncio.sleep(0.1)
    silence.close()

    assert asked == []


async def test_silence_means_nothing_while_the_caller_holds():
    asked: list[int] = []

    async def ask(times: int) -> None:
        asked.append(times)

    silence = Silence(Session(), seconds=0.02, ask=ask, may=lambda: False)
    silence.heard()
    await asyncio.sleep(0.1)
    silence.close()

    assert asked == []
