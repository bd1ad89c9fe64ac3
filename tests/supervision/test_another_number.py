"""An answer that did not arrive is sent once to another number, which somebody has given to a supervisor."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from supervision import (
    another_number,
    grouping,
    lifecycle,
    messages,
    outbox,
    promises,
    recipients,
    reports,
    undelivered,
)
from supervision.delivery.memory import MemoryBackend
from supervision.models import Caller, Consent, Event, HelpRequest, Message, Promise
from supervision.templatetags.desk import person
from tests.supervision.conftest import PHONE

State = Message.State
OTHER = "+13125550187"
SAID = "Maria, on the phone, read back"


@pytest.fixture
def failed(ask, supervisor, settings):
    """The text of an answer that came back from a landline."""
    settings.UNDO_WINDOW = settings.UNDO_WINDOW * 0
    settings.QUIET_HOURS = (0, 0)
    asked = ask()
    HelpRequest.objects.update(practice=False)
    promises.hear(asked.promises.get(), at=timezone.now())
    lifecycle.resolve(asked, answer="Yes, from $150.", by=supervisor)
    outbox.deliver_due()
    return came_back(Message.objects.get())


def came_back(message, code="30006"):
    message.refresh_from_db()
    reports.note(message.pk, provider_id=message.provider_id, status="undelivered", error_code=code)
    message.refresh_from_db()
    return message


def press(desk, message, phone="(312) 555-0187", said=SAID):
    address = reverse("admin:supervision_helprequest_elsewhere", args=[message.help_request_id])
    return desk.post(address, {"message": message.pk, "phone": phone, "said": said}, follow=True)


def test_the_same_text_goes_there_once_and_the_first_stays_undelivered(desk, failed, supervisor):
    page = press(desk, failed)
    outbox.deliver_due()

    assert "the text goes to the other number" in page.content.decode()
    assert [(one.recipient, one.text) for one in MemoryBackend.sent] == [(PHONE, failed.text), (OTHER, failed.text)]
    failed.refresh_from_db()
    assert (failed.state, failed.recipient) == (State.UNDELIVERED, PHONE)
    consent = Consent.objects.get(caller__phone=OTHER)
    assert consent.words == f"{person(supervisor)} noted: “{SAID}”"
    assert consent.call == failed.help_request.call
    assert Event.objects.filter(kind="another_number", payload__by=str(supervisor.pk)).count() == 1
    assert undelivered.of(failed.help_request) is None
    assert undelivered.recent(timezone.now()) == []


def test_the_promise_follows_and_is_kept_where_it_arrives(desk, failed):
    promise = failed.help_request.promises.get()
    assert promise.state == Promise.State.BROKEN

    press(desk, failed)
    promise.refresh_from_db()
    assert promise.is_open
    assert promise.look_at
    outbox.deliver_due()
    second = Message.objects.latest("id")
    reports.note(second.pk, provider_id=second.provider_id, status="delivered")

    assert failed.help_request.promises.get().state == Promise.State.KEPT


def test_a_promise_whose_time_had_passed_stays_broken(failed, supervisor):
    late = failed.help_request.promises.get().due_at + timedelta(minutes=1)

    assert another_number.send_to(failed, OTHER, said=SAID, by=supervisor, at=late)

    assert failed.help_request.promises.get().state == Promise.State.BROKEN


def test_what_comes_back_from_there_too_is_on_the_desk_again(desk, failed):
    press(desk, failed)
    outbox.deliver_due()
    second = came_back(Message.objects.latest("id"))

    assert undelivered.of(failed.help_request) == second
    assert undelivered.recent(timezone.now()) == [second]
    assert failed.help_request.promises.get().state == Promise.State.BROKEN
    one_for_each_call = press(desk, second, phone="312 555 0188").content.decode()
    assert "send texts to that number" in one_for_each_call


@pytest.mark.parametrize(
    ("phone", "said", "words"),
    [
        ("12", SAID, "not a telephone number"),
        ("+44 20 7946 0000", SAID, "of that country"),
        (PHONE, SAID, "has been sent to that number before"),
        ("312 555 0187", "", "Note who gave the number"),
        ("", SAID, "Type the number"),
    ],
)
def test_what_cannot_be_is_said_beside_what_was_typed(desk, failed, phone, said, words):
    page = press(desk, failed, phone, said)

    assert page.status_code == 422
    shown = page.content.decode()
    assert words in shown
    assert all(f'value="{typed}"' in shown for typed in (phone, said) if typed)
    assert Message.objects.count() == 1
    assert not Consent.objects.filter(words__contains=SAID).exists()


@pytest.mark.parametrize("why", ["opted_out_at", "unreachable_since"])
def test_who_wants_or_gets_no_texts_there_gets_none(desk, failed, why):
    Caller.objects.create(phone=OTHER, **{why: timezone.now()})

    assert "send texts to that number" in press(desk, failed).content.decode()

    assert Message.objects.count() == 1


def test_who_has_opted_out_in_between_is_not_texted_elsewhere(desk, failed):
    lifecycle.opt_out(failed.help_request.caller)

    assert "they want no texts" in press(desk, failed).content.decode()

    assert Message.objects.count() == 1


def test_opting_out_there_before_it_has_left_stops_it(failed, supervisor, settings):
    settings.QUIET_HOURS = (0, 24)
    another_number.send_to(failed, OTHER, said=SAID, by=supervisor)

    lifecycle.opt_out(Caller.objects.get(phone=OTHER))

    assert Message.objects.latest("id").cancelled_because == Message.CancelledBecause.OPTED_OUT


def test_to_a_text_that_the_provider_says_they_want_none_of_no_other_is_offered(desk, failed):
    Message.objects.update(error_code="21610")

    page = desk.get(reverse("admin:supervision_helprequest_answer", args=[failed.help_request_id])).content.decode()

    assert "Text another number" not in page
    assert "look again" in press(desk, failed).content.decode()
    assert Message.objects.count() == 1


def test_what_may_have_arrived_is_not_sent_elsewhere(desk, failed):
    Message.objects.update(state=State.UNDECIDED)

    assert "look again" in press(desk, failed).content.decode()

    assert Message.objects.count() == 1


def test_a_late_word_that_the_first_has_arrived_comes_too_late(desk, failed):
    press(desk, failed)

    assert not reports.note(failed.pk, provider_id=failed.provider_id, status="delivered")
    outbox.deliver_due()
    assert not reports.note(failed.pk, provider_id=failed.provider_id, status="delivered")

    failed.refresh_from_db()
    assert failed.state == State.UNDELIVERED
    assert [one.recipient for one in MemoryBackend.sent] == [PHONE, OTHER]
    assert failed.help_request.promises.get().is_open  # until the second one has arrived


def test_what_has_arrived_before_it_is_pressed_goes_nowhere_else(desk, failed):
    Message.objects.update(state=State.SENT)
    reports.note(failed.pk, provider_id=failed.provider_id, status="delivered")

    assert "look again" in press(desk, failed).content.decode()

    assert Message.objects.count() == 1


def test_undone_before_it_has_left_the_next_answer_goes_to_the_number_of_before(failed, supervisor, settings):
    settings.QUIET_HOURS = (0, 24)
    another_number.send_to(failed, OTHER, said=SAID, by=supervisor)

    undone = grouping.undo(failed.help_request, by=supervisor).taken_back[0]

    assert Message.objects.latest("id").cancelled_because == Message.CancelledBecause.UNDONE
    assert HelpRequest.objects.get(pk=undone.pk).customer_phone == PHONE
    assert not Caller.objects.get(phone=OTHER).may_be_texted
    lifecycle.resolve(undone, answer="No.", by=supervisor)
    assert Message.objects.latest("id").recipient == PHONE


def test_corrected_after_it_has_left_the_right_answer_goes_to_the_same_number(desk, failed, supervisor):
    press(desk, failed)
    outbox.deliver_due()

    lifecycle.correct(failed.help_request, answer="No.", by=supervisor)

    assert Message.objects.latest("id").recipient == OTHER


@pytest.mark.parametrize("line", [(recipients, "note_number"), (messages, "queue"), (another_number, "tell")])
def test_what_ends_between_two_lines_has_not_begun(failed, supervisor, monkeypatch, line):
    monkeypatch.setattr(*line, lambda *args, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        another_number.send_to(failed, OTHER, said=SAID, by=supervisor)

    assert Message.objects.count() == 1
    assert not Caller.objects.filter(phone=OTHER).exists()
    assert HelpRequest.objects.get().customer_phone == PHONE
    assert Promise.objects.get().state == Promise.State.BROKEN


def test_who_may_not_answer_sends_nothing(client, failed, django_user_model):
    client.force_login(django_user_model.objects.create_user("visitor", is_staff=True))

    assert press(client, failed).status_code == 403
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_supervisors_at_once_one_sends_it(failed, supervisor):
    together, done = threading.Barrier(2), []

    def send(phone):
        together.wait()
        try:
            done.append(another_number.send_to(failed, phone, said=SAID, by=supervisor))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[phone]) for phone in (OTHER, "+13125550188")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == [False, True]
    assert Message.objects.filter(state=State.QUEUED).count() == 1
