import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from knowledge import learning
from knowledge.models import LearnedAnswer, Phrasing, Salon
from knowledge.search import Verdict, find_answers, get_answer, write_missing_vectors

KERATIN = "Do you offer keratin treatments?"


@pytest.fixture
def keratin(glow):
    return learning.learn(question=KERATIN, answer="Yes, from $150")


def texts(answer, state):
    return set(answer.phrasings.filter(state=state).values_list("text", flat=True))


def test_question_becomes_the_first_approved_phrasing(glow):
    learned = learning.learn(
        question=KERATIN, answer="Yes, from $150", phrasings=["do u do keratin", "do you offer keratin treatments"]
    )

    assert texts(learned, Phrasing.State.APPROVED) == {KERATIN, "do u do keratin"}


def test_same_question_again_replaces_the_answer(keratin):
    newer = learning.learn(question="Hi, do you offer keratin treatments, please?", answer="Yes, from $170")

    keratin.refresh_from_db()
    assert (keratin.active, keratin.replaced_by) == (False, newer)
    assert [one.answer for one in find_answers(KERATIN).candidates] == ["Yes, from $170"]


def test_another_question_can_be_replaced_by_name(keratin):
    newer = learning.learn(question="Do you straighten hair?", answer="Yes", replaces=keratin)

    keratin.refresh_from_db()
    assert keratin.replaced_by == newer


def test_retired_answer_gives_way_to_what_it_had_replaced(keratin):
    newer = learning.learn(question=KERATIN, answer="Yes, from $170")

    learning.retire(newer)

    keratin.refresh_from_db()
    assert (keratin.active, keratin.replaced_by) == (True, None)
    assert find_answers(KERATIN).best.answer == "Yes, from $150"


def test_retired_answer_is_never_found(keratin):
    candidate = find_answers(KERATIN).best

    learning.retire(keratin)

    assert find_answers(KERATIN).verdict == Verdict.UNKNOWN
    assert get_answer(candidate.id) is None


def test_what_was_replaced_twice_comes_back_once(keratin):
    second = learning.learn(question="Do you straighten hair?", answer="Yes", replaces=keratin)
    third = learning.learn(question=KERATIN, answer="Yes, from $190")

    learning.retire(second)

    keratin.refresh_from_db()
    third.refresh_from_db()
    assert (keratin.active, third.active) == (False, True)


def test_expired_answer_is_never_found(glow):
    now = timezone.now()
    learned = learning.learn(question=KERATIN, answer="Yes", valid_until=now + dt.timedelta(hours=1))
    candidate_id = f"learned:{learned.pk}"

    later = now + dt.timedelta(hours=2)

    assert find_answers(KERATIN, at=now).best.id == candidate_id
    assert candidate_id not in [one.id for one in find_answers(KERATIN, at=later).candidates]
    assert get_answer(candidate_id, at=later) is None


def test_what_is_only_proposed_as_yet_is_heard_by_nobody(glow):
    now = timezone.now()
    learned = learning.learn(question=KERATIN, answer="Yes", valid_from=now + dt.timedelta(minutes=10))
    candidate_id = f"learned:{learned.pk}"

    later = now + dt.timedelta(minutes=10)

    assert candidate_id not in [one.id for one in find_answers(KERATIN, at=now).candidates]
    assert get_answer(candidate_id, at=now) is None
    assert find_answers(KERATIN, at=later).verdict == Verdict.SURE
    assert get_answer(candidate_id, at=later).answer == "Yes"


def test_correction_is_heard_at_once(keratin):
    find_answers(KERATIN)

    learning.correct(keratin, answer="Yes, from $160")

    assert find_answers(KERATIN).best.answer == "Yes, from $160"


def test_corrected_question_keeps_the_old_wording(keratin):
    learning.correct(keratin, question="Do you do keratin smoothing?")

    assert find_answers("do you do keratin smoothing").verdict == Verdict.SURE
    assert find_answers(KERATIN).verdict == Verdict.SURE


def test_correction_into_another_answers_question_is_refused(keratin):
    with pytest.raises(ValidationError, match="Another answer already has this question"):
        learning.correct(keratin, question="Where can I park?")


def test_correction_makes_the_vectors_stale(keratin):
    write_missing_vectors(100)

    learning.correct(keratin, answer="No")

    assert set(keratin.phrasings.values_list("model_id", flat=True)) == {""}


def test_yes_changes_the_order_at_once_and_the_verdict_when_approved(keratin):
    question = "could you make my frizz vanish"
    assert find_answers(question).best.id != f"learned:{keratin.pk}"

    proposed = learning.propose_phrasing(keratin.pk, question, source="a caller's yes")
    offered = find_answers(question)
    learning.approve_phrasing(proposed)
    approved = find_answers(question)

    assert (offered.verdict, offered.may_ask.id) == (Verdict.UNSURE, f"learned:{keratin.pk}")
    assert (approved.verdict, approved.best.id) == (Verdict.SURE, f"learned:{keratin.pk}")


def test_no_takes_the_answer_away_from_that_question(keratin):
    question = "how much is a keratin treatment"
    assert find_answers(question).may_ask.id == f"learned:{keratin.pk}"

    learning.add_negative(keratin.pk, question, source="a caller's no")

    assert f"learned:{keratin.pk}" not in [one.id for one in find_answers(question).candidates]
    assert find_answers(KERATIN).verdict == Verdict.SURE


def test_no_caller_changes_what_a_supervisor_approved(keratin):
    learning.add_negative(keratin.pk, KERATIN, source="a caller's no")
    learning.propose_phrasing(keratin.pk, KERATIN, source="a caller's yes")

    assert find_answers(KERATIN).verdict == Verdict.SURE


def test_later_no_overrules_an_earlier_yes(keratin):
    learning.propose_phrasing(keratin.pk, "smooth hair", source="yes")
    learning.add_negative(keratin.pk, "Smooth hair?", source="no")

    assert texts(keratin, Phrasing.State.NEGATIVE) == {"smooth hair"}


def test_phrasing_of_a_retired_answer_is_not_kept(keratin):
    learning.retire(keratin)

    assert learning.propose_phrasing(keratin.pk, "smooth hair", source="yes") is None


def test_dropped_phrasing_is_forgotten(keratin):
    phrasing = learning.add_phrasing(keratin.pk, "smooth hair", source="desk")
    assert find_answers("smooth hair").verdict == Verdict.SURE

    learning.drop_phrasing(phrasing)

    assert find_answers("smooth hair").verdict != Verdict.SURE


def test_answers_own_question_cannot_be_dropped(keratin):
    with pytest.raises(ValidationError, match="own question"):
        learning.drop_phrasing(keratin.phrasings.get())


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        ("", "Yes", "Write the question first."),
        (" \x00 ", "Yes", "Write the question first."),
        ("Do you?", "  ", "Write the answer first."),
        ("Do you?", "y" * 1001, "An answer may have 1,000 characters; this one has 1,001."),
        ("q" * 4001, "Yes", "A question may have 4,000 characters"),
    ],
)
def test_limits_are_told_in_words_and_nothing_is_written(glow, question, answer, words):
    before = Salon.objects.current().revision

    with pytest.raises(ValidationError, match=words):
        learning.learn(question=question, answer=answer)

    assert Salon.objects.current().revision == before


def test_control_characters_are_dropped_and_lines_kept(glow):
    learned = learning.learn(question="Do you\x00 do\x1b[31m this?", answer="Yes.\nOf course.\x07")

    assert (learned.question, learned.answer) == ("Do you do[31m this?", "Yes.\nOf course.")


def test_every_verb_raises_the_revision(keratin):
    seen = [Salon.objects.current().revision]
    phrasing = learning.propose_phrasing(keratin.pk, "smooth hair", source="yes")
    for change in (
        lambda: learning.approve_phrasing(phrasing),
        lambda: learning.drop_phrasing(phrasing),
        lambda: learning.add_negative(keratin.pk, "smooth", source="no"),
        lambda: learning.correct(keratin, answer="No"),
        lambda: learning.hold_until(keratin, None),
        lambda: learning.retire(keratin),
    ):
        change()
        seen.append(Salon.objects.current().revision)

    assert seen == sorted(set(seen))


def test_nothing_is_learned_in_a_transaction_that_fails(glow):
    find_answers(KERATIN)
    try:
        with transaction.atomic():
            learning.learn(question=KERATIN, answer="Yes")
            assert find_answers(KERATIN).verdict == Verdict.SURE
            raise RuntimeError
    except RuntimeError:
        pass

    assert find_answers(KERATIN).verdict == Verdict.UNKNOWN


def test_change_by_a_person_is_in_the_history(keratin, django_user_model):
    rosa = django_user_model.objects.create_user("rosa", is_staff=True)

    learning.correct(keratin, answer="No", by=rosa)
    learning.retire(keratin, by=rosa)

    assert LogEntry.objects.filter(user=rosa, object_id=str(keratin.pk)).count() == 2


def test_database_refuses_two_active_answers_to_one_question(keratin):
    with pytest.raises(IntegrityError), transaction.atomic():
        LearnedAnswer.objects.create(question=KERATIN, question_key=keratin.question_key, answer="No")


def test_database_refuses_an_active_answer_that_was_replaced(keratin):
    other = learning.learn(question="Do you straighten hair?", answer="Yes")

    with pytest.raises(IntegrityError), transaction.atomic():
        LearnedAnswer.objects.filter(pk=keratin.pk).update(replaced_by=other)


def test_without_a_salon_the_error_names_the_command(db):
    with pytest.raises(Salon.DoesNotExist, match="loadcontext"):
        learning.learn(question=KERATIN, answer="Yes")
    with pytest.raises(Salon.DoesNotExist, match="loadcontext"):
        find_answers(KERATIN)


def test_there_is_only_one_salon(glow):
    with pytest.raises(IntegrityError), transaction.atomic():
        Salon.objects.create(id=2, name="Other", time_zone="UTC", region="US")
