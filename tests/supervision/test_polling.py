"""Where Twilio cannot reach this machine it is asked: for texts that came in, and for what became of ours."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from supervision import jobs, polling
from supervision.models import InboundText, Message, Poll
from tests.doubles.twilio import twilio
from tests.supervision.conftest import PHONE

OURS, SERVICE = "+13125550142", "MG" + "1" * 32
State = Message.State


@pytest.fixture
def provider(settings, db):
    with twilio() as double:
        settings.MESSAGE_BACKEND = "supervision.delivery.twilio_sms.TwilioBackend"
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "0" * 32, "token"
        settings.TWILIO_SENDER, settings.TWILIO_BASE_URL = OURS, double.url
        yield double


@pytest.fixture
def now():
    return timezone.now()


def sent(provider, at, **values):
    text = provider.accept({"To": PHONE, "From": OURS, "Body": "Yes, from $150."})
    values = {"state": State.SENT, "settled_at": at, "created_at": at, "provider_id": text["sid"]} | values
    message = Message.objects.create(key=text["sid"], recipient=PHONE, purpose="reply", text="Yes", **values)
    message.attempts.create(backend="TwilioBackend")
    return text, message


def test_texts_that_came_in_are_taken_once_and_in_order(provider, now):
    for seconds in (2, 3, 1):
        provider.text(PHONE, f"second {seconds}", to=OURS, at=now + timedelta(seconds=seconds))

    polling.poll(at=now)
    polling.poll(at=now + timedelta(seconds=5))

    assert list(InboundText.objects.order_by("id").values_list("text", flat=True)) == [
        "second 1", "second 2", "second 3",
    ]  # fmt: skip


def test_our_own_texts_and_those_to_other_numbers_are_none_of_them(provider, now):
    sent(provider, now)
    provider.text(PHONE, "to another salon", to="+13125550177")

    polling.poll(at=now)

    assert not InboundText.objects.exists()


def test_a_service_is_asked_for_all_its_numbers(provider, now, settings):
    settings.TWILIO_SENDER = SERVICE
    provider.text(PHONE, "to us", to=OURS)
    provider.received[0]["MessagingServiceSid"] = SERVICE
    provider.text(PHONE, "to another service", to="+13125550177")

    polling.poll(at=now)

    assert InboundText.objects.get().text == "to us"


def test_what_came_while_this_machine_was_off_is_taken(provider, now):
    polling.poll(at=now - timedelta(days=2))
    provider.text(PHONE, "where are you?", to=OURS, at=now - timedelta(days=1))

    polling.poll(at=now)

    assert InboundText.objects.get().received_at < now - timedelta(hours=23)


def test_what_came_before_the_first_day_is_not_ours(provider, now):
    provider.text(PHONE, "an old one", to=OURS, at=now - timedelta(days=3))

    polling.poll(at=now)

    assert not InboundText.objects.exists()


def test_what_became_of_ours_is_asked_for(provider, now):
    text, message = sent(provider, now)
    provider.tell(text, "undelivered", 30006)

    polling.poll(at=now)

    message.refresh_from_db()
    assert (message.state, message.error_code) == (State.UNDELIVERED, "30006")


def test_what_is_open_for_longer_is_asked_for_less_often_and_at_last_not_at_all(provider, now):
    sent(provider, now - timedelta(hours=1))
    sent(provider, now - timedelta(days=2))
    looked_up = lambda: sum("/Messages/" in path for path in provider.asked)  # noqa: E731

    polling.poll(at=now)
    assert looked_up() == 1
    polling.poll(at=now + timedelta(seconds=30))
    assert looked_up() == 1
    polling.poll(at=now + timedelta(seconds=65))
    assert looked_up() == 2


def test_it_is_asked_often_only_while_something_is_open(provider, now, ask, settings):
    polling.poll(at=now)
    assert Poll.objects.get().due_at == now + settings.TWILIO_POLL * polling.SLOWER

    ask()
    assert polling.pause(now) == settings.TWILIO_POLL

    settings.HTTPS = True
    assert polling.pause(now) == polling.BESIDE_WEBHOOKS


def test_it_is_not_asked_before_its_time(provider, now):
    polling.poll(at=now)
    asked = len(provider.asked)

    polling.poll(at=now + timedelta(seconds=1))

    assert len(provider.asked) == asked


def test_a_provider_that_is_down_is_asked_later(provider, now, settings):
    settings.TWILIO_BASE_URL = "http://127.0.0.1:9"

    assert polling.poll(at=now) == 0

    assert Poll.objects.get().due_at > now


def test_without_a_provider_that_can_be_asked_there_is_nothing_to_do(db, now):
    Poll.objects.create(name=polling.NAME)

    assert polling.poll(at=now) == 0

    assert not Poll.objects.exists()


def test_the_ticker_asks_when_it_is_time(provider, now):
    chore = next(chore for chore in jobs.CHORES if chore.name == jobs.POLL)
    polling.poll(at=now)

    assert chore.look(now)[0] is None
    assert chore.look(now + timedelta(minutes=1))[0] is not None


def test_a_text_that_falls_due_does_not_wait_for_look_ups(provider, now):
    for _ in range(polling.STATES_AT_ONCE):
        sent(provider, now)
    provider.look_up_takes = 4
    about = {"recipient": PHONE, "purpose": "reply", "text": "Yes"}
    Message.objects.create(key="due", release_at=now + timedelta(seconds=1), **about)

    begun = time.monotonic()
    polling.poll(at=now)

    assert time.monotonic() - begun < 3, "one look-up alone takes longer"
    assert jobs._TALKS_TO_PROVIDER[jobs.DELIVER] in [row.func() for row in OrmQ.objects.all()]


def test_states_are_asked_for_also_while_texts_are_due(provider, now, monkeypatch):
    monkeypatch.setattr(polling, "SHARE", 10)
    text, message = sent(provider, now)
    provider.tell(text, "delivered")
    Message.objects.create(key="due", release_at=now, recipient=PHONE, purpose="reply", text="Yes")

    polling.poll(at=now)

    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_several_states_are_asked_for_at_a_time(provider, now):
    for _ in range(polling.STATES_AT_ONCE):
        sent(provider, now)
    provider.look_up_takes = 0.3

    begun = time.monotonic()
    polling.poll(at=now)

    assert sum("/Messages/" in path for path in provider.asked) == polling.STATES_AT_ONCE
    assert time.monotonic() - begun < polling.STATES_AT_ONCE * provider.look_up_takes * 0.75


def test_a_state_that_cannot_be_had_keeps_no_other_from_being_asked_for(provider, now):
    sent(provider, now, provider_id="SM" + "f" * 32)
    text, message = sent(provider, now - timedelta(seconds=1))
    provider.tell(text, "delivered")

    polling.poll(at=now)

    message.refresh_from_db()
    assert message.state == State.DELIVERED
