"""The answer page: what a supervisor sends, and what becomes of it."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from knowledge import learning
from knowledge.models import LearnedAnswer
from knowledge.search import write_missing_vectors
from supervision import calls, lifecycle, recipients
from supervision.models import Caller, HelpRequest, Message

ANSWER = {"answer": "Yes, from $150.", "scope": "everyone", "holds": "always", "learned_question": ""}


@pytest.fixture
def page_of(desk):
    """`page_of(request)` reads the answer page, `page_of(request, **form)` sends the form; `at` is the verb."""

    def page_of(request, verb="answer", **form):
        address = reverse(f"admin:supervision_helprequest_{verb}", args=[request.pk])
        return desk.post(address, form) if form or verb != "answer" else desk.get(address)

    return page_of


def text_of(response):
    return response.content.decode()


def test_an_answer_closes_teaches_and_leads_back_to_the_desk(page_of, ask, sue):
    request = ask()

    response = page_of(request, **ANSWER)

    request.refresh_from_db()
    message = request.messages.get()
    assert response.headers["Location"] == f"{reverse('admin:index')}?sent={message.pk}"
    assert (request.status, request.responded_by) == ("resolved", sue)
    assert message.state == Message.State.QUEUED
    assert LearnedAnswer.objects.get().answer == "Yes, from $150."


def test_for_this_caller_only_teaches_nothing(page_of, ask):
    request = ask()

    page_of(request, **ANSWER | {"scope": "caller"})

    assert request.messages.exists()
    assert not LearnedAnswer.objects.exists()


def test_she_learns_it_under_the_edited_question(page_of, ask):
    page_of(ask("keratin thing, how much"), **ANSWER | {"learned_question": "How much is a keratin treatment?"})

    assert LearnedAnswer.objects.get().question == "How much is a keratin treatment?"


def test_until_a_date_means_to_the_end_of_that_day_in_the_salon(page_of, ask, salon):
    day = timezone.now().astimezone(salon.zone).date() + timedelta(days=3)

    page_of(ask(), **ANSWER | {"holds": "until", "until": day.isoformat()})

    until = LearnedAnswer.objects.get().valid_until
    assert until == datetime.combine(day + timedelta(days=1), datetime.min.time(), salon.zone)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"answer": "  "}, "Write the answer first."),
        ({"answer": "a" * 1001}, "An answer may have 1000 characters; this one has 1001."),
        ({"holds": "until"}, "Choose the last day on which this holds."),
        ({"holds": "until", "until": "2020-01-01"}, "That day is over."),
    ],
)
def test_what_cannot_be_sent_is_said_and_what_was_typed_is_kept(page_of, ask, form, words):
    request = ask()

    response = page_of(request, **ANSWER | {"learned_question": "What was typed before?"} | form)

    request.refresh_from_db()
    assert response.status_code == 422
    assert words in text_of(response)
    assert "What was typed before?" in text_of(response)
    assert request.status == "pending"


def test_a_line_end_counts_as_one_character_as_the_page_counts_it(page_of, ask):
    request = ask(phone="")

    page_of(request, **ANSWER | {"answer": "a\r\n" * 500})

    request.refresh_from_db()
    assert request.status == "resolved"


def test_the_loser_of_a_race_keeps_his_text_and_sees_who_won(page_of, ask, tom):
    request = ask()
    lifecycle.resolve(request, answer="Yes, from $140.", by=tom)

    response = page_of(request, **ANSWER)

    page = text_of(response)
    assert response.status_code == 409
    assert "tom answered 1 second before you." in page
    assert "Yes, from $140." in page
    assert "Yes, from $150." in page
    assert 'id="send"' not in page
    assert request.messages.count() == 1


def test_told_by_phone_keeps_the_answer_and_sends_nothing(page_of, ask):
    request = ask()

    page_of(request, **ANSWER | {"told": "1"})

    request.refresh_from_db()
    assert request.closed_because == "told_by_phone"
    assert not request.messages.exists()
    assert LearnedAnswer.objects.exists()


@pytest.mark.parametrize("because", ["left", "nonsense", "withdrawn"])
def test_a_request_may_be_left_with_a_reason(page_of, ask, because):
    request = ask()

    page_of(request, "leave", because=because)

    request.refresh_from_db()
    assert (request.status, request.closed_because) == ("unresolved", because)


@pytest.mark.parametrize("because", ["", "timed_out", "answered"])
def test_a_request_is_not_left_for_a_reason_that_is_not_a_persons(page_of, ask, because):
    request = ask()

    page_of(request, "leave", because=because)

    request.refresh_from_db()
    assert request.status == "pending"


def test_leaving_what_was_answered_changes_nothing(page_of, ask, tom):
    request = lifecycle.resolve(ask(), answer="Yes.", by=tom)

    page_of(request, "leave", because="left")

    request.refresh_from_db()
    assert request.status == "resolved"


def test_an_unresolved_request_can_be_answered_on_the_same_page(page_of, ask):
    request = ask()
    lifecycle.expire_overdue(at=request.expires_at)

    assert "unanswered" in text_of(page_of(request))
    page_of(request, **ANSWER)

    request.refresh_from_db()
    assert request.status == "resolved"


def test_undo_brings_the_request_back_with_its_text(page_of, desk, ask):
    request = ask()
    page_of(request, **ANSWER)

    response = page_of(request, "undo")

    request.refresh_from_db()
    assert request.status == "pending"
    assert request.messages.get().cancelled_because == "undone"
    assert not LearnedAnswer.objects.active().exists()
    assert "Yes, from $150." in text_of(desk.get(response.headers["Location"]))


def test_undo_after_the_text_has_left_says_that_it_is_too_late(page_of, desk, ask):
    request = ask()
    page_of(request, **ANSWER)
    request.messages.update(state=Message.State.SENT)

    response = page_of(request, "undo")

    request.refresh_from_db()
    assert request.status == "resolved"
    assert "too late" in text_of(desk.get(response.headers["Location"]))


def test_the_toast_offers_undo_only_while_the_text_waits(page_of, desk, ask):
    request = ask()
    to_desk = page_of(request, **ANSWER).headers["Location"]

    assert 'id="undo"' in text_of(desk.get(to_desk))

    request.messages.update(state=Message.State.SENT)
    assert 'id="toast"' not in text_of(desk.get(to_desk))


def test_the_toast_is_not_for_others(page_of, ask, client, django_user_model):
    to_desk = page_of(ask(), **ANSWER).headers["Location"]
    client.force_login(
        django_user_model.objects.create_superuser("ann", password="-"), "django.contrib.auth.backends.ModelBackend"
    )

    assert 'id="toast"' not in text_of(client.get(to_desk))


def test_a_claim_is_shown_to_the_others_and_can_be_released(page_of, ask, sue, tom):
    request = ask()
    page_of(request, "claim")

    request.refresh_from_db()
    assert request.claimed_by == sue
    assert "You are answering this." in text_of(page_of(request))

    page_of(request, "release")
    request.refresh_from_db()
    assert request.claimed_by is None

    lifecycle.claim(request, by=tom)
    assert "tom is answering this." in text_of(page_of(request))


@pytest.mark.parametrize("verb", ["claim", "release", "leave", "undo"])
def test_verbs_are_never_done_by_reading(desk, ask, verb):
    request = ask()

    response = desk.get(reverse(f"admin:supervision_helprequest_{verb}", args=[request.pk]))

    assert response.status_code == 405


def test_what_will_happen_is_said_before_sending(page_of, ask):
    assert "A text goes to +1 ••• 71" in text_of(page_of(ask()))
    assert "The caller cannot be texted: no number." in text_of(page_of(ask("Is there parking?", phone="")))


def test_a_caller_who_listens_hears_it_now(page_of, ask):
    request = ask()
    calls.see(request.call)
    calls.take(request.call, holder="agent")

    assert "The caller hears it now" in text_of(page_of(request))


def test_the_page_says_when_quiet_hours_delay_the_text(page_of, ask, salon, settings):
    hour = salon.now().hour
    settings.QUIET_HOURS = ((hour - 1) % 24, (hour + 2) % 24)
    request = ask()
    HelpRequest.objects.filter(pk=request.pk).update(practice=False)

    page = text_of(page_of(request))

    assert "when the quiet hours end" in page


def test_who_has_opted_out_is_said(page_of, ask):
    Caller.objects.create(phone="+14155552671", opted_out_at=timezone.now())

    assert "opted out of texts" in text_of(page_of(ask()))


def test_the_page_shows_the_conversation_and_marks_the_question(page_of, ask):
    request = ask("Do you offer keratin treatments?", said="Hi! Do you offer keratin treatments?")
    calls.record_utterance(request.call, speaker="receptionist", text="I will check with my supervisor.")

    page = text_of(page_of(request))

    assert f'class="turn marked" data-key="{request.utterance_id}"' in page
    assert "I will check with my supervisor." in page


def test_the_page_shows_the_callers_other_questions_and_nobody_elses(page_of, ask):
    request = ask()
    ask("Is there parking?")
    ask("Do you sell shampoo?", phone="+14155552672")

    page = text_of(page_of(request)).split("other questions")[1]

    assert "Is there parking?" in page
    assert "Do you sell shampoo?" not in page


def test_the_nearest_known_answers_are_offered_as_drafts(page_of, ask, glow):
    page = text_of(page_of(ask("is there any parking near you")))

    assert page.count("Use as draft") == 3
    assert "data-draft=" in page


def test_nearest_answers_are_left_out_before_a_salon_is_loaded(page_of, ask, salon):
    request = ask()
    salon.delete()

    assert page_of(request).status_code == 200


def test_next_and_previous_follow_the_promises(page_of, ask):
    first, second, third = ask("Is there parking?"), ask(), ask("Do you sell shampoo?")

    response = page_of(second)

    assert response.context["previous"] == first
    assert response.context["next"] == third


def test_a_request_that_is_not_there_is_404(desk, salon):
    address = reverse("admin:supervision_helprequest_answer", args=["00000000-0000-4000-8000-000000000000"])

    assert desk.get(address).status_code == 404


def test_the_change_page_leads_to_the_answer_page(desk, ask):
    request = ask()

    response = desk.get(reverse("admin:supervision_helprequest_change", args=[request.pk]))

    assert response.headers["Location"] == reverse("admin:supervision_helprequest_answer", args=[request.pk])


def test_an_answer_that_was_sent_is_corrected_by_a_second_text(page_of, desk, ask, sue):
    request = lifecycle.resolve(ask(), answer="Yes, from $140.", by=sue)
    request.messages.update(state=Message.State.SENT)
    address = reverse("admin:supervision_helprequest_answer", args=[request.pk])

    page = text_of(desk.get(f"{address}?correct"))
    desk.post(address, ANSWER | {"correct": "1"})

    request.refresh_from_db()
    assert "Yes, from $140." in page.split("<textarea")[1]
    assert request.supervisor_response == "Yes, from $150."
    assert sorted(request.messages.values_list("purpose", flat=True)) == ["answer", "correction"]
    assert LearnedAnswer.objects.active().get().answer == "Yes, from $150."


def test_the_loser_of_a_race_may_send_a_correction(page_of, ask, tom):
    request = ask()
    lifecycle.resolve(request, answer="Yes, from $140.", by=tom)
    lost = page_of(request, **ANSWER)

    assert "Send mine as a correction" in text_of(lost)
    page_of(request, **ANSWER, correct="1")

    request.refresh_from_db()
    assert request.supervisor_response == "Yes, from $150."


def test_what_waits_for_an_answer_is_not_corrected(page_of, ask):
    request = ask()

    response = page_of(request, **ANSWER, correct="1")

    request.refresh_from_db()
    assert response.status_code == 409
    assert request.status == "pending"


@pytest.mark.parametrize("until", ["9999-12-31", "20226-01-01", "0001-01-01"])
def test_a_slip_in_the_year_is_said_and_changes_nothing(page_of, ask, until):
    request = ask()

    response = page_of(request, **ANSWER | {"holds": "until", "until": until})

    request.refresh_from_db()
    assert response.status_code == 422
    assert request.status == "pending"
    assert "Yes, from $150." in text_of(response)


@pytest.mark.parametrize("answer", ["\u200b\u200b", " \u2060\n\u00a0", "\u202e", "\ufeff"])
def test_an_answer_that_nobody_can_see_is_none(page_of, ask, answer):
    response = page_of(ask(), **ANSWER | {"answer": answer})

    assert response.status_code == 422
    assert "Write the answer first." in text_of(response)


@pytest.mark.parametrize("answer", ["👍", "نعم", "❤️", "1"])
def test_an_answer_may_be_as_short_as_one_sign(page_of, ask, answer):
    assert page_of(ask(), **ANSWER | {"answer": answer}).status_code == 302


def test_pressing_twice_sends_once_and_says_the_same(page_of, ask):
    request = ask()

    first, second = page_of(request, **ANSWER), page_of(request, **ANSWER)

    assert first.headers["Location"] == second.headers["Location"]
    assert request.messages.count() == 1


def test_another_answer_from_the_same_hand_is_kept_and_not_called_a_colleagues(page_of, ask):
    request = ask()
    page_of(request, **ANSWER)

    lost = page_of(request, **ANSWER | {"answer": "No, sorry."})

    assert lost.status_code == 409
    assert "You answered this" in text_of(lost)
    assert "before you" not in text_of(lost)
    assert "No, sorry." in text_of(lost)


def test_a_correction_pressed_twice_is_sent_once(page_of, ask, sue):
    request = lifecycle.resolve(ask(), answer="Yes, from $140.", by=sue)
    request.messages.update(state=Message.State.SENT)

    page_of(request, **ANSWER, correct="1")
    again = page_of(request, **ANSWER, correct="1")

    assert again.status_code == 302
    assert sorted(request.messages.values_list("purpose", flat=True)) == ["answer", "correction"]


def test_two_who_correct_at_once_do_not_overwrite_each_other(page_of, ask, sue, tom):
    request = lifecycle.resolve(ask(), answer="Yes, from $140.", by=sue)
    request.messages.update(state=Message.State.SENT)
    lifecycle.correct(request, answer="Yes, from $145.", by=tom)

    lost = page_of(request, **ANSWER, correct="1")

    request.refresh_from_db()
    assert lost.status_code == 409
    assert request.supervisor_response == "Yes, from $145."
    assert "Yes, from $150." in text_of(lost)
    assert 'name="correct" value="2"' in text_of(lost)


def test_who_left_no_number_is_not_to_be_rung(page_of, desk, ask):
    sent = page_of(ask(phone=""), **ANSWER)

    toast = text_of(desk.get(sent.headers["Location"])).split('id="toast"')[1].split("</div>")[0]

    assert "they hear it when they call and ask again" in toast
    assert "tell them by phone" not in toast


def test_who_has_opted_out_is_promised_no_text_before_sending_either(desk, ask):
    request = ask()
    recipients.opt_out(request.caller)

    page = text_of(desk.get(reverse("admin:supervision_helprequest_answer", args=[request.pk])))

    assert "The caller cannot be texted: opted out of texts." in page
    assert "A text goes to" not in page
    assert "Teach her" in page
    assert "cannot be texted" in text_of(desk.get(reverse("admin:index")))


def test_an_answer_to_an_earlier_round_is_kept_and_not_sent(page_of, ask, sue, tom):
    request = lifecycle.resolve(ask(), answer="Yes, from $140.", by=tom)
    lifecycle.reopen(request, by=tom)

    response = page_of(request, **ANSWER | {"round": "1"})

    request.refresh_from_db()
    assert response.status_code == 409
    assert request.status == "pending"
    assert "It was answered and asked again since you wrote this." in text_of(response)
    assert "Yes, from $150." in text_of(response)

    assert page_of(request, **ANSWER | {"round": "2"}).status_code == 302


def test_near_answers_are_put_together_into_a_draft(page_of, ask):
    learning.learn(question="Do you do gel nails?", answer="Yes, gel nails are $45.")
    learning.learn(question="Do you do acrylic nails?", answer="Yes, acrylic nails are $60.")
    write_missing_vectors(100)

    page = text_of(page_of(ask("Do you do gel nails or acrylic nails?")))

    assert "Put together from these" in page
    assert 'data-draft="Gel nails are $45. Acrylic nails are $60."' in page or (
        'data-draft="Acrylic nails are $60. Gel nails are $45."' in page
    )
