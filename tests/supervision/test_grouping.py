"""One answer for all who wait for it: proposed by likeness, decided by a supervisor."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from knowledge.models import LearnedAnswer, Phrasing
from knowledge.search import Verdict, find_answers
from supervision import calls, grouping, lifecycle, outbox, reports
from supervision.delivery import NotDelivered
from supervision.delivery.memory import MemoryBackend
from supervision.models import HelpRequest, Message, Promise

WORDINGS = ("Do you offer keratin treatments?", "Is keratin treatment something you have?", "do you do keratin")
PHONES = ("+14155552671", "+14155552672", "+14155552673")
ANSWER = {"answer": "Yes, from $150.", "scope": "everyone", "holds": "always", "learned_question": ""}


@pytest.fixture
def three(ask):
    """The same question of three callers, in their own words."""
    return [ask(words, phone=phone) for words, phone in zip(WORDINGS, PHONES, strict=True)]


@pytest.fixture
def page_of(desk):
    def page_of(request, **form):
        address = reverse("admin:supervision_helprequest_answer", args=[request.pk])
        return desk.post(address, form, follow=True) if form else desk.get(address)

    return page_of


def pks(requests):
    return [str(one.pk) for one in requests]


def text_of(response):
    return response.content.decode()


def real(request):
    """As if it had come by telephone: practice belongs to itself."""
    HelpRequest.objects.filter(pk=request.pk).update(practice=False)
    request.refresh_from_db()
    return request


def test_the_desk_shows_them_as_one_with_every_wording_and_their_number(desk, three, ask):
    ask("Do you offer balayage treatments?", phone="+14155552674")

    page = desk.get(reverse("admin:index"))

    assert [len(row.together) for row in page.context["waiting"]] == [2, 0]
    assert "2 more ask the same" in text_of(page)
    assert all(words in text_of(page) for words in WORDINGS)
    assert page.context["waiting_count"] == 4


def test_an_open_desk_asks_the_database_no_more_for_a_group(desk, three, django_assert_max_num_queries):
    desk.get(reverse("admin:index"))
    with django_assert_max_num_queries(40) as with_group:
        desk.get(reverse("admin:index"))
    for row, words in zip(three, ("Do you cut wigs?", "Is there parking?", "Do you sell shampoo?"), strict=True):
        HelpRequest.objects.filter(pk=row.pk).update(question=words)

    with django_assert_max_num_queries(len(with_group)):
        desk.get(reverse("admin:index"))


def test_one_answer_resolves_the_chosen_ones_and_each_caller_gets_one_text_of_his_own(three, sue):
    done = grouping.answer(three[0], also=pks(three[1:]), answer="Yes, from $150.", by=sue)
    outbox.deliver_due(at=timezone.now() + timedelta(days=1))

    assert pks(done.merged) == pks(three[1:])
    assert [one.closed_because for one in (done.first, *done.merged)] == ["answered", "merged", "merged"]
    sent = {text.recipient: text.text for text in MemoryBackend.sent}
    assert sorted(sent) == list(PHONES)
    for phone, words in zip(PHONES, WORDINGS, strict=True):
        assert f'"{words}"' in sent[phone]
        assert not [other for other in WORDINGS if other != words and other in sent[phone]]


@pytest.mark.parametrize("arrives", [True, False])
def test_who_has_asked_twice_gets_the_answer_once_and_both_promises_end_as_one(ask, sue, arrives):
    twice = [ask(words, phone=PHONES[0]) for words in WORDINGS[:2]]
    answered = grouping.answer(twice[0], also=pks(twice), by=sue, answer="Yes, from $150.")
    due = max(Message.objects.values_list("release_at", flat=True))

    outbox.deliver_due(at=due)

    assert [one.status for one in (answered.first, *answered.merged)] == [HelpRequest.Status.RESOLVED] * 2
    [text] = MemoryBackend.sent
    assert text.text == Message.objects.earliest("id").text
    assert text.text.count("Yes, from $150.") == 1
    carrier = Message.objects.get(rides_with=None)
    status = "delivered" if arrives else "undelivered"
    reports.note(carrier.pk, provider_id=carrier.provider_id, status=status)
    kept = Promise.State.KEPT if arrives else Promise.State.BROKEN
    assert [promise.state for promise in Promise.objects.all()] == [kept] * 2


def test_who_has_asked_twice_gets_it_once_also_where_it_is_found_at_the_provider(ask, sue, monkeypatch):
    twice = [ask(words, phone=PHONES[0]) for words in WORDINGS[:2]]
    grouping.answer(twice[0], also=pks(twice), by=sue, answer="Yes, from $150.")
    due = max(Message.objects.values_list("release_at", flat=True))
    send = MemoryBackend.send

    def lose(self, message):
        send(self, message)
        raise NotDelivered("cut", NotDelivered.UNKNOWN)

    monkeypatch.setattr(MemoryBackend, "send", lose)
    outbox.deliver_due(at=due)
    outbox.reconcile(at=due + timedelta(minutes=5))

    assert {message.state for message in Message.objects.all()} == {Message.State.SENT}
    assert len(MemoryBackend.sent) == 1


def test_undone_for_one_of_two_the_other_is_told_whole(ask, sue):
    twice = [ask(words, phone=PHONES[0]) for words in WORDINGS[:2]]
    grouping.answer(twice[0], also=pks(twice), by=sue, answer="Yes, from $150.")
    second = Message.objects.latest("id")

    lifecycle.undo(twice[0], by=sue)
    outbox.deliver_due(at=second.release_at)

    assert [text.text for text in MemoryBackend.sent] == [second.text]


def test_the_same_words_for_two_questions_are_told_for_each(ask, sue):
    asked = [ask("Are dogs allowed?", phone=PHONES[0]), ask("Do you do nail art?", phone=PHONES[0])]
    for one in asked:
        lifecycle.resolve(one, answer="Yes.", by=sue)

    outbox.deliver_due(at=max(Message.objects.values_list("release_at", flat=True)))

    [text] = MemoryBackend.sent
    assert text.text.count("Yes.") == 2


def test_every_wording_leads_to_the_one_learned_answer_at_once(three, sue):
    grouping.answer(three[0], also=pks(three[1:]), answer="Yes, from $150.", by=sue)

    learned = LearnedAnswer.objects.get()
    approved = learned.phrasings.filter(state=Phrasing.State.APPROVED)
    assert sorted(approved.values_list("text", flat=True)) == sorted(WORDINGS)
    for words in WORDINGS:
        found = find_answers(words)
        assert (found.verdict, found.candidates[0].answer) == (Verdict.SURE, "Yes, from $150.")


def test_who_was_not_chosen_waits_on(three, sue):
    grouping.answer(three[0], also=pks(three[1:2]), answer="Yes.", by=sue)

    three[2].refresh_from_db()
    assert (three[2].status, three[2].messages.count()) == ("pending", 0)


def test_what_a_colleague_has_answered_meanwhile_is_left_out_and_said_so(page_of, three, tom):
    tom.first_name = "Tom"
    tom.save()
    lifecycle.resolve(three[1], answer="No.", by=tom)

    page = page_of(three[0], **ANSWER, also=pks(three[1:]))

    three[1].refresh_from_db()
    assert three[1].supervisor_response == "No."
    assert f"{three[1].reference} was left out: it was closed by Tom meanwhile." in text_of(page)
    assert HelpRequest.objects.get(pk=three[2].pk).closed_because == "merged"


def test_what_was_taken_back_meanwhile_is_handed_to_nobody_else(three, sue):
    first = lifecycle.resolve(three[0], answer="Yes.", by=sue)
    lifecycle.undo(first, by=sue)

    with pytest.raises(lifecycle.TooLate):
        lifecycle.merge(three[1], into=first, by=sue)

    three[1].refresh_from_db()
    assert (three[1].status, three[1].messages.count()) == ("pending", 0)


def test_only_very_near_ones_are_ticked_and_none_that_a_colleague_has_taken(page_of, three, tom):
    page = page_of(three[0])
    assert [one.ticked for one in page.context["beside"]] == [True, False]

    lifecycle.claim(three[1], by=tom)

    assert [one.ticked for one in page_of(three[0]).context["beside"]] == [False, False]


def test_the_ticks_are_kept_when_the_answer_is_refused(page_of, three):
    page = page_of(three[0], **ANSWER | {"answer": "a" * 459}, also=pks(three[2:]))

    assert [(one.pk, one.ticked) for one in page.context["beside"]] == [(three[1].pk, False), (three[2].pk, True)]
    assert HelpRequest.objects.pending().count() == 3


@pytest.mark.parametrize("form", [{"scope": "caller"}, {"told": "1"}])
def test_what_is_for_one_caller_goes_to_nobody_else(page_of, three, form):
    page_of(three[0], **ANSWER | form, also=pks(three[1:]))

    assert HelpRequest.objects.pending().count() == 2
    assert set(Message.objects.values_list("help_request", flat=True)) <= {three[0].pk}


def test_an_answer_for_one_caller_is_shared_with_nobody(three, sue):
    first = lifecycle.resolve(three[0], answer="Yes, at your time.", by=sue, teach=False)

    with pytest.raises(ValidationError, match="cannot share"):
        lifecycle.merge(three[1], into=first, by=sue)


def test_practice_and_real_requests_are_never_together(three, sue):
    real(three[2])

    assert grouping.beside(three[2]) == []
    assert [len(row.together) for row in grouping.gather(three)] == [1, 0]
    done = grouping.answer(three[0], also=pks(three[1:]), answer="Yes.", by=sue)
    assert [one.pk for one, _ in done.left_out] == [three[2].pk]


def test_an_emergency_is_never_together_with_anything(salon, sue):
    words = "Somebody cannot breathe"
    one, other = (
        lifecycle.raise_alarm(words, call=calls.open_call(channel="practice", phone=phone)) for phone in PHONES[:2]
    )

    assert grouping.beside(one) == []
    assert [row.together for row in grouping.gather([one, other])] == [[], []]
    assert grouping.answer(one, also=[str(other.pk)], answer="Help is coming.", by=sue).merged == []


def test_undo_takes_back_all_that_have_not_left(three, sue):
    done = grouping.answer(three[0], also=pks(three[1:]), answer="Yes.", by=sue)

    undone = grouping.undo(done.first, by=sue)

    assert len(undone.taken_back) == 3
    assert HelpRequest.objects.pending().count() == 3
    assert not LearnedAnswer.objects.active().exists()
    outbox.deliver_due(at=timezone.now() + timedelta(days=1))
    assert MemoryBackend.sent == []


def test_undo_says_which_had_left(desk, three, sue):
    done = grouping.answer(three[0], also=pks(three[1:]), answer="Yes.", by=sue)
    Message.objects.filter(help_request=three[2]).update(state=Message.State.SENT)

    page = desk.post(reverse("admin:supervision_helprequest_undo", args=[done.first.pk]), follow=True)

    assert f"{three[2].reference}: too late, the answer has already left." in text_of(page)
    assert HelpRequest.objects.pending().count() == 2


def test_one_that_asks_again_takes_only_its_own_wording_back(three, sue):
    done = grouping.answer(three[0], also=pks(three[1:]), answer="Yes.", by=sue)

    lifecycle.reopen(done.merged[0], by=sue, reason="not what I asked")

    learned = LearnedAnswer.objects.get()
    assert learned.active
    assert sorted(learned.phrasings.values_list("text", flat=True)) == sorted([WORDINGS[0], WORDINGS[2]])


def test_who_was_merged_and_cannot_be_texted_hears_it_when_he_calls(ask, three, sue):
    nameless = ask(WORDINGS[1], phone="")
    promise = nameless.promises.get()

    grouping.answer(three[0], also=[str(nameless.pk)], answer="Yes.", by=sue)

    promise.refresh_from_db()
    assert promise.state == Promise.State.KEPT
    assert nameless.messages.get().cancelled_because == Message.CancelledBecause.UNREACHABLE


def test_a_key_that_is_none_changes_nothing(page_of, three):
    page_of(three[0], **ANSWER, also=["x", "", "' OR 1=1"])

    assert HelpRequest.objects.pending().count() == 2


def test_the_desk_says_how_many_others_get_it(page_of, three):
    page = page_of(three[0], **ANSWER, also=pks(three[1:]))

    assert "2 others who asked the same get it too." in text_of(page)


def test_a_correction_answers_every_wording_of_the_group(three, sue):
    done = grouping.answer(three[0], also=pks(three[1:]), answer="Yes, from $150.", by=sue)
    Message.objects.update(state=Message.State.SENT)

    lifecycle.correct(done.first, answer="Yes, from $180.", by=sue)

    for words in WORDINGS:
        found = find_answers(words)
        assert (found.verdict, found.candidates[0].answer) == (Verdict.SURE, "Yes, from $180.")


def test_one_of_a_group_that_is_corrected_leaves_the_others_their_answer(three, sue):
    done = grouping.answer(three[0], also=pks(three[1:]), answer="Yes, from $150.", by=sue)
    Message.objects.update(state=Message.State.SENT)

    lifecycle.correct(done.merged[1], answer="Not in summer.", by=sue)

    assert find_answers(WORDINGS[0]).candidates[0].answer == "Yes, from $150."
    assert find_answers(WORDINGS[1]).candidates[0].answer == "Yes, from $150."
    assert find_answers(WORDINGS[2]).candidates[0].answer == "Not in summer."


@pytest.mark.django_db(transaction=True)
def test_two_supervisors_who_answer_the_same_group_tell_each_caller_once(salon, ask, sue, tom):
    requests = [ask(WORDINGS[0], phone=f"+1415555267{digit}") for digit in range(6)]
    start, done = threading.Barrier(2), {}

    def decide(by, first, others):
        start.wait()
        try:
            done[by.username] = grouping.answer(first, also=pks(others), answer=f"{by.username} says yes.", by=by)
        except lifecycle.AlreadyClosed:  # the other had reached his first before he began
            done[by.username] = None
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(sue, requests[0], requests[1:])),
        threading.Thread(target=decide, args=(tom, requests[-1], requests[-2::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(done) == {"sue", "tom"}
    assert not HelpRequest.objects.pending().exists()
    for row in HelpRequest.objects.select_related("responded_by"):
        said = f"{row.responded_by.username} says yes."
        assert row.supervisor_response == said
        assert said in row.messages.get().text
    shared = sum(1 + len(one.merged) for one in done.values() if one)
    assert shared == len(requests)
