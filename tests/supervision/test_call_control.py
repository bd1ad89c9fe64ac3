"""Rooms and tokens, without a server, and what is said when there is none."""

import logging
import socket
from types import SimpleNamespace

import pytest
from livekit import api

from supervision import call_control, calls
from supervision.call_control import Unreachable
from supervision.models import Call
from tests.scratch import free_port

KEY, SECRET = "devkey", "secret-secret-secret-secret-secret-32"


@pytest.fixture(autouse=True)
def livekit(settings):
    settings.LIVEKIT_URL = settings.LIVEKIT_PUBLIC_URL = f"ws://127.0.0.1:{free_port()}"
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET


@pytest.fixture
def ringing(salon):
    return calls.ring(room=call_control.new_room(), channel=Call.Channel.BROWSER)


def claims(token):
    return api.TokenVerifier(KEY, SECRET).verify(token)


def test_a_callers_token_opens_one_room_for_a_microphone_and_sends_this_salons_agent(ringing, salon):
    token = claims(call_control.caller_token(ringing))

    assert token.video.room == ringing.room
    assert token.video.room_join
    assert token.video.can_publish_sources == ["microphone"]
    for right in (token.video.room_admin, token.video.can_publish_data, token.video.can_update_own_metadata):
        assert not right
    assert token.identity.startswith("caller-")
    assert [one.agent_name for one in token.room_config.agents] == [f"receptionist-{salon.uuid}"]


def test_each_token_is_another_participant(ringing):
    assert claims(call_control.caller_token(ringing)).identity != claims(call_control.caller_token(ringing)).identity


def test_a_listener_is_hidden_silent_and_sends_no_agent(ringing, sue):
    token = claims(call_control.listener_token(ringing, sue))

    assert token.identity.startswith(f"desk-{sue.pk}-")
    assert token.video.hidden
    assert not token.video.can_publish
    assert not token.video.can_publish_data
    assert token.room_config is None


def test_rooms_tell_nothing_of_the_caller():
    assert call_control.new_room() != call_control.new_room()
    assert call_control.new_room().startswith("call-")


@pytest.mark.parametrize(
    "ask",
    [
        lambda call, by: call_control.hang_up(call.room),
        lambda call, by: call_control.nudge(call),
        lambda call, by: call_control.participants(call.room),
        lambda call, by: call_control.rooms(),
        lambda call, by: call_control.dispatch(call.room),
        lambda call, by: call_control.remove_agents(call.room),
        lambda call, by: call_control.allow_speaking(call, by),
    ],
)
def test_no_server_is_a_sentence_without_secrets(ringing, sue, ask, caplog, settings):
    with pytest.raises(Unreachable) as refused, caplog.at_level(logging.DEBUG, logger="supervision"):
        ask(ringing, sue)

    told = str(refused.value) + caplog.text
    assert str(refused.value).endswith("does not answer.")
    assert not [secret for secret in (SECRET, KEY, ringing.room, settings.LIVEKIT_URL) if secret in told]


def test_a_server_that_never_answers_is_given_up(ringing, settings, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.LIVEKIT_URL = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr(call_control, "SECONDS", 0.2)

        with pytest.raises(Unreachable, match="does not answer"):
            call_control.hang_up(ringing.room)


def test_without_livekit_nothing_is_asked(ringing, settings):
    settings.LIVEKIT_API_KEY = ""

    assert not call_control.is_configured()
    with pytest.raises(Unreachable, match="not configured"):
        call_control.rooms()


@pytest.mark.parametrize(("status", "words"), [(401, "does not take our key"), (500, "refused"), (404, "is over")])
def test_what_the_server_refuses_is_told_by_its_status_alone(ringing, monkeypatch, status, words):
    async def refuse(call):
        raise api.ServerError("code", "invalid token: eyJhbGciOi", status=status)

    monkeypatch.setattr(call_control, "_answer", refuse)

    with pytest.raises(Unreachable, match=words) as refused:
        call_control.dispatch(ringing.room)
    assert "eyJ" not in str(refused.value)


def test_a_room_that_is_gone_is_hung_up_already(ringing, monkeypatch):
    async def refuse(call):
        raise api.ServerError("not_found", "no room", status=404)

    monkeypatch.setattr(call_control, "_answer", refuse)

    assert call_control.hang_up(ringing.room) is False
    assert call_control.participants(ringing.room) == []


def test_only_living_listeners_are_let_speak(ringing, sue, monkeypatch):
    monkeypatch.setattr(call_control, "participants", lambda room: [SimpleNamespace(identity="desk-999-ab")])

    with pytest.raises(Unreachable, match="not in the call"):
        call_control.allow_speaking(ringing, sue)
