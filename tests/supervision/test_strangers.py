"""Every address there is, tried by who should not, and with what nobody sends by accident."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from salon_receptionist import asgi
from salon_receptionist.asgi import is_own_page
from supervision.models import HelpRequest

BACKEND = "django.contrib.auth.backends.ModelBackend"
OPEN = {"/", "/admin/login/", "/admin/logout/", "/api/health", "/manifest.webmanifest", "/service-worker.js"}
OF_ANY_STAFF = OPEN | {"/admin/profile/", "/admin/profile/two-factor/"}
OF_ANY_STAFF |= {"/admin/password_change/", "/admin/password_change/done/", "/admin/jsi18n/", "/api/docs"}
NOTHING = "00000000-0000-4000-8000-000000000000"
ODD = ["abc", "99999999999999999999999", "_27"]


def patterns(resolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        yield from [route] if isinstance(one, URLPattern) else patterns(one, route)


def addresses(object_id: str = "1") -> list[str]:
    """Each address of the project, with something in its blanks."""
    found = set()
    for route in patterns(get_resolver()):
        route = re.sub(r"\(\?P<(\w+)>.*", r"<\1>", route).replace("^", "").replace("$", "")
        route = re.sub(r"<[^>]*uuid[^>]*>", NOTHING, route)
        route = re.sub(r"<[^>]*app_label>", "supervision/", route)
        found.add("/" + re.sub(r"<[^>]*>", object_id, route))
    return sorted(found)


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_is_not_signed_in_gets_nothing_anywhere(client, db, method):
    for address in addresses():
        response = getattr(client, method)(address)

        is_led_to_login = response.headers.get("Location", "").startswith(reverse("admin:login"))
        is_refused = is_led_to_login or response.status_code in (401, 403, 404, 405)
        assert is_refused or address in OPEN, (address, response.status_code)


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_without_permission_see_nothing_anywhere(client, salon, tom, method):
    client.force_login(tom, BACKEND)

    for address in addresses():
        if "logout" in address:
            continue
        response = getattr(client, method)(address)
        shows_something = response.status_code in (200, 201, 409, 422)
        assert not shows_something or address in OF_ANY_STAFF | {"/api/openapi.json"}, (address, response.status_code)


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_address_is_a_page_that_is_not_there(client, admin_user, salon, odd):
    client.force_login(admin_user, BACKEND)
    client.raise_request_exception = False

    for address in addresses(odd):
        if address not in OPEN:
            response = client.get(address)
            assert response.status_code < 500, address
            assert "Content-Security-Policy" in response.headers


def test_an_odd_question_to_the_desk_is_no_fault(desk, salon):
    for sent in ("²", "9" * 40, "-1", "\0", ""):
        assert desk.get(reverse("admin:index"), {"sent": sent}).status_code == 200


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("helprequest", "customer_phone__startswith"), ("caller", "phone__startswith"), ("caller", "phone__gte"),
        ("message", "recipient__startswith"), ("caller", "created_at__year"),
    ],
)  # fmt: skip
def test_a_list_answers_no_question_that_it_does_not_offer(desk, ask, model, lookup):
    ask()

    response = desk.get(reverse(f"admin:supervision_{model}_changelist"), {lookup: "99999"})

    assert response.status_code == 400
    assert "Back to the desk" in response.content.decode()


def test_a_list_still_offers_its_filters(desk, ask):
    ask()
    address = reverse("admin:supervision_helprequest_changelist")
    links = re.findall(r'href="(\?[^"]+)"', desk.get(address).content.decode())

    assert len(links) > 10
    for link in links:
        response = desk.get(address + link.replace("&amp;", "&"))
        assert response.status_code == 200, link


def test_an_address_of_others_gets_our_page_and_no_details(client, db):
    response = client.get("/admin/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "<h1>Not understood</h1>" in response.content.decode()
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a_login_never_leads_elsewhere(client, sue, place):
    sue.set_password("right-words-here")
    sue.save()

    response = client.post(reverse("admin:login"), {"username": "sue", "password": "right-words-here", "next": place})

    assert response.headers["Location"] == reverse("admin:index")


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("http://localhost:8000", "localhost:8000", True), ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://localhost:9999", "localhost:8000", False), ("http://127.0.0.1:8000", "localhost:8000", False),
        ("https://evil.example", "localhost:8000", False), ("https://evil.example", "evil.example", False),
        ("http://localhost.evil.example:8000", "localhost:8000", False), ("null", "localhost:8000", False),
        ("", "localhost:8000", False), ("", "", False), ("http://", "", False), ("file://", "", False),
    ],
)  # fmt: skip
def test_only_pages_of_this_desk_open_sockets(settings, origin, host, is_own):
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["localhost", "127.0.0.1"], []

    assert is_own_page(origin, host) is is_own


def test_the_public_address_opens_sockets_behind_a_proxy_that_renames_the_host(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://desk.example.com"]

    assert is_own_page("https://desk.example.com", "10.0.0.7:8000")


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([b"203.0.113.7"], "203.0.113.7"), ([b"198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ([b"198.51.100.1", b"203.0.113.7"], "203.0.113.7"), ([], "10.0.0.7"), ([b""], "10.0.0.7"),
    ],
)  # fmt: skip
async def test_behind_a_proxy_nobody_chooses_his_address(settings, monkeypatch, headers, address):
    """Else neither the limits of calls nor the lock of the login would hold anybody."""
    settings.BEHIND_PROXY = True
    seen = []
    monkeypatch.setattr(asgi.live.hub, "start", lambda: False)
    monkeypatch.setattr(asgi, "routes", lambda scope, *_: _note(seen, scope["client"][0]))
    scope = {"type": "http", "client": ["10.0.0.7", 1], "headers": [(b"x-forwarded-for", one) for one in headers]}

    await asgi.application(scope, None, None)
    settings.BEHIND_PROXY = False
    await asgi.application(scope, None, None)

    assert seen == [address, "10.0.0.7"]


async def _note(seen: list[str], address: str) -> None:
    seen.append(address)


def test_nobody_raises_himself_by_what_he_posts(desk, ask, supervisor):
    request = ask()
    for model, pk in (("helprequest", request.pk), ("call", request.call_id), ("caller", request.caller_id)):
        desk.post(
            reverse(f"admin:supervision_{model}_changelist"),
            {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes", "form-0-status": "resolved"},
        )
    changed = desk.post(reverse("admin:auth_user_change", args=[supervisor.pk]), {"is_superuser": "on"})

    supervisor.refresh_from_db()
    assert HelpRequest.objects.get().status == HelpRequest.Status.PENDING
    assert (changed.status_code, supervisor.is_superuser) == (403, False)


def test_masked_numbers_stay_masked_for_all_who_read(desk, ask):
    request = ask()
    request.refresh_from_db()
    places = [reverse("admin:index"), reverse("admin:supervision_helprequest_answer", args=[request.pk])]
    places += [reverse(f"admin:supervision_{model}_changelist") for model in ("call", "caller", "helprequest")]
    places += [reverse("admin:supervision_caller_change", args=[request.caller_id])]

    for place in places:
        assert request.customer_phone[2:] not in desk.get(place).content.decode(), place


def test_a_right_that_ended_ends_at_once(desk, ask, supervisor):
    address = reverse("admin:supervision_helprequest_answer", args=[ask().pk])
    supervisor.user_permissions.remove(Permission.objects.get(codename="view_helprequest"))

    assert desk.get(address).status_code == 403


def test_the_session_cookie_is_out_of_reach_of_scripts(client, sue):
    sue.set_password("right-words-here")
    sue.save()
    client.post(reverse("admin:login"), {"username": "sue", "password": "right-words-here"})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "2020-01-01T00:00:00Z", "2030-01-01T00:00:00"])
def test_a_program_is_told_that_a_moment_is_of_no_use(desk, ask, moment):
    request = ask()

    response = desk.post(
        f"/api/help-requests/{request.pk}/resolve",
        {"answer": "Yes.", "valid_until": moment},
        content_type="application/json",
    )

    assert response.status_code == 422
    assert response.json()["detail"].startswith("valid_until: ")


def test_a_program_may_say_until_when(desk, ask):
    request = ask()
    until = timezone.now() + timedelta(days=2)

    response = desk.post(
        f"/api/help-requests/{request.pk}/resolve",
        {"answer": "Yes.", "valid_until": until.isoformat()},
        content_type="application/json",
    )

    request.refresh_from_db()
    assert response.status_code == 200
    assert request.learned_answer.valid_until == until
