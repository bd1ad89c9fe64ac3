"""Pages on which one speaks: who may call, where the page may connect to, and what a stranger cannot do."""

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from livekit import api

from supervision import call_pages, calls, checks, public_call
from supervision.models import Call, Consent
from tests.supervision.conftest import PHONE

KEY, SECRET = "devkey", "secret-secret-secret-secret-secret-32"
CSRF = configured.CSRF_COOKIE_NAME
RING, START = "admin:supervision_practice_ring", "admin:supervision_practice"


@pytest.fixture
def livekit(settings):
    settings.LIVEKIT_URL, settings.LIVEKIT_PUBLIC_URL = "http://127.0.0.1:9", "wss://calls.example.com:443/x"
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET


@pytest.fixture
def own(salon, supervisor):
    return calls.ring(room="call-1", channel=Call.Channel.BROWSER, practised_by=supervisor)


def policy_of(response) -> dict[str, str]:
    directives = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: values for name, _, values in directives}


def test_calling_by_voice_rings_in_a_room_of_its_own(desk, salon, livekit, supervisor):
    answer = desk.post(reverse(RING), {"phone": "(415) 555-2671"})

    call = Call.objects.get()
    assert (call.channel, call.state, call.practised_by) == ("browser", "ringing", supervisor)
    assert call.is_practice
    assert call.caller.phone == PHONE
    assert Consent.objects.get().words == "number typed into the practice page"
    token = api.TokenVerifier(KEY, SECRET).verify(answer.json()["token"])
    assert token.video.room == call.room
    assert answer.json()["url"] == "wss://calls.example.com:443/x"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_wrong_number_rings_nowhere(desk, salon, livekit):
    answer = desk.post(reverse(RING), {"phone": "12"})

    assert answer.status_code == 422
    assert "telephone number" in answer.json()["error"]
    assert not Call.objects.exists()


def test_without_livekit_there_is_no_button_and_no_call(desk, salon):
    page = desk.get(reverse(START)).content.decode()

    assert "Call her" not in page
    assert "make voice" in page
    assert "livekit-client" not in page
    assert desk.post(reverse(RING), {}).status_code == 503
    assert not Call.objects.exists()


def test_only_who_may_practise_calls_and_only_with_a_token_against_forgery(client, livekit, own, sue):
    client.handler.enforce_csrf_checks = True
    client.force_login(sue, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse(RING), {}).status_code == 403
    client.handler.enforce_csrf_checks = False
    assert client.get(reverse(RING)).status_code == 405

    sue.user_permissions.clear()
    assert client.post(reverse(RING), {}).status_code == 403


def test_the_call_of_a_colleague_is_nobodys_business(desk, livekit, salon, tom):
    call = calls.ring(room="call-2", channel=Call.Channel.BROWSER, practised_by=tom)

    assert desk.get(reverse("admin:supervision_practice_voice", args=[call.pk])).status_code == 404
    assert desk.post(reverse("admin:supervision_practice_leave", args=[call.pk])).status_code == 404


def test_a_page_that_gives_up_ends_a_call_that_nobody_has_answered(desk, livekit, own):
    desk.post(reverse("admin:supervision_practice_leave", args=[own.pk]))

    own.refresh_from_db()
    assert (own.state, own.ended_because) == ("missed", "caller")


def test_a_page_that_gives_up_leaves_a_living_agent_its_call(desk, livekit, own):
    calls.answer(own)
    calls.take(own, holder="agent")

    desk.post(reverse("admin:supervision_practice_leave", args=[own.pk]))

    own.refresh_from_db()
    assert own.is_open


def test_only_call_pages_may_reach_livekit_and_the_microphone(desk, salon, livekit):
    speaks, reads = desk.get(reverse(START)), desk.get(reverse("admin:index"))

    assert policy_of(speaks)["connect-src"].endswith("wss://calls.example.com:443 https://calls.example.com:443")
    assert speaks.headers["Permissions-Policy"] == "microphone=(self)"
    assert "example.com" not in policy_of(reads)["connect-src"]
    assert policy_of(speaks)["default-src"] == "'self'"
    assert "Permissions-Policy" not in reads.headers


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("ws://127.0.0.1:7880", ["ws://127.0.0.1:7880", "http://127.0.0.1:7880"]),
        ("https://calls.example.com", ["wss://calls.example.com", "https://calls.example.com"]),
        ("wss://salon-1.livekit.cloud", ["wss://*.livekit.cloud", "https://*.livekit.cloud"]),
        ("", []),
    ],
)
def test_a_page_may_connect_to_the_public_address_and_to_nothing_else(settings, url, allowed):
    settings.LIVEKIT_PUBLIC_URL = url

    assert call_pages.addresses() == allowed


@pytest.fixture
def public(livekit, settings, salon):
    settings.PUBLIC_CALLS = True
    cache.clear()


@pytest.fixture
def stranger(public):
    """A browser without an account, at the public page."""

    def come(address="203.0.113.7"):
        browser = Client(enforce_csrf_checks=True, REMOTE_ADDR=address)
        browser.get("/call")
        return browser

    return come


def ring(browser):
    return browser.post("/call/ring", {"csrfmiddlewaretoken": browser.cookies[CSRF].value})


def test_the_public_page_is_off_until_it_is_switched_on(client, livekit, salon, settings):
    settings.PUBLIC_CALLS = False

    assert [client.get("/call").status_code, client.post("/call/ring").status_code] == [404, 404]


def test_there_is_no_public_page_without_livekit(client, salon, settings):
    settings.PUBLIC_CALLS = True

    assert client.get("/call").status_code == 404


def test_the_public_page_says_what_answers_and_leaves_one_cookie(client, public, settings):
    settings.RECORD_CALLS = settings.ALLOW_LISTENING = True

    response = client.get("/call")

    page = " ".join(response.content.decode().split())
    assert "Glow Beauty Salon" in page
    assert "An AI answers" in page
    assert "The call is transcribed and recorded, and one of the team may listen." in page
    assert set(client.cookies) == {CSRF}
    assert response.headers["Permissions-Policy"] == "microphone=(self)"
    assert "wss://calls.example.com:443" in policy_of(response)["connect-src"]


def test_a_stranger_calls_and_is_no_practice(stranger):
    answer = ring(stranger())

    call = Call.objects.get()
    assert (call.channel, call.state, call.caller, call.is_practice) == ("browser", "ringing", None, False)
    assert api.TokenVerifier(KEY, SECRET).verify(answer.json()["token"]).video.room == call.room


def test_no_other_site_makes_a_visitor_call(stranger):
    assert stranger().post("/call/ring").status_code == 403
    assert not Call.objects.exists()


def test_a_visitor_has_one_open_call_at_a_time(stranger):
    visitor = stranger()
    ring(visitor)

    assert ring(visitor).json() == {"error": public_call.ONE_OPEN}
    calls.close_call(Call.objects.get())
    assert ring(visitor).status_code == 200


def test_one_address_cannot_call_without_end(stranger):
    for _ in range(public_call.EACH):
        assert ring(stranger()).status_code == 200
        calls.close_call(Call.objects.open().get())

    assert ring(stranger()).status_code == 429
    assert ring(stranger("203.0.113.8")).status_code == 200


def test_all_addresses_together_have_a_limit(stranger, monkeypatch):
    for number in range(public_call.AT_ONCE):
        assert ring(stranger(f"203.0.113.{number}")).status_code == 200
    assert ring(stranger("198.51.100.1")).json() == {"error": public_call.BUSY}

    for call in Call.objects.open():
        calls.close_call(call)
    monkeypatch.setattr(public_call, "IN_ALL", public_call.AT_ONCE)
    assert ring(stranger("198.51.100.2")).status_code == 503


def test_one_address_never_holds_the_last_line(stranger):
    for _ in range(public_call.AT_ONCE_EACH):
        assert ring(stranger()).status_code == 200

    assert ring(stranger()).json() == {"error": public_call.BUSY}
    assert ring(stranger("203.0.113.8")).status_code == 200


def test_who_has_a_network_of_addresses_is_one_visitor(stranger):
    for number in range(public_call.EACH):
        assert ring(stranger(f"2001:db8:1:2::{number}")).status_code == 200
        calls.close_call(Call.objects.open().get())

    assert ring(stranger("2001:db8:1:2:ffff::9")).status_code == 429
    assert ring(stranger("2001:db8:1:3::9")).status_code == 200


def test_many_at_once_do_not_slip_through_together(stranger, monkeypatch):
    """A line is found free and taken in one transaction, which begins with a lock."""
    within = []

    def noted(verb):
        return lambda *who, **call: within.append(tuple(connection.savepoint_ids)) or verb(*who, **call)

    monkeypatch.setattr(public_call, "_why_not", noted(public_call._why_not))
    monkeypatch.setattr(calls, "ring", noted(calls.ring))

    assert ring(stranger()).status_code == 200
    assert within == [within[0]] * 2
    assert within[0]


def test_practice_takes_no_line_from_strangers(stranger, supervisor):
    for number in range(public_call.AT_ONCE):
        calls.ring(room=f"call-{number}", channel=Call.Channel.BROWSER, practised_by=supervisor)

    assert ring(stranger()).status_code == 200


def test_only_the_page_of_a_call_gives_it_up(stranger):
    visitor, other = stranger(), stranger("203.0.113.8")
    address = ring(visitor).json()["leave"]

    assert other.post(address, {"csrfmiddlewaretoken": other.cookies[CSRF].value}).status_code == 404
    assert Call.objects.open().exists()
    assert visitor.post(address, {"csrfmiddlewaretoken": visitor.cookies[CSRF].value}).status_code == 204
    assert not Call.objects.open().exists()


def test_a_plain_line_behind_a_secure_page_is_found_before_anybody_calls(settings):
    settings.HTTPS, settings.LIVEKIT_PUBLIC_URL = True, "ws://calls.example.com"

    (warning,) = checks.check_calls_from_browsers(None)
    settings.LIVEKIT_PUBLIC_URL = "wss://calls.example.com"

    assert "LIVEKIT_PUBLIC_URL" in warning.hint
    assert checks.check_calls_from_browsers(None) == []
