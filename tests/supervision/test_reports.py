"""What the provider tells of a text moves its message forward only, settles what was unknown, and is remembered."""

import pytest

from supervision import lifecycle, outbox, reports
from supervision.delivery import NotDelivered
from supervision.delivery.memory import MemoryBackend
from supervision.models import Attempt, Caller, Event, Message, Promise
from tests.supervision.conftest import NOON, PHONE

State = Message.State


@pytest.fixture
def sent(asked, sue, after):
    """The answer's text, as the provider has taken it, and before anybody knows whether it arrived."""
    lifecycle.resolve(asked, answer="Yes, from $150.", by=sue, at=NOON)
    outbox.deliver_due(at=after(minutes=1))
    return asked.messages.get()


@pytest.fixture
def told(after):
    """`told(message, "delivered")`: whether the provider's word changed anything."""

    def told(message, status, code="", *, provider_id=None):
        provider_id = provider_id or message.provider_id or "SM1"
        changed = reports.note(message.pk, provider_id=provider_id, status=status, error_code=code, at=after(minutes=2))
        message.refresh_from_db()
        return changed

    return told


def unknown(asked, sue, after):
    MemoryBackend.failures = [NotDelivered("no answer", NotDelivered.UNKNOWN)]
    lifecycle.resolve(asked, answer="Yes, from $150.", by=sue, at=NOON)
    outbox.deliver_due(at=after(minutes=1))
    return asked.messages.get()


def promise_of(message):
    return Promise.objects.get(help_request=message.help_request).state


def test_a_delivered_text_keeps_its_promise(sent, told, after):
    assert told(sent, "delivered")

    assert (sent.state, sent.delivered_at) == (State.DELIVERED, after(minutes=2))
    assert promise_of(sent) == Promise.State.KEPT


@pytest.mark.parametrize("later", ["queued", "sending", "sent", "undelivered", "failed", "delivered"])
def test_nothing_comes_after_delivered(sent, told, later):
    told(sent, "delivered")
    events = Event.objects.count()

    assert not told(sent, later, "30003")

    assert (sent.state, sent.error_code) == (State.DELIVERED, "")
    assert Event.objects.count() == events


@pytest.mark.parametrize("later", ["queued", "sending", "sent", "delivered", "undelivered"])
def test_nothing_comes_after_undelivered(sent, told, later):
    told(sent, "undelivered", "30003")

    assert not told(sent, later)

    assert (sent.state, sent.error_code) == (State.UNDELIVERED, "30003")


@pytest.mark.parametrize("status", ["received", "receiving", "", "DROP TABLE", "Delivered"])
def test_words_that_mean_nothing_here_change_nothing(sent, told, status):
    assert not told(sent, status)


def test_an_undelivered_answer_breaks_its_promise_and_says_why(sent, told):
    assert told(sent, "undelivered", "30006")

    assert sent.state == State.UNDELIVERED
    assert sent.error == "this number is a landline, or its carrier takes no texts (30006)"
    assert promise_of(sent) == Promise.State.BROKEN
    assert Event.objects.filter(topic="desk", payload__message=str(sent.pk)).last().reason == sent.error


def test_a_landline_is_remembered_until_a_text_arrives(sent, told, after):
    told(sent, "undelivered", "30006")
    owner = Caller.objects.get(phone=PHONE)
    assert owner.unreachable_since == after(minutes=2)
    assert "landline" in owner.unreachable_because

    again = Message.objects.create(key="x", recipient=PHONE, purpose="reply", text="…", state=State.SENT)
    reports.note(again.pk, provider_id="SM9", status="delivered")

    assert Caller.objects.get(phone=PHONE).unreachable_since is None


def test_who_is_blocked_by_the_provider_has_opted_out(sent, told):
    told(sent, "failed", "21610")

    assert Caller.objects.get(phone=PHONE).opted_out_at
    assert promise_of(sent) == Promise.State.WITHDRAWN


def test_a_reason_that_is_ours_is_not_the_callers(sent, told):
    told(sent, "undelivered", "30034")

    assert "not registered" in sent.error
    assert Caller.objects.get(phone=PHONE).unreachable_since is None


@pytest.mark.parametrize(("code", "opted_out"), [("21610", True), ("21614", False)])
def test_what_is_refused_at_once_is_remembered_too(asked, sue, after, code, opted_out):
    MemoryBackend.failures = [NotDelivered("no", NotDelivered.REFUSED, code)]
    lifecycle.resolve(asked, answer="Yes, from $150.", by=sue, at=NOON)

    outbox.deliver_due(at=after(minutes=1))

    message, owner = asked.messages.get(), Caller.objects.get(phone=PHONE)
    assert (message.state, message.error_code) == (State.REFUSED, code)
    assert bool(owner.opted_out_at) is opted_out
    assert bool(owner.unreachable_since) is not opted_out


@pytest.mark.parametrize(
    ("status", "state"), [("queued", State.SENT), ("delivered", State.DELIVERED), ("undelivered", State.UNDELIVERED)]
)
def test_what_was_unknown_is_settled(asked, sue, after, told, status, state):
    message = unknown(asked, sue, after)
    assert message.state == State.UNKNOWN

    assert told(message, status)

    assert (message.state, message.provider_id) == (state, "SM1")
    assert message.attempts.get().outcome == Attempt.Outcome.SENT


def test_a_text_that_waits_to_be_sent_again_is_not(asked, sue, after, told):
    message = unknown(asked, sue, after)
    Message.objects.filter(pk=message.pk).update(state=State.QUEUED)

    told(message, "sent")
    outbox.deliver_due(at=after(minutes=5))

    assert message.state == State.SENT
    assert len(MemoryBackend.sent) == 0


def test_a_text_that_was_never_tried_cannot_have_arrived(asked, sue, told):
    lifecycle.resolve(asked, answer="Yes, from $150.", by=sue, at=NOON)

    assert not told(asked.messages.get(), "delivered")


def test_a_word_of_another_text_changes_nothing(sent, told):
    assert not told(sent, "delivered", provider_id="SM-another")
    assert sent.state == State.SENT


def test_an_id_that_another_row_owns_changes_nothing(asked, sue, after, told):
    message = unknown(asked, sue, after)
    Message.objects.create(key="x", recipient=PHONE, purpose="reply", text="…", state=State.SENT, provider_id="SM1")

    assert not told(message, "delivered")
    assert message.state == State.UNKNOWN


@pytest.mark.parametrize("state", [State.CANCELLED, State.TOLD, State.REFUSED, State.HELD, State.SPEAKING])
def test_what_has_ended_or_is_being_said_stays(sent, told, state):
    because = {"cancelled_because": "undone"} if state == State.CANCELLED else {}
    Message.objects.filter(pk=sent.pk).update(state=state, **because)

    assert not told(sent, "delivered")


def test_a_word_that_overtakes_the_answer_to_the_sending_counts(asked, sue, after, monkeypatch):
    """The provider tells of it while its answer is still on the way back; then the answer is lost."""

    def send(self, message):
        assert reports.note(message.pk, provider_id="SM1", status="delivered", at=after(minutes=1))
        raise NotDelivered("no answer", NotDelivered.UNKNOWN)

    monkeypatch.setattr(MemoryBackend, "send", send)
    lifecycle.resolve(asked, answer="Yes, from $150.", by=sue, at=NOON)
    outbox.deliver_due(at=after(minutes=1))

    message = asked.messages.get()
    assert (message.state, message.lease_until) == (State.DELIVERED, None)
    assert message.attempts.get().outcome == Attempt.Outcome.SENT


def test_a_message_that_is_gone_is_no_error(db):
    assert not reports.note(4711, provider_id="SM1", status="delivered")
    assert not reports.note(10**30, provider_id="SM1", status="delivered")
