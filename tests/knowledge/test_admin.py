import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from knowledge import learning
from knowledge.models import Closure, LearnedAnswer, OpeningHours, Phrasing, Salon, Service
from knowledge.search import Verdict, find_answers
from tests.knowledge.conftest import WEDNESDAY_AT_3

LIST = "admin:knowledge_learnedanswer_changelist"
KERATIN = "Do you offer keratin treatments?"


@pytest.fixture
def keratin(glow):
    return learning.learn(question=KERATIN, answer="Yes, from $150")


@pytest.fixture
def reader_client(client, django_user_model):
    reader = django_user_model.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_learnedanswer"))
    client.force_login(reader)
    return client


def change_url(answer):
    return reverse("admin:knowledge_learnedanswer_change", args=[answer.pk])


def form_of(known, /, **changes):
    return {"question": known.question, "answer": known.answer, "valid_until_0": "", "valid_until_1": "", **changes}


def posted(client, url, data):
    response = client.post(url, data)
    assert response.status_code == 302, response.context and response.context["adminform"].form.errors
    return response


def test_changed_price_changes_her_next_answer(admin_client, committed_glow):
    balayage = Service.objects.get(name="Balayage")
    find_answers("how much is a balayage")
    fields = {"category": "Color", "name": "Balayage", "price_from": "210", "minutes": "150", "active": "on"}

    posted(admin_client, reverse("admin:knowledge_service_change", args=[balayage.pk]), fields)

    assert "from $210" in find_answers("how much is a balayage").best.answer


def test_changed_hours_and_closures_change_her_next_answer(admin_client, committed_glow):
    find_answers("are you open tomorrow", at=WEDNESDAY_AT_3)
    thursday = OpeningHours.objects.get(weekday=3)
    new = {"starts_on": "2026-11-20", "ends_on": "2026-11-20", "reason": "stocktaking"}

    posted(
        admin_client,
        reverse("admin:knowledge_openinghours_change", args=[thursday.pk]),
        {"weekday": 3, "opens": "11:00", "closes": "15:30"},
    )
    posted(admin_client, reverse("admin:knowledge_closure_add"), new)

    assert "from 11 am to 3:30 pm" in find_answers("are you open tomorrow", at=WEDNESDAY_AT_3).best.answer
    assert "for stocktaking" in find_answers("are you open on Friday", at=WEDNESDAY_AT_3).best.answer


def test_deleted_closure_is_forgotten_at_once(admin_client, committed_glow):
    find_answers("are you open on November 26", at=WEDNESDAY_AT_3)
    thanksgiving = Closure.objects.get(reason="Thanksgiving")

    posted(admin_client, reverse("admin:knowledge_closure_delete", args=[thanksgiving.pk]), {"post": "yes"})

    assert "from 9 am to 8 pm" in find_answers("are you open on November 26", at=WEDNESDAY_AT_3).best.answer


def test_salon_is_edited_without_touching_its_revision_backwards(admin_client, glow):
    salon = Salon.objects.current()
    Salon.objects.raise_revision()
    fields = {"name": "Glow", "time_zone": "America/New_York", "region": "US", "currency": "$"}

    posted(admin_client, reverse("admin:knowledge_salon_change", args=[1]), fields)

    changed = Salon.objects.current()
    assert (changed.name, changed.uuid) == ("Glow", salon.uuid)
    assert changed.revision > salon.revision + 1


def test_closure_that_ends_before_it_starts_is_refused(admin_client, glow):
    wrong = {"starts_on": "2026-12-20", "ends_on": "2026-12-01", "reason": "stocktaking"}

    response = admin_client.post(reverse("admin:knowledge_closure_add"), wrong)

    assert "The last day lies before the first." in response.content.decode()


@pytest.mark.parametrize("model", ["salon", "service", "learnedanswer"])
def test_nobody_deletes_what_callers_were_told(admin_client, glow, model):
    row = {"salon": Salon, "service": Service, "learnedanswer": LearnedAnswer}[model].objects.first()

    response = admin_client.post(reverse(f"admin:knowledge_{model}_delete", args=[row.pk]), {"post": "yes"})

    assert response.status_code == 403


def test_there_is_no_second_salon(admin_client, glow):
    assert admin_client.get(reverse("admin:knowledge_salon_add")).status_code == 403


def test_answer_added_by_hand_is_learned_under_the_supervisors_name(admin_client, admin_user, glow):
    data = {"question": KERATIN, "answer": "Yes, from $150", "phrasings": "keratin prices\n\nkeratin smoothing\n"}

    posted(
        admin_client, reverse("admin:knowledge_learnedanswer_add"), data | {"valid_until_0": "", "valid_until_1": ""}
    )

    learned = LearnedAnswer.objects.get(question=KERATIN)
    assert (learned.taught_by, learned.origin) == (admin_user, LearnedAnswer.Origin.SUPERVISOR)
    assert find_answers("keratin smoothing").verdict == Verdict.SURE
    assert LogEntry.objects.filter(object_id=str(learned.pk)).count() == 1


def test_added_question_that_exists_replaces_the_answer(admin_client, keratin):
    data = {"question": "do you offer keratin treatments", "answer": "No", "phrasings": "", "conflict": "replace"}

    posted(admin_client, reverse("admin:knowledge_learnedanswer_add"), data)

    keratin.refresh_from_db()
    assert keratin.replaced_by.answer == "No"


def test_corrected_answer_is_told_at_once_and_stands_in_the_history(admin_client, admin_user, keratin):
    posted(admin_client, change_url(keratin), form_of(keratin, answer="Yes, from $160"))

    assert find_answers(KERATIN).best.answer == "Yes, from $160"
    assert LogEntry.objects.filter(object_id=str(keratin.pk), user=admin_user).count() == 1


def test_question_of_another_answer_is_refused_with_words(admin_client, keratin):
    response = admin_client.post(change_url(keratin), form_of(keratin, question="Where can I park?"))

    assert "Another answer already has this question" in response.content.decode()


def test_too_long_an_answer_is_refused_with_words(admin_client, keratin):
    response = admin_client.post(change_url(keratin), form_of(keratin, answer="y" * 1001))

    assert "at most 1000 characters" in response.content.decode()


def test_answer_holds_until_the_moment_that_was_set(admin_client, keratin):
    posted(admin_client, change_url(keratin), form_of(keratin, valid_until_0="2026-12-01", valid_until_1="12:00"))

    at = dt.datetime(2026, 12, 2, tzinfo=dt.UTC)
    assert f"learned:{keratin.pk}" not in [one.id for one in find_answers(KERATIN, at=at).candidates]
    assert find_answers(KERATIN, at=WEDNESDAY_AT_3).verdict == Verdict.SURE


def test_retire_button_and_action_take_answers_back(admin_client, keratin):
    other = learning.learn(question="Can you braid?", answer="Yes")

    posted(admin_client, reverse("admin:knowledge_learnedanswer_retire", args=[keratin.pk]), {})
    posted(admin_client, reverse(LIST), {"action": "retire_selected", "_selected_action": [str(other.pk)]})

    assert not LearnedAnswer.objects.active().filter(pk__in=[keratin.pk, other.pk]).exists()


def test_retired_answer_can_be_read_but_not_changed(admin_client, keratin):
    learning.retire(keratin)

    assert admin_client.get(change_url(keratin)).status_code == 200
    assert admin_client.post(change_url(keratin), form_of(keratin, answer="No")).status_code == 403


def test_proposed_phrasing_is_approved_or_dropped(admin_client, keratin):
    first = learning.propose_phrasing(keratin.pk, "smooth my hair", source="a caller's yes")
    second = learning.propose_phrasing(keratin.pk, "flat hair", source="a caller's yes")
    page = admin_client.get(change_url(keratin)).content.decode()

    posted(admin_client, reverse("admin:knowledge_phrasing_approve", args=[first.pk]), {})
    posted(admin_client, reverse("admin:knowledge_phrasing_drop", args=[second.pk]), {})

    assert "smooth my hair" in page
    assert "proposed, a caller" in page
    assert set(keratin.phrasings.approved().values_list("text", flat=True)) == {KERATIN, "smooth my hair"}
    assert not Phrasing.objects.filter(pk=second.pk).exists()


def test_another_way_of_asking_is_added_and_an_empty_one_refused(admin_client, keratin):
    url = reverse("admin:knowledge_learnedanswer_phrase", args=[keratin.pk])

    posted(admin_client, url, {"text": "smooth my hair"})
    refused = admin_client.post(url, {"text": "  "}, follow=True)

    assert find_answers("smooth my hair").verdict == Verdict.SURE
    assert "Write the question first." in refused.content.decode()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (
            "where can I park?",
            ["Sure: she answers", "It is a wording that she was taught.", "behind the salon", "1.00"],
        ),
        ("is there parking nearby", ["Unsure: she asks back", "Do you mean: Where can I park?"]),
        (KERATIN, ["Unknown: she asks you", "Nothing she knows mentions &quot;keratin&quot;."]),
        ("<script>alert(1)</script>", ["Unknown: she asks you", "&lt;script&gt;"]),
    ],
)
def test_what_would_she_say_shows_verdict_reason_and_candidates(admin_client, glow, question, words):
    page = admin_client.get(reverse("admin:knowledge_learnedanswer_try"), {"q": question}).content.decode()

    assert [word for word in words if word not in page] == []
    assert "<script>alert" not in page


def test_what_would_she_say_is_linked_from_the_list_and_asks_nothing_when_empty(admin_client, glow):
    address = reverse("admin:knowledge_learnedanswer_try")

    assert address in admin_client.get(reverse(LIST)).content.decode()
    assert "What she would do" not in admin_client.get(address).content.decode()


def test_pages_keep_to_the_content_security_policy(admin_client, keratin):
    for url in (reverse(LIST), change_url(keratin), reverse("admin:knowledge_learnedanswer_try") + "?q=hair"):
        page = admin_client.get(url).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert "onclick=" not in page


def test_reader_reads_and_changes_nothing(reader_client, keratin):
    phrasing = keratin.phrasings.get()
    pages = [reverse(LIST), change_url(keratin), reverse("admin:knowledge_learnedanswer_try") + "?q=hair"]
    changes = [
        reverse("admin:knowledge_learnedanswer_retire", args=[keratin.pk]),
        reverse("admin:knowledge_learnedanswer_phrase", args=[keratin.pk]),
        reverse("admin:knowledge_phrasing_approve", args=[phrasing.pk]),
        reverse("admin:knowledge_phrasing_drop", args=[phrasing.pk]),
        change_url(keratin),
    ]

    assert [reader_client.get(url).status_code for url in pages] == [200] * 3
    assert [reader_client.post(url, {"text": "x"}).status_code for url in changes] == [403] * 5


def test_staff_without_permission_and_strangers_see_nothing(client, keratin, django_user_model):
    urls = [reverse(LIST), change_url(keratin), reverse("admin:knowledge_learnedanswer_try") + "?q=hair"]

    anonymous = [client.get(url).status_code for url in urls]
    client.force_login(django_user_model.objects.create_user("new", is_staff=True))

    assert anonymous == [302] * 3
    assert [client.get(url).status_code for url in urls] == [403] * 3


def test_changes_are_made_by_posting_only(admin_client, keratin):
    assert admin_client.get(reverse("admin:knowledge_learnedanswer_retire", args=[keratin.pk])).status_code == 405


@pytest.mark.parametrize("pk", ["00000000-0000-0000-0000-000000000000"])
def test_answer_that_does_not_exist_is_not_found(admin_client, glow, pk):
    assert admin_client.post(reverse("admin:knowledge_learnedanswer_retire", args=[pk])).status_code == 404
    assert admin_client.get(reverse("admin:knowledge_learnedanswer_change", args=[pk])).status_code == 302
