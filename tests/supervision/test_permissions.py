"""Who may see and do what: the group Supervisors, staff without rights, and nobody."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from supervision import calls
from supervision.models import Call

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def addresses(ask, sue):
    request = ask(practised_by=sue)
    return {
        "desk": reverse("admin:index"),
        "answer": reverse("admin:supervision_helprequest_answer", args=[request.pk]),
        "practice": reverse("admin:supervision_practice"),
        "practice call": reverse("admin:supervision_practice_call", args=[request.call_id]),
        "call": reverse("admin:supervision_call_change", args=[request.call_id]),
        **{
            model: reverse(f"admin:supervision_{model}_changelist")
            for model in ("call", "caller", "helprequest", "message")
        },
    }


PLACES = ["desk", "answer", "practice", "practice call", "call", "caller", "helprequest", "message"]
VERBS = ["answer", "claim", "release", "leave", "undo"]


@pytest.mark.parametrize("place", PLACES)
def test_anonymous_is_led_to_the_login(client, addresses, place):
    response = client.get(addresses[place])

    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("place", PLACES)
def test_staff_without_permission_get_a_page_that_says_so(client, addresses, place, tom):
    client.force_login(tom, BACKEND)

    response = client.get(addresses[place])

    assert response.status_code == 403
    assert "You may not see this page" in response.content.decode()


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_only_see_help_requests_changes_nothing(client, ask, supervisor, verb):
    supervisor.user_permissions.remove(supervisor.user_permissions.get(codename="change_helprequest"))
    client.force_login(supervisor, BACKEND)
    request = ask()

    response = client.post(
        reverse(f"admin:supervision_helprequest_{verb}", args=[request.pk]),
        {"answer": "Yes.", "scope": "everyone", "holds": "always", "because": "left"},
    )

    request.refresh_from_db()
    assert response.status_code == 403
    assert (request.status, request.claimed_by) == ("pending", None)


def test_who_may_only_see_help_requests_is_shown_no_box(client, ask, supervisor):
    supervisor.user_permissions.remove(supervisor.user_permissions.get(codename="change_helprequest"))
    client.force_login(supervisor, BACKEND)

    page = client.get(reverse("admin:supervision_helprequest_answer", args=[ask().pk])).content.decode()

    assert 'name="answer"' not in page


@pytest.mark.parametrize("place", PLACES)
def test_a_supervisor_may_open_every_place(desk, addresses, place):
    assert desk.get(addresses[place]).status_code in (200, 302)


def test_the_group_may_answer_teach_and_practise_and_delete_nothing(db):
    names = set(Group.objects.get(name="Supervisors").permissions.values_list("codename", flat=True))

    assert {"view_helprequest", "change_helprequest", "view_call", "view_utterance", "view_message"} <= names
    assert {"add_learnedanswer", "change_learnedanswer", "practise"} <= names
    assert not [name for name in names if name.startswith("delete")]


def test_even_an_owner_deletes_no_row_that_people_rely_on(admin_client, ask):
    request = ask()

    for model, pk in (("helprequest", request.pk), ("call", request.call_id), ("caller", request.caller_id)):
        response = admin_client.post(reverse(f"admin:supervision_{model}_delete", args=[pk]), {"post": "yes"})
        assert response.status_code == 403


def test_forms_need_a_csrf_token_and_say_that_nothing_was_sent(ask, supervisor, client):
    client.handler.enforce_csrf_checks = True
    client.force_login(supervisor, BACKEND)

    response = client.post(reverse("admin:supervision_helprequest_claim", args=[ask().pk]))

    assert response.status_code == 403
    assert "Nothing was sent" in response.content.decode()


def test_a_fault_of_ours_is_said_calmly(desk, salon, monkeypatch):
    desk.raise_request_exception = False
    monkeypatch.setattr("supervision.admin.desk.waiting", lambda: 1 / 0)

    response = desk.get(reverse("admin:index"))

    assert response.status_code == 500
    assert "This page could not be loaded" in response.content.decode()


def test_pages_keep_to_the_strict_policy(desk, addresses):
    for address in addresses.values():
        response = desk.get(address, follow=True)
        page = response.content.decode()
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert " style=" not in page
        assert "<style" not in page
        assert "<script>" not in page
        assert " onclick=" not in page


def test_too_many_wrong_passwords_are_answered_in_words(client, supervisor):
    wrong = {"username": "sue", "password": "wrong"}
    for _ in range(5):
        response = client.post(reverse("admin:login"), wrong)

    assert response.status_code == 429
    assert "Locked for a while" in response.content.decode()


def test_login_has_a_heading(client, db):
    assert "<h1>Sign in to the desk</h1>" in client.get(reverse("admin:login")).content.decode()


def test_a_page_that_is_not_there_says_so(desk, salon):
    calls.open_call(channel=Call.Channel.PRACTICE)

    response = desk.get("/admin/nowhere/")

    assert response.status_code == 404
    assert "This page does not exist, or you may not see it." in response.content.decode()


def test_the_list_of_lists_is_not_the_desk(desk, salon):
    page = desk.get(reverse("admin:app_list", args=["supervision"])).content.decode()

    assert "<h1>Callers and promises</h1>" in page
    assert reverse("admin:supervision_caller_changelist") in page.split("<main")[1]
