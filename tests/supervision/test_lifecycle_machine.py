"""Any order of verbs, by anybody, at any time, leaves help requests, texts, promises and knowledge in agreement."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from knowledge.models import LearnedAnswer, Salon
from supervision import calls, ledger, lifecycle, outbox
from supervision.delivery import NotDelivered
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call, HelpRequest, Message, Promise

from .conftest import NOON, PHONE

Status, State, Because = HelpRequest.Status, Message.State, HelpRequest.ClosedBecause
QUESTIONS = ("Do you offer keratin?", "do you offer KERATIN", "Nail art?", "Is there parking?")
PHONES = (PHONE, "+14155550123")
CALLS = st.integers(0, 3)
REQUESTS = st.integers(0, 3)
PEOPLE = st.integers(0, 1)
TAKING_BACK = st.sampled_from((lifecycle.reopen, lifecycle.undo, lifecycle.correct))
DEAD = (State.CANCELLED, State.REFUSED)


class Desk(RuleBasedStateMachine):
    """Three callers (one without a number), two supervisors, the agent, the worker and the clock."""

    @initialize()
    def open_the_salon(self):
        MemoryBackend.forget()
        self.at = NOON
        Salon.objects.create(name="Glow", time_zone="America/Chicago", region="US")
        self.people = [get_user_model().objects.create_user(name) for name in ("sue", "tom")]
        phones = (PHONES[0], PHONES[1], "", PHONES[0])
        self.calls = [calls.open_call(channel=Call.Channel.PRACTICE, phone=phone, at=NOON) for phone in phones]
        self.requests = [
            lifecycle.request_help(question, call=call, at=NOON)
            for question, call in zip(QUESTIONS[:3], self.calls, strict=False)
        ]

    # --- the callers ------------------------------------------------------------------------------------------------

    @rule(call=CALLS, question=st.sampled_from(QUESTIONS))
    def ask(self, call, question):
        before = HelpRequest.objects.pending().count()
        asked = lifecycle.request_help(question, call=self.calls[call], at=self.at)
        assert HelpRequest.objects.pending().count() - before == (asked not in self.requests)
        if asked not in self.requests:
            self.requests.append(asked)

    @rule(request=REQUESTS, phone=st.sampled_from((*PHONES, "123")))
    def give_number(self, request, phone):
        asked = self._pick(request)
        self._try(lifecycle.give_number, asked, phone, words="yes, text me", call=asked.call, at=self.at)

    @rule(request=REQUESTS)
    def hear_the_promise(self, request):
        asked = self._pick(request)
        if promise := asked.promises.filter(round=asked.round).first():
            said = calls.record_utterance(
                asked.call, speaker="receptionist", text="I will ask.", promise=promise, at=self.at
            )
            calls.record_confirmation(said, at=self.at)

    @rule(request=REQUESTS, question=st.sampled_from(QUESTIONS))
    def change_wording(self, request, question):
        self._try(lifecycle.change_wording, self._pick(request), question, at=self.at)

    @rule(call=CALLS)
    def close_or_reopen_the_page(self, call):
        if not calls.close_call(self.calls[call], at=self.at):
            calls.reopen_call(self.calls[call], at=self.at)

    # --- the supervisors --------------------------------------------------------------------------------------------

    @rule(request=REQUESTS, by=PEOPLE)
    def claim(self, request, by):
        self._try(lifecycle.claim, self._pick(request), by=self.people[by], at=self.at)

    @rule(request=REQUESTS, by=PEOPLE, teach=st.booleans(), told=st.booleans(), then=st.none() | TAKING_BACK)
    def answer(self, request, by, teach, told, then):
        asked = self._pick(request)
        because = Because.TOLD_BY_PHONE if told else Because.ANSWERED
        could = asked.is_answerable
        done = self._try(
            lifecycle.resolve, asked, answer="Yes.", by=self.people[by], teach=teach, because=because, at=self.at
        )
        assert bool(done) == could
        if then:
            self.take_back(request, by, then)

    @rule(request=REQUESTS, by=PEOPLE, because=st.sampled_from(HelpRequest.UNRESOLVED_BECAUSE[:3]))
    def leave(self, request, by, because):
        asked = self._pick(request)
        could = asked.status == Status.PENDING
        left = self._try(lifecycle.leave_unresolved, asked, because=because, by=self.people[by], at=self.at)
        assert bool(left) == could

    @rule(request=REQUESTS, by=PEOPLE, verb=TAKING_BACK)
    def take_back(self, request, by, verb):
        other = {"answer": "No."} if verb is lifecycle.correct else {}
        self._try(verb, self._pick(request), by=self.people[by], at=self.at, **other)

    # --- the agent --------------------------------------------------------------------------------------------------

    @rule(call=CALLS)
    def listen(self, call):
        calls.see(self.calls[call], at=self.at)
        if epoch := calls.take(self.calls[call], holder="agent", at=self.at):
            assert calls.beat({self.calls[call].pk: epoch}, holder="agent", at=self.at) == set()

    @rule(call=CALLS, end=st.sampled_from(("told", "interrupted", "killed")))
    def speak_the_news(self, call, end):
        for message in calls.news(self.calls[call]):
            if not outbox.take(message, at=self.at):
                continue
            if end == "told":
                assert outbox.told(message, at=self.at)
            elif end == "interrupted":
                assert outbox.give_back(message, at=self.at)

    # --- the worker and the clock -----------------------------------------------------------------------------------

    @rule(failure=st.sampled_from((None, None, *NotDelivered.Kind)), accepted=st.booleans())
    def deliver(self, failure, accepted):
        MemoryBackend.failures[:] = [NotDelivered("double", failure)] if failure else []
        MemoryBackend.accepts_despite_failure = accepted and failure == NotDelivered.UNKNOWN  # its reply was lost
        self.at += timedelta(seconds=4)
        outbox.deliver_due(at=self.at)
        MemoryBackend.failures.clear()
        MemoryBackend.accepts_despite_failure = False

    @rule(seconds=st.sampled_from((1, 2, 4, 11, 70, 3600, 90_000)))
    def wait(self, seconds):
        self.at += timedelta(seconds=seconds)
        lifecycle.expire_overdue(at=self.at)
        ledger.look(at=self.at)
        assert not Promise.objects.to_look_at().filter(look_at__lte=self.at).exists()
        calls.sweep(at=self.at)
        assert not HelpRequest.objects.overdue(self.at).exists()

    # --- what must be true at every moment --------------------------------------------------------------------------

    @invariant()
    def every_rule_holds(self):
        for check in (
            self.a_request_agrees_with_itself, self.what_is_active_was_taught_by_a_request_that_stands,
            self.each_answer_has_one_message, self.nothing_outdated_waits, self.nobody_gets_a_text_twice,
            self.what_a_caller_waits_for_has_a_promise, self.a_promise_is_open_only_while_an_answer_may_come,
        ):  # fmt: skip
            check()

    def a_request_agrees_with_itself(self):
        for row in HelpRequest.objects.select_related("learned_answer"):
            match row.status:
                case Status.PENDING:
                    assert (row.closed_because, row.responded_at, row.learned_answer) == ("", None, None)
                case Status.RESOLVED:
                    assert row.closed_because in HelpRequest.RESOLVED_BECAUSE
                    assert bool(row.learned_answer) == (row.scope == HelpRequest.Scope.EVERYONE)
                    assert row.responded_by
                case Status.UNRESOLVED:
                    assert row.closed_because in HelpRequest.UNRESOLVED_BECAUSE
            assert row.is_answerable or not row.claimed_by

    def what_is_active_was_taught_by_a_request_that_stands(self):
        taught = HelpRequest.objects.filter(status=Status.RESOLVED).values("learned_answer")
        assert not LearnedAnswer.objects.active().exclude(pk__in=taught.filter(learned_answer__isnull=False)).exists()

    def each_answer_has_one_message(self):
        for row in HelpRequest.objects.filter(closed_because=Because.ANSWERED):
            answers = row.messages.filter(round=row.round, purpose__in=Message.ANSWERS)
            assert answers.count() == 1, "one answer a round"
            message = answers.get()
            if message.state == State.CANCELLED:
                assert message.cancelled_because == Message.CancelledBecause.UNREACHABLE
                assert not message.recipient

    def nothing_outdated_waits(self):
        for message in Message.objects.waiting().select_related("help_request"):
            assert message.round == message.help_request.round
            is_still_checking = message.purpose == Message.Purpose.STILL_CHECKING
            assert (message.help_request.status == Status.PENDING) == is_still_checking
            if message.purpose == Message.Purpose.CLOSING:
                assert message.help_request.status == Status.UNRESOLVED

    def nobody_gets_a_text_twice(self):
        keys = [message.pk for message in MemoryBackend.sent]
        assert len(keys) == len(set(keys))
        sent = Message.objects.filter(state=State.SENT, rides_with=None)  # others are in the text of one of these
        assert set(keys) >= set(sent.values_list("pk", flat=True))
        assert not Message.objects.filter(state=State.TOLD, pk__in=keys).exists()

    def what_a_caller_waits_for_has_a_promise(self):
        for row in HelpRequest.objects.filter(status=Status.PENDING, round=1):
            promise = row.promises.get()
            assert promise.state in Promise.OPEN or promise.extended_at
            assert promise.state not in (Promise.State.KEPT, Promise.State.WITHDRAWN)
            assert promise.kind == (Promise.Kind.TEXT if row.customer_phone else Promise.Kind.NONE)

    def a_promise_is_open_only_while_an_answer_may_come(self):
        for promise in Promise.objects.open().select_related("help_request"):
            row = promise.help_request
            coming = row.messages.filter(purpose__in=Message.ANSWERS).exclude(state__in=DEAD)
            assert row.status == Status.PENDING or coming.exists()

    def teardown(self):
        """When everybody has gone home and every machine runs, nothing is left lying."""
        if not hasattr(self, "at"):
            return
        for _ in range(12):
            self.at += timedelta(minutes=10)
            calls.sweep(at=self.at)
            lifecycle.expire_overdue(at=self.at)
            outbox.deliver_due(at=self.at)
        assert not Call.objects.open().exists()
        moving = (State.QUEUED, State.SENDING, State.UNKNOWN, State.HELD, State.SPEAKING)
        assert not Message.objects.filter(state__in=moving).exists()
        waiting = Promise.objects.open().exclude(help_request__status=Status.PENDING)
        assert not waiting.exists()
        self.nobody_gets_a_text_twice()

    def _pick(self, number):
        return HelpRequest.objects.select_related("call").get(pk=self.requests[number % len(self.requests)].pk)

    def _try(self, verb, *arguments, **values):
        """None when the verb refuses in words; whatever it then has written is gone."""
        try:
            with transaction.atomic():
                return verb(*arguments, **values)
        except (lifecycle.AlreadyClosed, lifecycle.TooLate, ValidationError):
            return None


@pytest.mark.timeout(300)
def test_any_order_of_verbs_keeps_the_rules(db):
    class InTransaction(Desk):
        """Each run begins with an empty database."""

        def __init__(self):
            super().__init__()
            self.transaction = transaction.atomic()
            self.transaction.__enter__()

        def teardown(self):
            try:
                super().teardown()
            finally:
                transaction.set_rollback(True)
                self.transaction.__exit__(None, None, None)

    few = settings(
        max_examples=25,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(InTransaction, settings=few)
