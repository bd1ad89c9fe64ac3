"""An answer whose text did not arrive says so on its page, and what a person can do instead."""

import pytest
from django.urls import reverse

from supervision import lifecycle, outbox, reports, undelivered
from supervision.delivery import NotDelivered
from supervision.delivery.memory import MemoryBackend
from supervision.models import Event, HelpRequest, Message, Promise
from tests.supervision.conftest import PHONE

State = Message.State


@pytest.fixture
def answered(ask, supervisor, settings):
    """Answered by text, which the provider has taken."""
    settings.UNDO_WINDOW = settings.UNDO_WINDOW * 0
    settings.QUIET_HOURS = (0, 0)
    request = ask()
    lifecycle.resolve(request, answer="Yes, from $150.", by=supervisor)
    outbox.deliver_due()
    return HelpRequest.objects.get(pk=request.pk)


def came_back(answered, code):
    message = answered.messages.get()
    reports.note(message.pk, provider_id=message.provider_id, status="undelivered", error_code=code)
    return message


def page(desk, request):
    return desk.get(reverse("admin:supervision_helprequest_answer", args=[request.pk])).content.decode()


def press(desk, request, verb):
    return desk.post(reverse(f"admin:supervision_helprequest_{verb}", args=[request.pk]), follow=True)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("30006", ["is a landline", "ask for another number"]), ("30034", ["not registered", "manage.py doctor"]),
        ("21610", ["opted out", "text START"]), ("30008", ["does not say why", "correct the answer"]),
        ("", ["It did not arrive", "Ring"]),
    ],
)  # fmt: skip
def test_the_page_says_why_and_what_can_be_done_instead(desk, answered, code, words):
    came_back(answered, code)

    shown = page(desk, answered)

    assert "The text did not arrive." in shown
    assert all(word in shown for word in words)
    assert f'href="tel:{PHONE}"' in shown
    assert "Nothing more is to be sent" not in shown


def test_a_text_that_is_on_its_way_or_has_arrived_needs_nobody(desk, answered):
    assert "did not arrive" not in page(desk, answered)
    assert undelivered.of(answered) is None

    reports.note(answered.messages.get().pk, provider_id=answered.messages.get().provider_id, status="delivered")

    assert undelivered.of(answered) is None
    assert "I told them by phone" not in page(desk, answered)


def test_told_by_phone_closes_it_and_keeps_what_was_promised(desk, answered):
    came_back(answered, "30006")
    assert answered.promises.get().state == Promise.State.BROKEN

    assert "is marked as told by phone" in press(desk, answered, "told_by_phone").content.decode()

    answered.refresh_from_db()
    assert (answered.status, answered.closed_because) == ("resolved", "told_by_phone")
    assert answered.promises.get().state == Promise.State.KEPT
    assert Event.objects.filter(kind="told_by_phone").count() == 1
    assert "did not arrive" not in page(desk, answered)


def test_a_call_that_comes_after_what_was_promised_mends_nothing(answered, supervisor):
    came_back(answered, "30006")
    promise = answered.promises.get()

    assert undelivered.told_by_phone(answered, by=supervisor, at=promise.due_at + (promise.due_at - promise.made_at))

    assert answered.promises.get().state == Promise.State.BROKEN


def test_what_has_arrived_meanwhile_is_not_marked(desk, answered):
    message = answered.messages.get()
    reports.note(message.pk, provider_id=message.provider_id, status="delivered")

    assert "look again" in press(desk, answered, "told_by_phone").content.decode()

    answered.refresh_from_db()
    assert answered.closed_because == "answered"


@pytest.mark.parametrize(("verb", "state"), [("send_again", State.QUEUED), ("was_sent", State.SENT)])
def test_what_nobody_can_say_is_decided_by_a_person(desk, answered, verb, state):
    Message.objects.update(state=State.UNDECIDED)
    assert "rather twice than never" in page(desk, answered)

    press(desk, answered, verb)

    assert answered.messages.get().state == state


def test_while_the_provider_is_asked_there_is_nothing_to_press(desk, ask, supervisor, settings):
    settings.UNDO_WINDOW, settings.QUIET_HOURS = settings.UNDO_WINDOW * 0, (0, 0)
    MemoryBackend.failures = [NotDelivered("no answer", NotDelivered.UNKNOWN)]
    request = lifecycle.resolve(ask(), answer="Yes, from $150.", by=supervisor)
    outbox.deliver_due()

    shown = page(desk, request)

    assert "Nobody knows whether the text has left." in shown
    assert "I told them by phone" not in shown


def test_who_may_only_look_cannot_press(client, answered, tom):
    client.force_login(tom, backend="django.contrib.auth.backends.ModelBackend")

    for verb in ("told_by_phone", "send_again", "was_sent"):
        assert press(client, answered, verb).status_code == 403


def test_the_desk_lists_answers_that_reached_nobody_until_somebody_has_seen_to_them(desk, answered):
    came_back(answered, "30006")
    index = reverse("admin:index")
    assert "not reached" not in desk.get(index).content.decode()  # a supervisor played the caller
    HelpRequest.objects.update(practice=False)

    shown = desk.get(index).content.decode()
    assert "An answer has not reached its caller." in shown
    assert reverse("admin:supervision_helprequest_answer", args=[answered.pk]) in shown

    press(desk, answered, "told_by_phone")
    assert "not reached" not in desk.get(index).content.decode()


def test_a_provider_that_takes_nothing_is_on_the_desk_from_the_second_minute_on(desk, ask, supervisor, settings):
    settings.UNDO_WINDOW, settings.QUIET_HOURS = settings.UNDO_WINDOW * 0, (0, 0)
    MemoryBackend.failures = [NotDelivered("the provider could not be reached", NotDelivered.NOT_SENT)]
    request = lifecycle.resolve(ask(), answer="Yes, from $150.", by=supervisor)
    outbox.deliver_due()
    tried = request.messages.get().attempts.get().started_at

    assert undelivered.outage(tried) is None
    outage = undelivered.outage(tried + 2 * undelivered.A_MOMENT)
    assert (outage.using, outage.since, outage.reason) == ("1 wait", tried, "the provider could not be reached")

    outbox.deliver_due(at=tried + 10 * undelivered.A_MOMENT)
    assert undelivered.outage(tried + 11 * undelivered.A_MOMENT) is None
