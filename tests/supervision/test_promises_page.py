"""Promises as the desk and the list of them show them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from knowledge.models import Salon
from supervision import ledger, promises
from supervision.models import HelpRequest, Promise


def page(desk, **query):
    return desk.get(reverse("admin:supervision_promise_changelist"), query).content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "not heard yet"),
        ({"state": "heard", "heard_at": timezone.now()}, "heard"),
        ({"state": "reminded", "reminded_at": timezone.now()}, "reminded"),
        ({"state": "reminded", "escalated_at": timezone.now()}, "next in line asked"),
        ({"state": "extended", "extended_at": timezone.now()}, "extended once"),
        ({"state": "broken", "settled_at": timezone.now()}, "broken"),
    ],
)
def test_the_desk_says_how_far_a_promise_is(desk, ask, values, words):
    request = ask()
    Promise.objects.update(**values)

    for address in (reverse("admin:index"), reverse("admin:supervision_helprequest_answer", args=[request.pk])):
        assert f'<p class="by so-far">{words}</p>' in desk.get(address).content.decode()


def test_the_desk_asks_for_all_promises_at_once(desk, ask, django_assert_max_num_queries):
    for n in range(3):
        ask(f"Question {n}?", phone=f"+1415555010{n}")
    with django_assert_max_num_queries(60) as counted:
        desk.get(reverse("admin:index"))
    few = len(counted)
    for n in range(3, 9):
        ask(f"Question {n}?", phone=f"+1415555010{n}")
    desk.get(reverse("admin:index"))  # what has happened is counted once, for the figures of today

    with django_assert_max_num_queries(few):
        desk.get(reverse("admin:index"))


@pytest.mark.parametrize("group", ["open", "kept", "broken"])
def test_the_list_is_told_apart_by_what_became_of_them(desk, ask, group):
    now = timezone.now()
    for name, state in (("open", "heard"), ("kept", "kept"), ("broken", "broken")):
        promise = ask(f"The {name} one?").promises.get()
        Promise.objects.filter(pk=promise.pk).update(state=state, settled_at=None if state == "heard" else now)

    shown = page(desk, became=group)

    assert [name for name in ("open", "kept", "broken") if f"The {name} one?" in shown] == [group]
    assert "The kept one?" in page(desk)


def test_a_promise_that_was_kept_late_says_so(desk, ask):
    promise = ask().promises.get()
    promises.hear(promise, at=timezone.now())
    Promise.objects.update(state="kept", settled_at=promise.due_at + timedelta(minutes=12))

    assert "12 min late" in page(desk)


def test_nobody_changes_a_promise_by_hand(admin_client, ask):
    address = reverse("admin:supervision_promise_change", args=[ask().promises.get().pk])

    assert admin_client.post(address, {"state": "kept"}).status_code == 403
    assert admin_client.get(address).status_code == 200


@pytest.fixture
def call_back(ask):
    """A caller who was promised a call and may not be texted."""
    request = ask()
    HelpRequest.objects.update(customer_phone="")
    Promise.objects.update(kind=Promise.Kind.CALL_BACK, state="heard", heard_at=timezone.now())
    return request


def test_who_was_promised_a_call_can_be_rung_from_the_answer_page(desk, call_back):
    shown = desk.get(reverse("admin:supervision_helprequest_answer", args=[call_back.pk])).content.decode()

    assert 'href="tel:+14155552671"' in shown
    assert "A call back was promised" in shown
    assert 'name="told"' in shown


def test_the_number_is_only_for_those_who_may_answer(desk, call_back, supervisor):
    supervisor.user_permissions.remove(supervisor.user_permissions.get(codename="change_helprequest"))

    shown = desk.get(reverse("admin:supervision_helprequest_answer", args=[call_back.pk])).content.decode()

    assert "4155552671" not in shown


def test_the_number_of_who_gets_a_text_is_not_shown(desk, ask):
    shown = desk.get(reverse("admin:supervision_helprequest_answer", args=[ask().pk])).content.decode()

    assert "4155552671" not in shown


def test_told_by_phone_keeps_the_call_that_was_promised(desk, call_back):
    answer = {"answer": "Yes, from $150.", "scope": "everyone", "holds": "always", "told": "1"}
    desk.post(reverse("admin:supervision_helprequest_answer", args=[call_back.pk]), answer)

    assert call_back.promises.get().state == Promise.State.KEPT


def test_who_taught_her_first_says_afterwards_that_he_has_called(desk, call_back):
    address = reverse("admin:supervision_helprequest_answer", args=[call_back.pk])
    desk.post(address, {"answer": "Yes, from $150.", "scope": "everyone", "holds": "always"})
    called = reverse("admin:supervision_helprequest_called", args=[call_back.pk])
    assert f'action="{called}"' in desk.get(address).content.decode()

    assert desk.get(called).status_code == 405
    desk.post(called)

    assert call_back.promises.get().state == Promise.State.KEPT
    assert called not in desk.get(address).content.decode()


def test_an_extended_promise_counts_down_to_its_new_time(desk, ask):
    request = ask()
    promise = request.promises.get()
    promises.hear(promise, at=timezone.now())
    HelpRequest.objects.update(practice=True)

    ledger.look(at=promise.due_at + timedelta(seconds=1))

    request.refresh_from_db()
    until = request.promised_by.astimezone(Salon.objects.current().zone).isoformat()
    assert f'data-until="{until}"' in desk.get(reverse("admin:index")).content.decode()


def test_what_is_left_of_an_open_promise_counts_down_in_the_list(desk, ask):
    request = ask()
    due = timezone.now() + timedelta(minutes=3, seconds=30)
    Promise.objects.update(due_at=due, state="heard", heard_at=timezone.now())

    assert 'class="promise soon"' in page(desk)
    assert "3 min left" in page(desk)

    promises.settle(request, Promise.State.KEPT, at=timezone.now())
    assert "3 min left" not in page(desk)


def test_the_desk_leads_to_what_is_open_with_the_nearest_first(desk, ask):
    first, second = ask("Is there parking?"), ask("Do you take dogs?")
    Promise.objects.filter(help_request=first).update(due_at=timezone.now() + timedelta(hours=3))
    promises.settle(ask("Do you braid beards?"), Promise.State.KEPT, at=timezone.now())

    home = desk.get(reverse("admin:index")).content.decode()
    address = next(line for line in home.split('"') if "became=open" in line).replace("&amp;", "&")
    rows = desk.get(address).context["cl"].result_list

    assert [row.help_request for row in rows] == [second, first]
