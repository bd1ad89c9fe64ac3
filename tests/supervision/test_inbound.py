"""Texts that come in are kept once and read in order, and one that cannot be read stops none of the others."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from supervision import chair, inbound, replies
from supervision.models import Event, InboundText, Supervisor
from tests.supervision.conftest import PHONE

pytestmark = pytest.mark.django_db
OURS, SUES = "+13125550142", "+13125550143"


@pytest.fixture(autouse=True)
def our_number(settings):
    settings.TWILIO_SENDER = OURS


@pytest.fixture
def read(monkeypatch):
    """Who was given which text, in order; the text "broken" breaks its reader after it has written something."""
    given = []

    def reader(who):
        def read(text):
            given.append((who, text.text))
            InboundText.objects.filter(pk=text.pk).update(meaning=InboundText.Meaning.QUESTION)
            if text.text == "broken":
                raise ValueError(f"with {PHONE} in it")

        return read

    monkeypatch.setattr(chair, "read", reader("supervisor"))
    monkeypatch.setattr(replies, "read", reader("caller"))
    return given


def test_a_text_is_kept_once_however_often_it_is_told():
    told = [inbound.take("SM1", PHONE, OURS, "Thanks!") for _ in range(3)]

    assert told == [True, False, False]
    assert InboundText.objects.get().text == "Thanks!"
    assert [one.func() for one in OrmQ.objects.all()] == [inbound.READ]


def test_texts_are_read_in_the_order_in_which_they_came(read):
    now = timezone.now()
    for number, minute in enumerate((3, 1, 2)):
        inbound.take(f"SM{number}", PHONE, OURS, f"minute {minute}", now + timedelta(minutes=minute))

    inbound.read_new(at=now + timedelta(hours=1))

    assert [text for _, text in read] == ["minute 1", "minute 2", "minute 3"]
    assert not InboundText.objects.filter(read_at=None).exists()


def test_supervisors_and_callers_are_told_apart_by_their_number(read, sue):
    Supervisor.objects.create(user=sue, phone=SUES)
    inbound.take("SM1", SUES, OURS, "yes")
    inbound.take("SM2", PHONE, OURS, "thanks")

    inbound.read_new()

    assert read == [("supervisor", "yes"), ("caller", "thanks")]


def test_what_was_read_is_not_read_again(read):
    inbound.take("SM1", PHONE, OURS, "thanks")

    assert [inbound.read_new(), inbound.read_new()] == [1, 0]
    assert len(read) == 1


def test_one_that_cannot_be_read_stops_none_of_the_others_and_leaves_nothing_half_done(read, caplog):
    inbound.take("SM1", PHONE, OURS, "broken")
    inbound.take("SM2", PHONE, OURS, "thanks")

    assert inbound.read_new() == 1

    broken = InboundText.objects.get(provider_id="SM1")
    assert (broken.read_at, broken.meaning, broken.tries) == (None, InboundText.Meaning.UNREAD, 1)
    assert inbound.read_new() == 0  # not at once again


def test_after_some_tries_it_is_a_persons(read):
    now = timezone.now()
    inbound.take("SM1", PHONE, OURS, "broken", now)

    for minute in range(10):
        inbound.read_new(at=now + timedelta(minutes=minute))

    broken = InboundText.objects.get()
    assert len(read) == broken.tries == inbound.TRIES
    assert broken.meaning == InboundText.Meaning.IGNORED
    event = Event.objects.get(kind="text_unread")
    assert event.payload["text"] == str(broken.pk)
    assert PHONE not in event.reason


@pytest.mark.parametrize("text", ["", "\x00\x01", "👍" * 700, "a" * 5000, "line\nline", "\ud800 half"])
def test_whatever_is_texted_can_be_kept(text):
    assert inbound.take("SM1", PHONE, OURS, text)

    kept = InboundText.objects.get().text
    assert len(kept) <= inbound.LONGEST_TEXT
    assert not set("\x00\x01\ud800") & set(kept)


def test_card_numbers_are_masked_before_they_are_kept(sue):
    Supervisor.objects.create(user=sue, phone=SUES)
    inbound.take("SM1", PHONE, OURS, "my card is 4111 1111 1111 1111")

    assert "1111 1111" not in InboundText.objects.get().text


@pytest.mark.parametrize(
    ("provider_id", "sender"), [("", PHONE), ("x" * 65, PHONE), ("SM1", ""), ("SM1", "\x00"), ("SM1", OURS)]
)
def test_texts_of_nobody_and_our_own_are_not_kept(provider_id, sender):
    assert not inbound.take(provider_id, sender, OURS, "hello")
    assert not InboundText.objects.exists()
