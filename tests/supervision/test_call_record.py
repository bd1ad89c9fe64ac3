"""A call as a record: how long, how it ended, how soon she spoke, what it took, and its sound."""

from datetime import timedelta

import pytest
from django.urls import reverse

from supervision import calls
from supervision.admin import record
from supervision.models import Call, Utterance


@pytest.fixture
def spoken(salon):
    call = calls.ring(room="call-1", channel=Call.Channel.PHONE)
    calls.answer(call)
    call.refresh_from_db()
    return call


def say(call, **latency):
    return calls.record_utterance(call, speaker=Utterance.Speaker.RECEPTIONIST, text="Yes.", latency=latency)


def page(desk, call):
    return desk.get(reverse("admin:supervision_call_change", args=[call.pk])).content.decode()


def test_each_turn_shows_what_the_time_went_into(desk, spoken):
    say(spoken, turn_end=300, hearing=80, thinking=200, voice=150, total=700)
    say(spoken, turn_end=300, voice=100, total=1400)

    facts = record.facts(spoken, list(spoken.utterances.all()))
    shown = page(desk, spoken)

    assert (facts["median_ms"], facts["slowest_ms"]) == (1050, 1400)
    assert [bar.name for bar in facts["turns"][0].bars] == ["turn_end", "hearing", "thinking", "voice"]
    assert facts["turns"][1].bars[1].x == facts["turns"][1].bars[0].width
    assert "1.1 s median, 1.4 s slowest" in shown or "1.0 s median, 1.4 s slowest" in shown
    assert "end of turn 300 ms, hearing 80 ms" in shown


def test_a_typed_call_shows_no_parts(desk, call):
    assert "Until her first word" not in page(desk, call)


def test_what_it_took_of_each_vendor_is_shown_and_how_it_ended(desk, spoken):
    calls.note_usage(
        spoken,
        {
            "llm": [{"provider": "groq", "model": "gpt", "input_tokens": 12_345, "output_tokens": 67}],
            "voice": [{"provider": "elevenlabs", "model": "flash", "characters": 210, "seconds": 12.5}],
        },
    )
    calls.close_call(spoken, because=Call.EndedBecause.SILENCE, at=spoken.started_at + timedelta(seconds=90))

    shown = page(desk, spoken)

    assert "12,345 tokens in, 67 tokens out" in shown
    assert "210 characters, 12.5 s" in shown
    assert "Nobody spoke" in shown
    assert "1:30" in shown


def test_a_recording_is_heard_by_who_may_see_calls_and_cached_nowhere(desk, client, spoken, settings, tmp_path):
    settings.RECORDINGS_DIR = tmp_path
    (tmp_path / "one.ogg").write_bytes(b"OggS")
    calls.note_recording(spoken, "one.ogg")
    address = reverse("admin:supervision_call_recording", args=[spoken.pk])

    heard = desk.get(address)

    assert heard.content == b"OggS"
    assert "no-store" in heard.headers["Cache-Control"]
    assert heard.headers["Content-Type"] == "audio/ogg"
    assert address in page(desk, spoken)
    client.logout()
    assert client.get(address).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [("bytes=0-", 206, b"OggS"), ("bytes=1-2", 206, b"gg"), ("bytes=3-99", 206, b"S"), ("bytes=4-", 416, b""),
     ("bytes=-2", 200, b"OggS"), ("nonsense", 200, b"OggS")],
)  # fmt: skip
def test_a_player_may_jump_to_a_part(desk, spoken, settings, tmp_path, wanted, status, content):
    settings.RECORDINGS_DIR = tmp_path
    (tmp_path / "one.ogg").write_bytes(b"OggS")
    calls.note_recording(spoken, "one.ogg")

    heard = desk.get(reverse("admin:supervision_call_recording", args=[spoken.pk]), headers={"Range": wanted})

    assert (heard.status_code, heard.content) == (status, content)


@pytest.mark.parametrize("name", ["../secret_key", "gone.ogg", "/etc/hostname"])
def test_nothing_but_recordings_can_be_fetched(desk, spoken, settings, tmp_path, name):
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    settings.RECORDINGS_DIR.mkdir()
    (tmp_path / "secret_key").write_text("x")
    calls.note_recording(spoken, name)

    assert desk.get(reverse("admin:supervision_call_recording", args=[spoken.pk])).status_code == 404
