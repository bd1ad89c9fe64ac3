"""Answering, leaving, expiring, reopening: one transaction each, and the first to decide wins."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from knowledge.models import LearnedAnswer
from supervision import calls, lifecycle, messages, outbox
from supervision.models import Event, HelpRequest, Message, Promise

from .conftest import NOON, PHONE

Because = HelpRequest.ClosedBecause
State = Message.State


def test_answer_closes_teaches_and_queues_the_text_at_once(asked, sue):
    resolved = lifecycle.resolve(asked, answer=" Yes, from $150. ", by=sue, at=NOON)

    assert (resolved.status, resolved.closed_because) == (HelpRequest.Status.RESOLVED, Because.ANSWERED)
    assert (resolved.supervisor_response, resolved.responded_by, resolved.responded_at) == (
        "Yes, from $150.", sue, NOON,
    )  # fmt: skip
    assert (resolved.learned_answer.question, resolved.learned_answer.answer) == (asked.question, "Yes, from $150.")
    message = resolved.messages.get()
    assert (message.state, message.recipient, message.purpose) == (State.QUEUED, PHONE, Message.Purpose.ANSWER)
    assert message.release_at == NOON + timedelta(seconds=3)
    assert "Yes, from $150." in message.text
    assert "Glow Beauty Salon" in message.text
    assert Event.objects.filter(kind="resolved").count() == 1


def test_answer_for_this_caller_only_teaches_nothing(asked, sue):
    resolved = lifecycle.resolve(asked, answer="For you: yes.", by=sue, teach=False, at=NOON)

    assert resolved.scope == HelpRequest.Scope.CALLER
    assert resolved.learned_answer is None
    assert not LearnedAnswer.objects.exists()


def test_supervisor_may_edit_what_she_learns_and_until_when(asked, sue, after):
    resolved = lifecycle.resolve(
        asked, answer="Yes.", by=sue, learned_question="Do you do keratin?", valid_until=after(days=9), at=NOON
    )

    learned = resolved.learned_answer
    assert (learned.question, learned.valid_until) == ("Do you do keratin?", after(days=9))
    assert asked.question in learned.phrasings.values_list("text", flat=True)


def test_second_supervisor_is_told_that_the_request_is_closed(asked, sue, tom):
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    with pytest.raises(lifecycle.AlreadyClosed) as closed:
        lifecycle.resolve(asked, answer="No.", by=tom, at=NOON)

    assert closed.value.help_request.responded_by == sue
    assert closed.value.help_request.responded_at == NOON
    assert Message.objects.count() == LearnedAnswer.objects.count() == 1


def test_answer_that_cannot_be_learned_changes_nothing(asked, sue, monkeypatch):
    def fail(**_):
        raise ValidationError("no")

    monkeypatch.setattr("knowledge.learning.learn", fail)
    with pytest.raises(ValidationError):
        lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    asked.refresh_from_db()
    assert asked.status == HelpRequest.Status.PENDING
    assert not Message.objects.exists()
    assert not Event.objects.filter(kind="resolved").exists()


@pytest.mark.parametrize("answer", ["\u200b\u2060", "", "  \n", "\x00", "x" * 1001])
def test_empty_and_enormous_answers_are_refused(asked, sue, answer):
    with pytest.raises(ValidationError, match=r"Write the answer|An answer may have"):
        lifecycle.resolve(asked, answer=answer, by=sue, at=NOON)


def test_answer_is_not_escaped_in_the_text(asked, sue):
    lifecycle.resolve(asked, answer="R&B <3 “curls” – it's $5 …", by=sue, at=NOON)

    assert 'R&B <3 "curls" - it\'s $5 ...' in Message.objects.get().text


def test_answer_told_by_phone_sends_nothing(asked, sue):
    lifecycle.resolve(asked, answer="Yes.", by=sue, because=Because.TOLD_BY_PHONE, at=NOON)

    assert not Message.objects.exists()
    assert Promise.objects.get().state == Promise.State.KEPT


def test_answer_is_held_while_the_caller_listens(asked, call, sue, listen):
    listen(call)

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    assert [message.help_request for message in calls.news(call)] == [asked]


def test_answer_is_held_for_a_later_call_of_the_caller_too(asked, sue, listen, call):
    calls.close_call(call, at=NOON)
    again = calls.open_call(channel=call.channel, phone=PHONE, at=NOON)
    lifecycle.request_help(asked.question, call=again, at=NOON)
    listen(again)

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    assert calls.news(again)


def test_answer_without_a_number_ends_at_once_when_nobody_listens(nameless_call, sue):
    asked = lifecycle.request_help("Nail art?", call=nameless_call, at=NOON)

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    message = Message.objects.get()
    assert (message.state, message.cancelled_because) == (State.CANCELLED, Message.CancelledBecause.UNREACHABLE)
    assert Promise.objects.get().state == Promise.State.KEPT  # "I shall know it then"


def test_answer_for_one_nameless_caller_breaks_the_promise(nameless_call, sue):
    asked = lifecycle.request_help("Nail art?", call=nameless_call, at=NOON)

    lifecycle.resolve(asked, answer="Yes.", by=sue, teach=False, at=NOON)

    assert Promise.objects.get().state == Promise.State.BROKEN


def test_number_given_while_the_answer_is_held_lets_it_go_out(nameless_call, sue, listen):
    asked = lifecycle.request_help("Nail art?", call=nameless_call, at=NOON)
    listen(nameless_call)
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    lifecycle.give_number(asked, PHONE, words="yes", call=nameless_call, at=NOON)
    calls.close_call(nameless_call, at=NOON)

    message = Message.objects.get()
    assert (message.state, message.recipient) == (State.QUEUED, PHONE)


def test_number_given_after_the_answer_could_reach_nobody_sends_it(nameless_call, sue):
    asked = lifecycle.request_help("Nail art?", call=nameless_call, at=NOON)
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    lifecycle.give_number(asked, PHONE, words="yes", call=nameless_call, at=NOON)

    assert Message.objects.get().state == State.QUEUED


def test_request_past_its_deadline_is_closed_with_an_honest_text(asked, after):
    assert lifecycle.expire_overdue(at=after(hours=24, seconds=-1)) == 0
    assert lifecycle.expire_overdue(at=after(hours=24)) == 1

    asked.refresh_from_db()
    assert (asked.status, asked.closed_because) == (HelpRequest.Status.UNRESOLVED, Because.TIMED_OUT)
    assert Message.objects.get().purpose == Message.Purpose.CLOSING
    assert Promise.objects.get().state == Promise.State.BROKEN
    assert lifecycle.expire_overdue(at=after(hours=25)) == 0


def test_one_request_that_cannot_be_closed_does_not_stop_the_others(asked, call, after, monkeypatch, caplog):
    lifecycle.request_help("Nail art?", call=call, at=NOON + timedelta(seconds=1))
    queue = messages.queue

    def fail(*, help_request, **values):
        if help_request == asked:
            raise RuntimeError
        return queue(help_request=help_request, **values)

    monkeypatch.setattr(messages, "queue", fail)
    assert lifecycle.expire_overdue(at=after(days=2)) == 1

    asked.refresh_from_db()
    assert asked.status == HelpRequest.Status.PENDING


@pytest.mark.parametrize(
    ("because", "texts", "promise"),
    [
        (Because.LEFT, 1, Promise.State.BROKEN),
        (Because.WITHDRAWN, 0, Promise.State.WITHDRAWN),
        (Because.NONSENSE, 0, Promise.State.WITHDRAWN),
    ],
)
def test_only_what_we_left_gets_a_closing_text(asked, sue, because, texts, promise):
    lifecycle.leave_unresolved(asked, because=because, by=sue, at=NOON)

    assert Message.objects.count() == texts
    assert Promise.objects.get().state == promise


def test_unresolved_request_may_still_be_answered_and_its_unsent_closing_is_cancelled(asked, sue):
    lifecycle.leave_unresolved(asked, because=Because.LEFT, by=sue, at=NOON)

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    closing, answer = Message.objects.order_by("id")
    assert (closing.state, closing.cancelled_because) == (State.CANCELLED, Message.CancelledBecause.SUPERSEDED)
    assert answer.state == State.QUEUED


def test_resolved_request_cannot_be_left(asked, sue):
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    with pytest.raises(lifecycle.AlreadyClosed):
        lifecycle.leave_unresolved(asked, because=Because.LEFT, by=sue, at=NOON)


def test_reopening_takes_back_what_was_learned_and_what_waits(asked, sue, after):
    resolved = lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    reopened = lifecycle.reopen(resolved, by=sue, reason="wrong price", at=after(seconds=1))

    assert (reopened.status, reopened.round) == (HelpRequest.Status.PENDING, 2)
    assert reopened.learned_answer is None
    assert not LearnedAnswer.objects.active().exists()
    assert Message.objects.get().cancelled_because == Message.CancelledBecause.UNDONE
    assert reopened.promised_by == after(hours=2, seconds=1)
    assert reopened.supervisor_response == "Yes."


def test_reopening_brings_back_the_answer_that_had_been_replaced(asked, call, sue):
    first = lifecycle.resolve(asked, answer="From $150.", by=sue, at=NOON).learned_answer
    again = lifecycle.request_help(asked.question, call=call, at=NOON)
    lifecycle.resolve(again, answer="From $170.", by=sue, at=NOON)

    lifecycle.reopen(again, by=sue, at=NOON)

    assert list(LearnedAnswer.objects.active()) == [first]


def test_request_that_was_asked_again_cannot_be_reopened(asked, call, sue):
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)
    lifecycle.request_help(asked.question, call=call, at=NOON)

    with pytest.raises(ValidationError, match="asked the same again"):
        lifecycle.reopen(asked, by=sue, at=NOON)
    assert LearnedAnswer.objects.active().exists()


def test_undo_before_the_text_left_keeps_deadlines_and_promise(asked, sue, tom, after):
    resolved = lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    undone = lifecycle.undo(resolved, by=sue, at=after(seconds=2))

    assert (undone.promised_by, undone.expires_at) == (asked.promised_by, asked.expires_at)
    assert Promise.objects.get().state == Promise.State.MADE
    assert outbox.deliver_due(at=after(seconds=9)) == 0
    again = lifecycle.resolve(undone, answer="No.", by=tom, at=after(seconds=10))
    assert again.messages.first().purpose == Message.Purpose.ANSWER


def test_undo_after_the_text_left_is_too_late(asked, sue, after):
    resolved = lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)
    assert outbox.deliver_due(at=after(seconds=3)) == 1

    with pytest.raises(lifecycle.TooLate):
        lifecycle.undo(resolved, by=sue, at=after(seconds=4))


def test_undo_twice_is_too_late(asked, sue):
    resolved = lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)
    lifecycle.undo(resolved, by=sue, at=NOON)

    with pytest.raises(lifecycle.TooLate):
        lifecycle.undo(resolved, by=sue, at=NOON)


def test_undo_past_the_deadline_leaves_time_to_answer(asked, sue, after):
    lifecycle.expire_overdue(at=after(hours=24))
    resolved = lifecycle.resolve(asked, answer="Yes.", by=sue, at=after(hours=24))

    undone = lifecycle.undo(resolved, by=sue, at=after(hours=24, seconds=1))

    assert undone.expires_at == after(hours=25, seconds=1)


def test_correction_replaces_an_answer_that_was_sent(asked, sue, after):
    resolved = lifecycle.resolve(asked, answer="From $15.", by=sue, at=NOON)
    outbox.deliver_due(at=after(seconds=3))

    corrected = lifecycle.correct(resolved, answer="From $150.", by=sue, at=after(minutes=5))

    assert corrected.round == 2
    sent, correction = Message.objects.order_by("id")
    assert (sent.state, correction.state) == (State.SENT, State.QUEUED)
    assert correction.purpose == Message.Purpose.CORRECTION
    assert LearnedAnswer.objects.active().get().answer == "From $150."


def test_claim_is_advice_and_expires(asked, sue, tom, after):
    assert lifecycle.claim(asked, by=sue, at=NOON).claimed_by == sue
    assert lifecycle.claim(asked, by=tom, at=after(minutes=9)).claimed_by == sue
    assert lifecycle.claim(asked, by=tom, at=after(minutes=10)).claimed_by == tom

    resolved = lifecycle.resolve(asked, answer="Yes.", by=sue, at=after(minutes=11))
    assert resolved.claimed_by is None


def test_only_a_new_claim_is_told(asked, sue, after):
    lifecycle.claim(asked, by=sue, at=NOON)
    lifecycle.claim(asked, by=sue, at=after(minutes=1))

    assert Event.objects.filter(kind="claimed").count() == 1


def test_release_ends_ones_own_claim_only(asked, sue, tom):
    lifecycle.claim(asked, by=sue, at=NOON)

    assert lifecycle.release(asked, by=tom).claimed_by == sue
    assert lifecycle.release(asked, by=sue).claimed_by is None


def test_closed_request_cannot_be_claimed(asked, sue, tom):
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    with pytest.raises(lifecycle.AlreadyClosed):
        lifecycle.claim(asked, by=tom, at=NOON)


def test_opting_out_stops_what_is_queued(asked, call, sue):
    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    lifecycle.opt_out(call.caller, at=NOON)

    assert Message.objects.get().cancelled_because == Message.CancelledBecause.OPTED_OUT
    assert not call.caller.may_be_texted


def test_answer_for_somebody_who_has_opted_out_is_not_sent(asked, call, sue):
    lifecycle.opt_out(call.caller, at=NOON)

    lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)

    assert Message.objects.get().cancelled_because == Message.CancelledBecause.UNREACHABLE


def test_everything_of_a_decision_rolls_back_with_the_callers_transaction(asked, sue):
    with pytest.raises(RuntimeError), transaction.atomic():
        lifecycle.resolve(asked, answer="Yes.", by=sue, at=NOON)
        raise RuntimeError

    asked.refresh_from_db()
    assert asked.is_answerable
    assert not Message.objects.exists()
    assert not LearnedAnswer.objects.exists()
