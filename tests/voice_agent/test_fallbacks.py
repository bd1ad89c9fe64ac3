"""What the desk is told when a vendor is replaced, and when it is back."""

import pytest

from supervision.models import Event, Heartbeat
from voice_agent import fallbacks
from voice_agent.bridge import db_call


@pytest.fixture(autouse=True)
def new_process(transactional_db, monkeypatch):
    monkeypatch.setattr(fallbacks, "_states", {})


async def row() -> dict | None:
    await fallbacks.settled()
    return await db_call(Heartbeat.objects.filter(name="vendor:voice").values_list("detail", flat=True).first)


async def test_a_failure_is_an_event_and_a_line_with_its_reason():
    fallbacks.note("voice", "402, not paid for", using="embedded")

    detail = await row()
    event = await db_call(Event.objects.get, kind="fallback")

    assert (detail["using"], detail["reason"]) == ("embedded", "402, not paid for")
    assert (event.topic, event.kind, event.reason, event.payload["part"]) == (
        "desk",
        "fallback",
        detail["reason"],
        "voice",
    )


async def test_the_line_says_since_when_it_first_failed():
    fallbacks.note("voice", "402, not paid for", using="embedded")
    first = await row()
    fallbacks.note("voice", "said nothing in time", using="embedded")
    second = await row()

    assert (second["since"], second["reason"]) == (first["since"], "said nothing in time")


async def test_a_recovery_clears_the_line():
    fallbacks.note("voice", "402, not paid for", using="embedded")
    await row()

    fallbacks.recovered("voice")

    assert await row() == {}


async def test_a_recovery_clears_what_a_dead_process_left(monkeypatch):
    fallbacks.note("voice", "402, not paid for", using="embedded")
    await row()
    monkeypatch.setattr(fallbacks, "_states", {})

    fallbacks.recovered("voice")

    assert await row() == {}


async def test_a_vendor_that_always_worked_is_no_line():
    fallbacks.recovered("voice")

    assert await row() is None


async def test_what_failed_once_is_an_event_only():
    fallbacks.tell("voice", "one sentence failed")

    assert await row() is None
    assert await db_call(Event.objects.count) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "401, set GROQ_API_KEY"),
        (404, "404, set GROQ_MODEL"),
        (429, "429, out of quota"),
        (500, "refused with status 500"),
    ],
)
def test_a_status_says_what_to_set(status, said):
    assert fallbacks.because(status, key="GROQ_API_KEY", model="GROQ_MODEL") == said


async def test_open_desks_look_again_once_the_line_is_there_and_once_it_is_gone():
    fallbacks.note("voice", "402, not paid for", using="embedded")
    await row()
    fallbacks.recovered("voice")
    await row()

    told = await db_call(lambda: list(Event.objects.filter(kind="vendor").values_list("topic", "payload")))

    assert told == [("desk", {"part": "voice"})] * 2
