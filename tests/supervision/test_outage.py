"""The provider is gone for an hour: nothing is lost or doubled, the desk says so, no promise breaks in silence."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from supervision import ledger, lifecycle, outage, outbox
from supervision.delivery import NotDelivered
from supervision.delivery.memory import MemoryBackend
from supervision.models import Attempt, Message, Promise

State = Message.State
HOUR = timedelta(hours=1)


@pytest.fixture
def gone():
    """Nothing answers at the provider's address."""
    MemoryBackend.failures = [NotDelivered("Twilio cannot be reached.", NotDelivered.NOT_SENT) for _ in range(1000)]


def pass_time(since, until):
    """What the ticker does, once a minute."""
    at = since
    while at < until:
        at += timedelta(minutes=1)
        outbox.deliver_due(at=at)
        ledger.look(at=at)


@pytest.fixture
def answered(ask, sue):
    def answered(number: int):
        asked = ask(f"Do you sell gift card number {number}?", phone=f"+1415555010{number}")
        return lifecycle.resolve(asked, answer="Yes.", by=sue, teach=False)

    return answered


def test_after_an_hour_without_the_provider_each_text_leaves_once(answered, gone):
    asked = [answered(number) for number in range(4)]
    start = timezone.now()
    pass_time(start, start + HOUR)
    assert {message.state for message in Message.objects.all()} == {State.QUEUED}

    MemoryBackend.failures = []
    pass_time(start + HOUR, start + HOUR + timedelta(minutes=10))

    assert sorted(sent.recipient for sent in MemoryBackend.sent) == sorted(one.customer_phone for one in asked)
    assert {message.state for message in Message.objects.all()} == {State.SENT}


def test_the_tries_become_rare_and_do_not_stop(answered, gone):
    message = answered(1).messages.get()
    start = timezone.now()
    pass_time(start, start + HOUR)

    tries = list(message.attempts.values_list("started_at", flat=True))
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert 10 < len(tries) < 40
    assert max(waits) < timedelta(minutes=9)


def test_the_desk_says_since_when_and_how_many_wait(answered, gone, desk):
    for number in range(2):
        answered(number)
    start = timezone.now()
    pass_time(start, start + timedelta(minutes=1))
    Attempt.objects.update(started_at=start - timedelta(minutes=10))

    page = desk.get("/admin/").content.decode()

    assert "Texts have not left since" in page
    assert "2 wait and are tried again by themselves; nothing is lost." in page
    assert "Twilio cannot be reached." in page


def test_one_failure_is_no_outage(answered, ask, sue):
    MemoryBackend.failures = [NotDelivered("busy", NotDelivered.NOT_SENT)]
    message = answered(1).messages.get()
    outbox.deliver_due(at=message.release_at)

    assert outage.now(message.release_at + timedelta(seconds=30)) is None


def test_it_is_over_when_texts_leave(answered, gone):
    message = answered(1).messages.get()
    start = timezone.now()
    pass_time(start, start + timedelta(minutes=10))
    assert outage.now(start + timedelta(minutes=10)).count == 1

    MemoryBackend.failures = []
    pass_time(start + timedelta(minutes=10), start + timedelta(minutes=20))

    message.refresh_from_db()
    assert message.state == State.SENT
    assert outage.now(start + timedelta(minutes=20)) is None


def test_a_promise_that_passes_meanwhile_stays_open_and_is_kept_late(answered, gone):
    promise = answered(1).promises.get()
    start = timezone.now()
    due = start + timedelta(minutes=30)
    Promise.objects.filter(pk=promise.pk).update(heard_at=promise.made_at, look_at=start, due_at=due)
    pass_time(start, start + HOUR)
    promise.refresh_from_db()
    assert promise.state not in (Promise.State.KEPT, Promise.State.BROKEN)

    MemoryBackend.failures = []
    pass_time(start + HOUR, start + HOUR + timedelta(minutes=30))

    promise.refresh_from_db()
    assert promise.state == Promise.State.KEPT
    assert promise.settled_at > due
