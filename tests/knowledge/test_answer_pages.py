"""Learned answers are found by any of their words, show where all of it came from, and conflicts are decided."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from knowledge import answer_list, learning
from knowledge.models import LearnedAnswer
from knowledge.search import Verdict, find_answers

LIST = "admin:knowledge_learnedanswer_changelist"
ADD = "admin:knowledge_learnedanswer_add"
KERATIN = "Do you offer keratin treatments?"


@pytest.fixture
def keratin(glow):
    return learning.learn(question=KERATIN, answer="Yes, from $150", phrasings=["keratin prices"])


def change_url(answer):
    return reverse("admin:knowledge_learnedanswer_change", args=[answer.pk])


def found(text, show=""):
    return [one.question for one in answer_list.find(text, show=show, at=timezone.now())]


@pytest.mark.parametrize("text", ["keratin", "KERATIN treat", "from $150", "prices keratin"])
def test_an_answer_is_found_by_words_of_question_answer_or_wording(keratin, text):
    assert found(text) == [KERATIN]


@pytest.mark.parametrize("text", ["uñas", "UÑAS", "Uñas"])
def test_letters_beyond_ascii_are_found_in_any_case(glow, text):
    learning.learn(question="¿Arreglan uñas rotas?", answer="Sí")

    assert found(text) == ["¿Arreglan uñas rotas?"]


def test_a_percent_sign_is_no_wildcard_and_every_word_counts(keratin):
    assert found("%") == []
    assert found("keratin parking") == []


def test_what_ends_soon_is_on_top(keratin):
    learning.learn(question="Do you braid?", answer="Yes", valid_until=timezone.now() + dt.timedelta(days=5))
    learning.learn(question="Do you dye?", answer="Yes", valid_until=timezone.now() + dt.timedelta(days=500))

    assert found("")[0] == "Do you braid?"
    assert found("", "expiring") == ["Do you braid?"]


def test_retired_proposed_and_disagreeing_answers_have_lists_of_their_own(keratin):
    other = learning.learn(question="What is keratin?", answer="A protein", phrasings=["keratin prices"])
    learning.propose_phrasing(other.pk, "keratin what", source="caller")
    learning.retire(learning.learn(question="Do you braid?", answer="Yes"))

    assert found("", "retired") == ["Do you braid?"]
    assert found("", "proposed") == ["What is keratin?"]
    assert set(found("", "disagreeing")) == {KERATIN, "What is keratin?"}


def test_the_list_marks_what_was_found_and_names_the_wording(admin_client, keratin):
    page = admin_client.get(reverse(LIST), {"q": "keratin prices"}).content.decode()

    assert "1 of" in page
    assert "Do you offer <mark>keratin</mark> treatments?" in page
    assert "wording “<mark>keratin</mark> <mark>prices</mark>”" in page


def test_what_nothing_matches_can_be_written_at_once(admin_client, keratin):
    page = admin_client.get(reverse(LIST), {"q": "keratim & <b>"}).content.decode()

    assert "No answer matches “keratim &amp; &lt;b&gt;”" in page
    address = reverse(ADD) + "?question=keratim%20%26%20%3Cb%3E"
    assert address in page
    assert "keratim &amp; &lt;b&gt;</textarea>" in admin_client.get(address).content.decode()


def test_the_list_asks_the_database_as_often_for_many_answers(admin_client, glow, django_assert_max_num_queries):
    for number in range(60):
        learning.learn(question=f"Is there tea {number}?", answer="Yes")

    with django_assert_max_num_queries(22):
        page = admin_client.get(reverse(LIST), {"q": "tea"}).content.decode()

    assert "60 of" in page
    assert "The next 10" in page


def test_the_page_tells_where_each_wording_came_from(admin_client, admin_user, keratin):
    learning.propose_phrasing(keratin.pk, "smooth my hair", source="caller")
    learning.add_negative(keratin.pk, "carrots", source="caller")

    admin_client.post(reverse("admin:knowledge_learnedanswer_phrase", args=[keratin.pk]), {"text": "tea", "not": "1"})

    page = admin_client.get(change_url(keratin)).content.decode()
    assert "proposed, a caller's wording" in page
    assert "not this question, a caller's no" in page
    assert "not this question, added by a supervisor" in page
    assert "2 she follows, 2 she must not follow" in page
    assert keratin.changes.first().by == admin_user


def test_a_change_is_taken_back_on_the_page_and_says_so(admin_client, admin_user, keratin):
    learning.correct(keratin, answer="Yes, from $160", by=admin_user)
    undo = reverse("admin:knowledge_learnedanswer_undo", args=[keratin.pk])

    admin_client.post(undo, {"change": keratin.changes.first().pk})
    page = admin_client.get(change_url(keratin)).content.decode()

    assert find_answers(KERATIN).best.answer == "Yes, from $150"
    assert "taken back" in page
    assert "took back a change" in page


@pytest.mark.parametrize("change", ["", "x", "0", "99999999999999999999"])
def test_what_is_no_change_of_this_answer_is_not_taken_back(admin_client, keratin, change):
    undo = reverse("admin:knowledge_learnedanswer_undo", args=[keratin.pk])

    assert admin_client.post(undo, {"change": change}).status_code == 404


def test_a_retired_answer_is_brought_back_from_its_history(admin_client, admin_user, keratin):
    learning.retire(keratin, by=admin_user)

    admin_client.post(
        reverse("admin:knowledge_learnedanswer_undo", args=[keratin.pk]), {"change": keratin.changes.first().pk}
    )

    assert find_answers(KERATIN).best.answer == "Yes, from $150"


def test_a_reader_takes_nothing_back(client, django_user_model, keratin):
    reader = django_user_model.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_learnedanswer"))
    client.force_login(reader)
    undo = reverse("admin:knowledge_learnedanswer_undo", args=[keratin.pk])

    assert client.post(undo, {"change": keratin.changes.first().pk}).status_code == 403
    assert undo not in client.get(change_url(keratin)).content.decode()


def add(client, question, answer="No longer", **more):
    return client.post(reverse(ADD), {"question": question, "answer": answer, "phrasings": "", **more})


@pytest.mark.parametrize("question", [KERATIN, "keratin prices", "Do you offer a keratin treatment?"])
def test_another_answer_to_the_same_is_shown_before_anything_is_saved(admin_client, keratin, question):
    page = add(admin_client, question)

    assert page.status_code == 200
    assert "She has another answer to this" in page.content.decode()
    assert "Yes, from $150" in page.content.decode()
    assert not LearnedAnswer.objects.filter(answer="No longer").exists()


def test_the_same_answer_again_is_no_conflict(admin_client, keratin):
    assert add(admin_client, KERATIN, "Yes, from $150").status_code == 302


def test_an_answer_whose_wording_is_taken_is_replaced(admin_client, admin_user, keratin):
    assert add(admin_client, "keratin prices", conflict="replace").status_code == 302

    keratin.refresh_from_db()
    assert (keratin.active, keratin.replaced_by.answer) == (False, "No longer")
    assert find_answers("keratin prices").verdict == Verdict.SURE


def test_both_are_kept_with_conditions_and_she_asks_which_is_meant(admin_client, keratin):
    mine, theirs = "Do you offer keratin to children?", "Do you offer keratin to grown-ups?"

    done = add(admin_client, KERATIN, conflict="both", mine=mine, **{f"theirs-{keratin.pk}": theirs})

    assert done.status_code == 302
    keratin.refresh_from_db()
    assert (keratin.active, keratin.question) == (True, theirs)
    assert [find_answers(one).best.answer for one in (mine, theirs)] == ["No longer", "Yes, from $150"]
    assert find_answers(KERATIN).verdict == Verdict.UNSURE


@pytest.mark.parametrize("mine", [KERATIN, "Where can I park?"])
def test_conditions_that_decide_nothing_are_refused_with_words(admin_client, keratin, mine):
    page = add(admin_client, KERATIN, conflict="both", mine=mine, **{f"theirs-{keratin.pk}": KERATIN})

    words = "Write each question differently" if mine == KERATIN else "A third answer has one of these questions"
    assert words in page.content.decode()
    assert LearnedAnswer.objects.filter(answer="No longer").count() == 0


def test_a_correction_that_takes_anothers_question_replaces_it_when_that_is_said(admin_client, keratin):
    parking = LearnedAnswer.objects.active().asking("Where can I park?").get()
    data = {"question": "Where can I park?", "answer": keratin.answer}

    assert admin_client.post(change_url(keratin), data).status_code == 200
    assert admin_client.post(change_url(keratin), {**data, "conflict": "replace"}).status_code == 302

    parking.refresh_from_db()
    assert parking.replaced_by == keratin
    assert find_answers("Where can I park?").best.answer == "Yes, from $150"


@pytest.mark.parametrize("keep", ["this", "other"])
def test_of_two_answers_that_disagree_one_is_kept(admin_client, keratin, keep):
    other = learning.learn(question="What is keratin?", answer="A protein", phrasings=["keratin prices"])
    page = admin_client.get(change_url(keratin)).content.decode()
    assert "Two answers to the same wording" in page

    admin_client.post(
        reverse("admin:knowledge_learnedanswer_settle", args=[keratin.pk]), {"other": other.pk, "keep": keep}
    )

    assert [one.answer for one in find_answers("keratin prices").candidates][:1] == [
        "Yes, from $150" if keep == "this" else "A protein"
    ]
    assert find_answers("keratin prices").verdict == Verdict.SURE
