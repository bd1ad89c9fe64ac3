"""Every decision about an answer is in its history with who and why, and can be taken back."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from knowledge import learning
from knowledge.models import Change, LearnedAnswer, Phrasing
from knowledge.search import Verdict, find_answers
from knowledge.undoing import undo

KERATIN = "Do you offer keratin treatments?"
Verb = Change.Verb


@pytest.fixture
def keratin(glow):
    return learning.learn(question=KERATIN, answer="Yes, from $150")


@pytest.fixture
def rosa(django_user_model):
    return django_user_model.objects.create_user("rosa")


def history(answer):
    return [change.verb for change in answer.changes.all()]


def newest(answer):
    return answer.changes.first()


def test_change_says_who_what_and_why(keratin, rosa):
    learning.correct(keratin, answer="Yes, from $160", by=rosa, reason="prices rose")

    change = newest(keratin)
    assert (change.verb, change.by, change.reason) == (Verb.CORRECTED, rosa, "prices rose")
    assert change.fields["answer"] == ["Yes, from $150", "Yes, from $160"]


def test_what_changes_nothing_leaves_no_trace(keratin, rosa):
    learning.hold_until(keratin, None, by=rosa)

    assert history(keratin) == [Verb.LEARNED]


def test_old_correction_is_taken_back_after_later_changes_and_that_is_a_change(keratin, rosa):
    learning.correct(keratin, answer="Yes, from $160", by=rosa)
    first = newest(keratin)
    learning.correct(keratin, answer="Yes, from $170", by=rosa)
    learning.add_phrasing(keratin.pk, "smooth my hair", source="desk", by=rosa)

    undo(first, by=rosa, reason="never true")

    assert find_answers("smooth my hair").best.answer == "Yes, from $150"
    assert (newest(keratin).verb, newest(keratin).reason) == (Verb.UNDONE, "never true")
    undo(newest(keratin), by=rosa)
    keratin.refresh_from_db()
    assert keratin.answer == "Yes, from $170"


def test_undoing_a_lesson_brings_back_what_it_replaced(keratin, rosa):
    newer = learning.learn(question=KERATIN, answer="No longer", taught_by=rosa)

    undo(newest(newer), by=rosa)

    keratin.refresh_from_db()
    assert (keratin.active, keratin.replaced_by) == (True, None)
    assert find_answers(KERATIN).best.answer == "Yes, from $150"


def test_undoing_a_retirement_ends_what_had_come_back(keratin, rosa):
    newer = learning.learn(question=KERATIN, answer="Yes, from $170", taught_by=rosa)
    learning.retire(newer, by=rosa)

    undo(newest(newer), by=rosa)

    keratin.refresh_from_db()
    assert (keratin.active, keratin.replaced_by) == (False, newer)
    assert [one.answer for one in find_answers(KERATIN).candidates] == ["Yes, from $170"]


def test_retired_answer_does_not_come_back_beside_another_with_its_question(keratin, rosa):
    learning.retire(keratin, by=rosa)
    gone = newest(keratin)
    learning.learn(question=KERATIN, answer="No")

    with pytest.raises(ValidationError, match="Another answer has this question by now"):
        undo(gone, by=rosa)
    assert [one.answer for one in LearnedAnswer.objects.active().asking(KERATIN)] == ["No"]


@pytest.mark.parametrize("verb", ["approve_phrasing", "drop_phrasing"])
def test_decision_about_a_wording_is_taken_back(keratin, rosa, verb):
    wording = learning.propose_phrasing(keratin.pk, "smooth my hair", source="caller")
    getattr(learning, verb)(wording, by=rosa)

    undo(newest(keratin), by=rosa)

    assert keratin.phrasings.get(text="smooth my hair").state == Phrasing.State.PROPOSED
    assert keratin.phrasings.get(text="smooth my hair").source == "caller"


def test_callers_yes_is_in_the_history_without_a_name(keratin):
    learning.propose_phrasing(keratin.pk, "smooth my hair", source="caller")

    assert (newest(keratin).verb, newest(keratin).by, newest(keratin).reason) == (Verb.PHRASED, None, "caller")


def test_question_and_validity_are_as_they_were(keratin, rosa):
    learning.correct(keratin, question="Do you smooth hair?", by=rosa)
    renamed = newest(keratin)
    learning.hold_until(keratin, dt.datetime(2027, 1, 1, tzinfo=dt.UTC), by=rosa)

    undo(newest(keratin), by=rosa)
    undo(renamed, by=rosa)

    keratin.refresh_from_db()
    assert (keratin.question, keratin.valid_until) == (KERATIN, None)
    assert find_answers(KERATIN).verdict == Verdict.SURE
    assert find_answers("Do you smooth hair?").verdict != Verdict.SURE


def test_what_is_as_before_cannot_be_taken_back_twice(keratin, rosa):
    learning.correct(keratin, answer="No", by=rosa)
    change = newest(keratin)
    undo(change, by=rosa)

    with pytest.raises(ValidationError, match="Nothing of this change is left"):
        undo(change, by=rosa)


def test_supervisors_no_counts_against_an_approved_wording_but_not_the_question_itself(keratin, rosa):
    learning.add_phrasing(keratin.pk, "smooth my hair", source="desk", by=rosa)

    learning.strike(keratin.pk, "Smooth my hair!", source="rosa", by=rosa, reason="not what was asked")

    assert keratin.phrasings.get(text="smooth my hair").state == Phrasing.State.NEGATIVE
    with pytest.raises(ValidationError, match="own question"):
        learning.strike(keratin.pk, KERATIN, source="rosa", by=rosa)


def test_doubt_changes_nothing_but_the_history(keratin, rosa):
    learning.doubt(keratin, by=rosa, reason="outdated")

    assert (newest(keratin).verb, newest(keratin).reason) == (Verb.DOUBTED, "outdated")
    with pytest.raises(ValidationError):
        undo(newest(keratin), by=rosa)
