"""What LiveKit tells is believed when it is signed, once, and never relied on."""

import base64
import hashlib
import json
import logging
import time
import uuid

import jwt
import pytest
from django.utils import timezone
from django_q.models import OrmQ

from supervision import calls, jobs
from supervision.models import Call, WebhookEvent

URL, KEY, SECRET = "/webhooks/livekit", "devkey", "secret-secret-secret-secret-secret-32"
ROOM, PHONE = "call-0123456789abcdef", "+14155552671"
CALLER = {"identity": f"sip_{PHONE}", "kind": "SIP", "attributes": {"sip.phoneNumber": PHONE}}


@pytest.fixture(autouse=True)
def keys(settings, salon):
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET


def body_of(event, **fields):
    notice = {"event": event, "id": f"EV_{uuid.uuid4().hex[:12]}", "createdAt": str(int(time.time()))}
    return json.dumps({**notice, "room": {"name": ROOM, "turnPassword": "x"}, **fields}).encode()


def sign(body, *, key=KEY, secret=SECRET, seconds=300, **claims):
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    now = int(time.time())
    return jwt.encode({"iss": key, "nbf": now, "exp": now + seconds, "sha256": digest, **claims}, secret, "HS256")


@pytest.fixture
def tell(client):
    def tell(body, signature=None):
        headers = {"Authorization": sign(body) if signature is None else signature}
        return client.post(URL, body, content_type="application/webhook+json", headers=headers).status_code

    return tell


def test_a_caller_on_the_telephone_rings_though_no_agent_is_there(tell):
    assert tell(body_of("participant_joined", participant=CALLER)) == 204

    call = Call.objects.get()
    assert (call.room, call.channel, call.state) == (ROOM, Call.Channel.PHONE, Call.State.RINGING)
    assert call.caller.phone == PHONE


def test_the_same_notice_is_accepted_once(tell):
    body = body_of("participant_joined", participant=CALLER)
    signature = sign(body)

    assert [tell(body, signature), tell(body, signature)] == [204, 409]
    assert Call.objects.count() == 1


def test_the_call_that_the_agent_has_opened_is_the_same_call(tell):
    call = calls.ring(room=ROOM, channel=Call.Channel.PHONE, phone=PHONE)
    calls.answer(call)

    tell(body_of("participant_joined", participant=CALLER))

    assert Call.objects.get().state == Call.State.ANSWERED


@pytest.mark.parametrize(
    "forge",
    [
        lambda body: (body + b" ", sign(body)),
        lambda body: (body, sign(body, secret="x" * 40)),
        lambda body: (body, sign(body, key="other")),
        lambda body: (body, ""),
        lambda body: (body, "Bearer " + sign(body)),
        lambda body: (body, sign(body, seconds=-120)),
        lambda body: (body, jwt.encode({"iss": KEY, "exp": int(time.time()) + 60, "sha256": "x"}, "", "none")),
        lambda body: (body, jwt.encode({"iss": KEY, "exp": int(time.time()) + 60, "sub": "me"}, SECRET, "HS256")),
        lambda body: (b"\xff\xfe", sign(b"\xff\xfe")),
        lambda body: (b"{}", sign(b"{}")),
    ],
    ids=["changed", "secret", "key", "unsigned", "bearer", "expired", "none", "room-token", "not-utf8", "no-id"],
)
def test_a_forged_notice_is_refused(tell, forge):
    assert tell(*forge(body_of("participant_joined", participant=CALLER))) == 401
    assert not Call.objects.exists()


def test_nothing_is_believed_without_a_key(tell, settings):
    body = body_of("participant_joined", participant=CALLER)
    settings.LIVEKIT_API_SECRET = ""

    assert tell(body, sign(body, secret="another-secret-another-secret-32")) == 401


def test_only_posts_are_heard(client):
    assert client.get(URL).status_code == 405


def test_what_is_new_in_livekit_does_no_harm(tell):
    assert tell(body_of("something_new", newField={"a": 1})) == 204


def test_agents_browsers_and_other_rooms_do_not_ring(tell):
    tell(body_of("participant_joined", participant={"identity": "agent-1", "kind": "AGENT"}))
    tell(body_of("participant_joined", participant={"identity": "caller-1"}))
    tell(body_of("participant_joined", participant=CALLER, room={"name": "stand-up"}))

    assert not Call.objects.exists()


def test_a_supervisor_who_comes_in_is_looked_at(tell):
    tell(body_of("participant_joined", participant={"identity": "desk-1-ab"}))

    assert [one.func() for one in OrmQ.objects.all()] == [jobs.PUT_OUT]
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("ours", "dialled", "rings"),
    [
        ("+1 (555) 999-0000", "+15559990000", True), ("+15559990000", "15559990000", True),
        ("+15559990000", "+15558880000", False), ("", "+15558880000", True), ("+15559990000", "", True),
    ],
)  # fmt: skip
def test_calls_to_another_number_of_the_same_project_are_not_ours(tell, settings, ours, dialled, rings):
    settings.PHONE_NUMBER = ours
    attributes = {"sip.phoneNumber": PHONE, "sip.trunkPhoneNumber": dialled}

    tell(body_of("participant_joined", participant={**CALLER, "attributes": attributes}))

    assert Call.objects.exists() is rings


def test_a_body_without_end_is_refused_unread(client):
    body = b"x" * 3_000_000

    answer = client.post(URL, body, content_type="application/webhook+json", headers={"Authorization": sign(body)})

    assert answer.status_code == 401


def test_a_withheld_number_rings_too(tell):
    tell(body_of("participant_joined", participant={**CALLER, "attributes": {"sip.phoneNumber": "anonymous"}}))

    assert Call.objects.get().caller is None


def test_a_call_that_nobody_answered_is_missed_when_its_room_ends(tell):
    tell(body_of("participant_joined", participant=CALLER))

    tell(body_of("room_finished"))

    call = Call.objects.get()
    assert (call.state, call.ended_because) == (Call.State.MISSED, Call.EndedBecause.UNANSWERED)


def test_a_call_whose_agent_died_is_lost_when_its_room_ends(tell):
    call = calls.ring(room=ROOM, channel=Call.Channel.PHONE)
    calls.answer(call)

    tell(body_of("room_finished"))

    call.refresh_from_db()
    assert (call.state, call.ended_because) == (Call.State.LOST, Call.EndedBecause.LINE)


def test_a_living_agent_says_itself_how_its_call_ended(tell):
    call = calls.ring(room=ROOM, channel=Call.Channel.PHONE)
    calls.answer(call)
    calls.take(call, holder="agent")

    tell(body_of("room_finished"))

    call.refresh_from_db()
    assert call.is_open


def test_a_notice_that_failed_is_new_when_it_is_told_again(tell, client, monkeypatch):
    body = body_of("participant_joined", participant=CALLER)
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(calls, "ring", lambda **call: 1 / 0)
        assert tell(body) == 500

    assert tell(body) == 204
    assert Call.objects.count() == 1


def test_neither_numbers_nor_bodies_are_logged_or_stored(tell, caplog):
    with caplog.at_level(logging.DEBUG):
        tell(body_of("participant_joined", participant=CALLER))
        tell(body_of("participant_joined", participant=CALLER), "forged")

    assert PHONE not in caplog.text
    assert PHONE[-4:] not in str(WebhookEvent.objects.values())


def test_what_was_told_is_forgotten_after_a_day(tell):
    tell(body_of("room_started"))
    assert WebhookEvent.objects.count() == 1
    WebhookEvent.objects.update(received_at=timezone.now() - jobs.KEEP_WEBHOOKS * 1.1)

    jobs.prune()

    assert not WebhookEvent.objects.exists()
