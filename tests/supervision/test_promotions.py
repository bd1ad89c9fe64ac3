"""What was taught while a promotion runs ends with it."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from knowledge.models import LearnedAnswer
from supervision import promotions
from supervision.models import Promotion

ANSWER = {"answer": "Yes, 20 % off.", "scope": "everyone", "learned_question": "", "holds": "promotion"}


@pytest.fixture
def teach(desk, ask):
    def teach(question, **form):
        return desk.post(reverse("admin:supervision_helprequest_answer", args=[ask(question).pk]), ANSWER | form)

    return teach


def test_an_answer_holds_until_somebody_ends_the_promotion(teach, desk):
    teach("Is there a spring offer?", promotion="Spring")
    answer, promotion = LearnedAnswer.objects.get(), Promotion.objects.get()
    assert (answer.valid_until, promotion.name) == (None, "Spring")

    address = reverse("admin:supervision_promotion_changelist")
    desk.post(address, {"action": "end_now", "_selected_action": [promotion.pk]})

    answer.refresh_from_db()
    assert answer.is_expired(timezone.now())
    assert not Promotion.objects.running(timezone.now()).exists()


def test_the_answers_of_one_promotion_end_together_whenever_its_end_is_moved(teach, sue, salon):
    day = timezone.now().astimezone(salon.zone).date() + timedelta(days=3)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), salon.zone)
    teach("Is there a spring offer?", promotion="Spring", until=day.isoformat())
    teach("Do students get less to pay?", promotion="spring")
    assert set(LearnedAnswer.objects.values_list("valid_until", flat=True)) == {end}

    assert promotions.move(Promotion.objects.get(), end + timedelta(days=7), by=sue) == 2

    assert set(LearnedAnswer.objects.values_list("valid_until", flat=True)) == {end + timedelta(days=7)}


def test_the_page_of_a_promotion_moves_its_end(teach, desk):
    teach("Is there a spring offer?", promotion="Spring")
    address = reverse("admin:supervision_promotion_change", args=[Promotion.objects.get().pk])
    assert "Is there a spring offer?" in desk.get(address).content.decode()

    desk.post(address, {"ends_at_0": "2040-01-31", "ends_at_1": "12:00:00"})

    assert LearnedAnswer.objects.get().valid_until.year == 2040


def test_a_name_that_has_ended_begins_anew(teach, sue):
    teach("Is there a spring offer?", promotion="Spring")
    promotions.move(Promotion.objects.get(), timezone.now(), by=sue)

    teach("Do you give rebates in spring?", promotion="Spring")

    assert Promotion.objects.count() == 2
    assert LearnedAnswer.objects.get(question="Do you give rebates in spring?").valid_until is None


def test_without_a_name_nothing_is_sent(teach):
    response = teach("Is there a spring offer?", promotion=" ")

    assert response.status_code == 422
    assert "Name the promotion." in response.content.decode()
    assert not LearnedAnswer.objects.exists()


def test_for_one_caller_there_is_no_promotion(teach):
    teach("Is there a spring offer?", promotion="Spring", scope="caller")

    assert not Promotion.objects.exists()


def test_running_promotions_are_offered_on_the_answer_page(teach, desk, ask):
    teach("Is there a spring offer?", promotion="Spring & <Easter>")

    page = desk.get(reverse("admin:supervision_helprequest_answer", args=[ask("Another?").pk])).content.decode()

    assert '<option value="Spring &amp; &lt;Easter&gt;">' in page


def test_who_may_not_answer_ends_nothing(teach, desk, client, tom):
    teach("Is there a spring offer?", promotion="Spring")
    client.force_login(tom, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(reverse("admin:supervision_promotion_changelist")).status_code == 403
