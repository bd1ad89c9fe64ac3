"""Asking: one question of one caller is one help request, with a promise that is a row."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from supervision import calls, lifecycle
from supervision.models import Call, Caller, Consent, Event, HelpRequest, Promise

from .conftest import NOON, PHONE

KERATIN = "Do you offer keratin treatments?"


def test_request_carries_the_number_the_promise_and_the_deadlines(call):
    asked = lifecycle.request_help(KERATIN, call=call, at=NOON)

    assert (asked.status, asked.customer_phone, asked.practice) == (HelpRequest.Status.PENDING, PHONE, True)
    assert asked.promised_by == NOON + timedelta(hours=2)
    assert asked.expires_at == NOON + timedelta(hours=24)
    promise = asked.promises.get()
    assert (promise.kind, promise.state, promise.due_at) == (Promise.Kind.TEXT, Promise.State.MADE, asked.promised_by)


def test_expiry_leaves_time_after_the_promise(call, settings):
    settings.HELP_REQUEST_TIMEOUT, settings.ANSWER_PROMISE = timedelta(hours=1), timedelta(hours=2)

    asked = lifecycle.request_help(KERATIN, call=call, at=NOON)

    assert asked.expires_at == NOON + timedelta(hours=3)


def test_short_timeout_expires_on_time(call, settings):
    settings.HELP_REQUEST_TIMEOUT, settings.ANSWER_PROMISE = timedelta(seconds=30), timedelta(seconds=10)

    asked = lifecycle.request_help(KERATIN, call=call, at=NOON)

    assert asked.expires_at == NOON + timedelta(seconds=30)


def test_same_question_of_the_same_caller_is_the_same_request(asked, call):
    again = calls.open_call(channel=Call.Channel.PRACTICE, phone=PHONE, at=NOON)

    same = lifecycle.request_help("  do you offer KERATIN treatments", call=again, at=NOON)

    assert same == asked
    assert list(same.calls.all()) == [again]
    assert Event.objects.filter(kind="asked").count() == 1


def test_same_question_of_another_caller_is_another_request(asked):
    other = calls.open_call(channel=Call.Channel.PRACTICE, phone="+14155550123", at=NOON)

    assert lifecycle.request_help(KERATIN, call=other, at=NOON) != asked


def test_same_question_in_one_nameless_call_is_the_same_request(nameless_call):
    first = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)

    assert lifecycle.request_help(KERATIN, call=nameless_call, at=NOON) == first
    other = calls.open_call(channel=Call.Channel.PRACTICE, at=NOON)
    assert lifecycle.request_help(KERATIN, call=other, at=NOON) != first


def test_question_asked_again_after_the_answer_is_a_new_request(asked, call, sue):
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    assert lifecycle.request_help(KERATIN, call=call, at=NOON) != asked


def test_without_a_number_nothing_but_knowing_it_next_time_is_promised(nameless_call):
    asked = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)

    assert asked.customer_phone == ""
    assert asked.promises.get().kind == Promise.Kind.NONE


def test_caller_who_opted_out_is_not_promised_a_text(call):
    Caller.objects.update(opted_out_at=NOON)

    assert lifecycle.request_help(KERATIN, call=call, at=NOON).customer_phone == ""


def test_card_number_is_not_stored(call):
    asked = lifecycle.request_help("Can I pay with 4111 1111 1111 1111?", call=call, at=NOON)

    assert asked.question == "Can I pay with [number not kept]?"


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", "x" * 4001, "<b>x</b>" * 8192])
def test_empty_and_enormous_questions_are_refused_with_words(call, text):
    with pytest.raises(ValidationError, match=r"Say something|too long"):
        lifecycle.request_help(text, call=call, at=NOON)

    assert not HelpRequest.objects.exists()


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "\u202eshalom שלום", "💅🏽 nails?", "Haben Sie Öffnungszeiten? 日本語", "a\x00b"],
)
def test_any_language_and_markup_is_kept_as_it_was_said(call, text):
    asked = lifecycle.request_help(text, call=call, at=NOON)

    asked.refresh_from_db()
    assert asked.question == text.replace("\x00", "")


def test_wording_may_change_until_the_promise_is_heard(asked):
    changed = lifecycle.change_wording(asked, "Do you offer keratin for short hair?", at=NOON)

    assert changed.question == "Do you offer keratin for short hair?"
    assert changed.question_key != asked.question_key
    Promise.objects.update(state=Promise.State.HEARD)
    with pytest.raises(lifecycle.TooLate):
        lifecycle.change_wording(asked, KERATIN, at=NOON)


def test_wording_of_a_claimed_request_stays(asked, sue):
    lifecycle.claim(asked, by=sue, at=NOON)

    with pytest.raises(lifecycle.TooLate):
        lifecycle.change_wording(asked, "Something else?", at=NOON)
    assert lifecycle.change_wording(asked, "Something else?", at=NOON + timedelta(minutes=11)).question


def test_wording_of_a_closed_request_stays(asked, sue):
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    with pytest.raises(lifecycle.AlreadyClosed):
        lifecycle.change_wording(asked, "Something else?", at=NOON)


def test_wording_that_he_has_asked_already_is_refused(asked, call):
    other = lifecycle.request_help("Do you offer nail art?", call=call, at=NOON)

    with pytest.raises(lifecycle.TooLate):
        lifecycle.change_wording(other, KERATIN, at=NOON)


def test_number_given_serves_every_question_of_the_call(nameless_call):
    first = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)
    second = lifecycle.request_help("Do you offer nail art?", call=nameless_call, at=NOON)

    given = lifecycle.give_number(first, "(415) 555-2671", words="yes, text me", call=nameless_call, at=NOON)

    second.refresh_from_db()
    assert given.customer_phone == second.customer_phone == PHONE
    assert set(Promise.objects.values_list("kind", flat=True)) == {Promise.Kind.TEXT}
    assert Consent.objects.get().words == "yes, text me"


def test_number_said_in_a_call_is_a_recipient_and_no_identity(asked, nameless_call):
    nameless = lifecycle.request_help("Nail art?", call=nameless_call, at=NOON)

    given = lifecycle.give_number(nameless, PHONE, words="yes", call=nameless_call, at=NOON)
    same = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)

    nameless_call.refresh_from_db()
    assert nameless_call.caller is given.caller is None
    assert same != asked
    assert same.customer_phone == PHONE


def test_number_given_later_is_not_for_what_it_was_refused_for(nameless_call):
    refused = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)
    said = calls.record_utterance(
        nameless_call, speaker="receptionist", text="Please call again.", promise=refused.promises.get(), at=NOON
    )
    calls.record_confirmation(said, at=NOON)
    later = lifecycle.request_help("Nail art?", call=nameless_call, at=NOON + timedelta(minutes=1))

    lifecycle.give_number(later, PHONE, words="yes", call=nameless_call, at=NOON + timedelta(minutes=1))

    refused.refresh_from_db()
    assert refused.customer_phone == ""
    assert refused.promises.get().kind == Promise.Kind.NONE


def test_one_other_number_in_each_call(nameless_call):
    asked = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)
    lifecycle.give_number(asked, PHONE, words="yes", call=nameless_call, at=NOON)

    with pytest.raises(ValidationError, match="can't send texts to that number"):
        lifecycle.give_number(asked, "+14155552672", words="yes", call=nameless_call, at=NOON)

    assert lifecycle.give_number(asked, PHONE, words="yes", call=nameless_call, at=NOON).customer_phone == PHONE


def test_opting_out_in_a_call_stops_every_number_that_was_given_in_it(call, nameless_call):
    own = lifecycle.request_help(KERATIN, call=call, at=NOON)
    given = lifecycle.give_number(own, "+14155552672", words="and to this one", call=call, at=NOON)

    assert lifecycle.opt_out_of(call, at=NOON) == 2
    assert lifecycle.opt_out_of(nameless_call, at=NOON) == 0

    assert given.promises.get().kind == Promise.Kind.NONE
    assert not Consent.objects.filter(withdrawn_at=None).exists()
    assert Caller.objects.opted_out().count() == 2


def test_more_questions_than_a_call_may_ask_are_refused_in_words(call, settings):
    settings.HELP_REQUESTS_PER_CALL = 2
    for question in (KERATIN, "Nail art?"):
        lifecycle.request_help(question, call=call, at=NOON)

    with pytest.raises(ValidationError, match="in one call"):
        lifecycle.request_help("Anything else?", call=call, at=NOON)

    assert lifecycle.request_help(KERATIN, call=call, at=NOON)
    assert lifecycle.raise_alarm("I can't breathe", call=call, at=NOON)


def test_an_emergency_is_urgent_and_sounds_each_time(call):
    first = lifecycle.raise_alarm("I can't breathe", call=call, at=NOON)
    again = lifecycle.raise_alarm("help, call 911", call=call, at=NOON)

    assert first == again
    assert HelpRequest.objects.get().priority == HelpRequest.Priority.URGENT
    assert Event.objects.filter(topic="desk", kind="emergency").count() == 2


@pytest.mark.parametrize(
    "phone", ["123", "my number", "", "+442079460958", "+18005551234", "9" * 65536, "+1 242 555 1234"]
)
def test_number_that_cannot_be_texted_is_refused_with_words(nameless_call, phone):
    asked = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)

    with pytest.raises(ValidationError) as refused:
        lifecycle.give_number(asked, phone, words="yes", call=nameless_call, at=NOON)

    assert str(refused.value.messages[0]).endswith((".", "?"))
    assert not Caller.objects.exists()


def test_number_of_somebody_who_opted_out_is_refused(nameless_call, call):
    lifecycle.opt_out(call.caller, at=NOON)
    asked = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)

    with pytest.raises(ValidationError, match="can't send texts to that number"):
        lifecycle.give_number(asked, PHONE, words="yes", call=nameless_call, at=NOON)


def test_number_under_which_the_same_was_asked_keeps_both_requests(asked, nameless_call):
    nameless = lifecycle.request_help(KERATIN, call=nameless_call, at=NOON)

    given = lifecycle.give_number(nameless, PHONE, words="yes", call=nameless_call, at=NOON)

    assert given.customer_phone == PHONE
    assert given.status == asked.status == HelpRequest.Status.PENDING
