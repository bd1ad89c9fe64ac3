"""What she says to the same now is shown before everyone hears something else."""

import pytest
from django.urls import reverse

from knowledge import learning
from knowledge.models import LearnedAnswer

KERATIN = "Do you offer keratin treatments?"


@pytest.fixture
def request_(ask):
    """Asked before a colleague taught the same."""
    request = ask(KERATIN)
    learning.learn(question="What is keratin?", answer="A protein", phrasings=[KERATIN])
    return request


def send(desk, request, **more):
    data = {"answer": "Yes, from $150", "scope": "everyone", "learned_question": KERATIN, "holds": "always", **more}
    response = desk.post(reverse("admin:supervision_helprequest_answer", args=[request.pk]), data)
    request.refresh_from_db()
    return response


def active():
    return set(LearnedAnswer.objects.active().values_list("answer", flat=True))


def test_nothing_is_sent_before_it_is_decided(desk, request_):
    page = send(desk, request_)

    assert page.status_code == 422
    assert "A protein" in page.content.decode()
    assert "Yes, from $150" in page.content.decode()
    assert request_.status == "pending"


def test_the_other_is_replaced_and_comes_back_when_the_answer_is_taken_back(desk, request_, supervisor):
    assert send(desk, request_, conflict="replace").status_code == 302
    assert active() == {"Yes, from $150"}

    desk.post(reverse("admin:supervision_helprequest_undo", args=[request_.pk]))

    assert active() == {"A protein"}


def test_both_are_kept_under_another_question(desk, request_):
    other = "Do you offer keratin to children?"
    learning.learn(question=KERATIN, answer="No")

    assert send(desk, request_, conflict="both").status_code == 422
    assert send(desk, request_, conflict="both", learned_question=other).status_code == 302

    assert active() == {"Yes, from $150", "A protein", "No"}


def test_what_is_for_this_caller_only_is_no_conflict(desk, request_):
    assert send(desk, request_, scope="caller").status_code == 302
    assert active() == {"A protein"}


def test_the_same_words_are_no_conflict(desk, request_):
    assert send(desk, request_, answer="A protein").status_code == 302


def test_who_is_too_late_hears_of_that_and_not_of_a_conflict(desk, request_):
    send(desk, request_, conflict="replace")

    assert "conflict-title" not in send(desk, request_, answer="Something else").content.decode()
