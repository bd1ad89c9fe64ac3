"""The API: for staff with the permission, with CSRF, in words."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from knowledge.models import LearnedAnswer
from supervision import health
from supervision.models import HelpRequest

HELP = "/api/help-requests"
LEARNED = "/api/learned-answers"


@pytest.fixture(autouse=True)
def _nobody_is_throttled():
    cache.clear()


@pytest.fixture
def as_sue(sue, client):
    """A client of Sue's, who has these permissions."""

    def sign_in(*permissions, **options):
        sue.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client(**options)
        client.force_login(sue)
        return client

    return sign_in


def post(client, address, **data):
    return client.post(address, json.dumps(data), content_type="application/json")


@pytest.mark.parametrize("address", [HELP, LEARNED])
def test_nobody_unknown_reads_or_writes_anything(client, db, address):
    assert client.get(address).status_code == 401
    assert post(client, address, question="Q", answer="A").status_code in (401, 405)


@pytest.mark.parametrize("address", [HELP, LEARNED, "/api/docs"])
def test_staff_without_the_permission_is_refused_in_words(as_sue, address):
    answer = as_sue().get(address)

    if address != "/api/docs":
        assert answer.status_code == 403
        assert answer.json() == {"detail": "You do not have the permission for this."}


def test_a_permission_is_worth_nothing_without_being_staff(as_sue, sue):
    client = as_sue("view_helprequest")
    type(sue).objects.update(is_staff=False)

    assert client.get(HELP).status_code == 403


def test_only_staff_may_read_the_documentation(client, sue, as_sue):
    assert client.get("/api/docs").status_code == 302
    assert b"//" not in as_sue().get("/api/docs").content.replace(b"://127.0.0.1", b"")


def test_a_change_without_the_csrf_token_is_refused(as_sue, asked):
    client = as_sue("change_helprequest", enforce_csrf_checks=True)

    assert post(client, f"{HELP}/{asked.pk}/claim").status_code == 403
    assert HelpRequest.objects.get().claimed_by is None


def test_requests_are_listed_by_what_was_promised_first(as_sue, asked):
    (found,) = as_sue("view_helprequest").get(HELP, {"status": "pending"}).json()

    assert found["reference"] == asked.reference
    assert found["question"] == "Do you offer keratin treatments?"
    assert "customer_phone" not in found


def test_a_claim_is_shown_by_name(as_sue, asked):
    answer = post(as_sue("change_helprequest"), f"{HELP}/{asked.pk}/claim").json()

    assert answer["claimed_by"] == "sue"


def test_the_first_answer_wins_and_the_second_is_told(as_sue, asked):
    client = as_sue("change_helprequest")

    first = post(client, f"{HELP}/{asked.pk}/resolve", answer="Yes, from $150.")
    second = post(client, f"{HELP}/{asked.pk}/resolve", answer="No.")

    assert first.json()["status"] == "resolved"
    assert second.status_code == 409
    assert second.json() == {"detail": f"{asked.reference} is resolved already."}
    assert LearnedAnswer.objects.get().answer == "Yes, from $150."


@pytest.mark.parametrize(
    ("data", "words"),
    [({}, "answer: "), ({"answer": ""}, "answer: "), ({"answer": " \n"}, "Write the answer first"),
     ({"answer": "x" * 1001}, "1,000"), ({"answer": "Yes.", "valid_until": "soon"}, "valid_until: ")],
)  # fmt: skip
def test_what_makes_no_answer_is_refused_in_words(as_sue, asked, data, words):
    answer = post(as_sue("change_helprequest"), f"{HELP}/{asked.pk}/resolve", **data)

    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert HelpRequest.objects.pending().exists()


def test_a_request_that_does_not_exist_is_not_found(as_sue, db):
    client = as_sue("change_helprequest")

    assert post(client, f"{HELP}/00000000-0000-4000-8000-000000000000/claim").status_code == 404


def test_an_answer_is_added_and_listed(as_sue, salon):
    client = as_sue("add_learnedanswer", "view_learnedanswer")

    added = post(client, LEARNED, question="Do you do nail art?", answer="Yes.")

    assert added.status_code == 201
    assert [row["id"] for row in client.get(LEARNED).json()] == [added.json()["id"]]
    assert LearnedAnswer.objects.get().taught_by.get_username() == "sue"


def test_health_is_one_word_for_the_world_and_figures_for_staff(client, as_sue, salon):
    assert (client.get("/api/health").status_code, client.get("/api/health").json()) == (503, "ill")

    for name in health.NEEDED:
        health.beat(name)

    assert (client.get("/api/health").status_code, client.get("/api/health").json()) == (200, "ok")
    assert as_sue().get("/api/health").json()["heartbeats"]["agent"]["fresh"]


def test_a_process_that_has_stopped_beating_makes_it_ill(salon):
    for name in health.NEEDED:
        health.beat(name)
    later = timezone.now() + health.FRESH

    assert health.is_healthy()
    assert not health.status(at=later)["ok"]


def test_work_that_is_left_undone_makes_it_ill(asked):
    for name in health.NEEDED:
        health.beat(name)
    overdue = timezone.now() - health.LATE - timedelta(seconds=1)
    HelpRequest.objects.update(created_at=overdue, expires_at=overdue)

    assert health.status()["oldest_overdue"] == overdue
    assert not health.is_healthy()


def test_anonymous_callers_are_throttled(client, db):
    assert {client.get("/api/health").status_code for _ in range(125)} == {503, 429}


def test_a_stranger_is_throttled_whatever_address_he_names(client, db):
    answers = [client.get("/api/health", headers={"x-forwarded-for": f"1.2.3.{n}"}).status_code for n in range(125)]

    assert answers[-1] == 429
