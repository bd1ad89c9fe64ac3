"""Whoever reads a call says that what she said was wrong, and the answer is opened with what is known of it."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from knowledge import learning
from knowledge.models import Change, Phrasing
from supervision import calls, wrong
from supervision.models import Citation, Event

Reason = wrong.Reason


@pytest.fixture
def parking(salon, sue):
    return learning.learn(question="Where can I park?", answer="Behind the salon", taught_by=sue)


@pytest.fixture
def say(spoken):
    def say(question, answer=None, *, source="", text="Behind the salon", asks=None):
        calls.record_utterance(spoken, speaker="caller", text=question)
        hers = calls.record_utterance(spoken, speaker="receptionist", text=text)
        type(hers).objects.filter(pk=hers.pk).update(heard_at=timezone.now(), asks=asks or {})
        cited = source or (f"learned:{answer.pk}" if answer else "")
        return cited and Citation.objects.create(utterance=hers, learned_answer=answer, source=cited, text=text)

    return say


def post(client, citation, reason):
    return client.post(reverse("admin:supervision_wrong", args=[citation.pk]), {"reason": reason})


def test_not_what_was_asked_keeps_the_callers_wording_from_that_answer(desk, supervisor, parking, say):
    citation = say("do you sell parkas", parking)

    answer = post(desk, citation, "not_asked")

    assert answer.url == reverse("admin:knowledge_learnedanswer_change", args=[parking.pk])
    assert parking.phrasings.get(text="do you sell parkas").state == Phrasing.State.NEGATIVE
    assert (parking.changes.first().by, parking.changes.first().reason) == (supervisor, "not what was asked")


def test_an_approved_wording_is_struck_too(desk, parking, say):
    learning.add_phrasing(parking.pk, "do you sell parkas", source="desk")

    post(desk, say("do you sell parkas", parking), "not_asked")

    assert parking.phrasings.get(text="do you sell parkas").state == Phrasing.State.NEGATIVE


def test_a_yes_stands_for_the_question_before_it(parking, say, sue):
    asks = {"kind": "do_you_mean", "question": "do you sell parkas", "candidate": f"learned:{parking.pk}"}
    say("do you sell parkas", text="Do you mean: Where can I park?", asks=asks)
    citation = say("yes", parking)

    assert wrong.call_wrong(citation, reason=Reason.NOT_ASKED, by=sue) == "do you sell parkas"


@pytest.mark.parametrize("reason", ["incorrect", "outdated", "incomplete", "inappropriate"])
def test_any_other_reason_is_shown_on_the_answer_until_it_is_corrected(desk, supervisor, parking, say, reason):
    page = desk.get(post(desk, say("where can I park", parking), reason).url).content.decode()
    assert "called it wrong" in page
    assert f"</strong> {reason}." in page

    learning.correct(parking, answer="In front of the salon", by=supervisor)

    corrected = desk.get(reverse("admin:knowledge_learnedanswer_change", args=[parking.pk])).content.decode()
    assert f"</strong> {reason}." not in corrected


def test_the_answers_own_question_is_only_called_in_doubt(desk, parking, say):
    post(desk, say("Where can I park?", parking), "not_asked")

    assert parking.changes.first().verb == Change.Verb.DOUBTED
    assert parking.phrasings.get().state == Phrasing.State.APPROVED


def test_a_salon_fact_leads_to_its_page(desk, salon, say):
    answer = post(desk, say("are you open", source="hours:2026-06-03"), "outdated")

    assert answer.url == reverse("admin:knowledge_openinghours_changelist")
    assert Event.objects.filter(kind="wrong", reason="outdated").exists()


def test_the_answers_page_lists_who_heard_it(desk, parking, say, spoken):
    say("where can I park", parking)

    page = desk.get(reverse("admin:knowledge_learnedanswer_change", args=[parking.pk])).content.decode()

    assert "heard 1 time" in page
    assert reverse("admin:supervision_call_change", args=[spoken.pk]) in page


def test_the_script_offers_it_on_each_stored_answer(desk, parking, say, spoken):
    citation = say("where can I park", parking)

    page = desk.get(reverse("admin:supervision_call_change", args=[spoken.pk])).content.decode()

    assert page.count("That was wrong") == 1
    assert reverse("admin:supervision_wrong", args=[citation.pk]) in page


def test_an_unknown_reason_changes_nothing(desk, parking, say):
    assert post(desk, say("where can I park", parking), "because").status_code == 400
    assert parking.changes.count() == 1


def test_who_may_not_teach_may_not_say_so(client, parking, say, sue, spoken):
    sue.user_permissions.add(*Permission.objects.filter(codename__in=["view_call", "view_learnedanswer"]))
    client.force_login(sue)
    citation = say("where can I park", parking)

    assert post(client, citation, "incorrect").status_code == 403
    page = client.get(reverse("admin:supervision_call_change", args=[spoken.pk])).content.decode()
    assert "That was wrong" not in page
