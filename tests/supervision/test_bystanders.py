"""A supervisor whose right to be in a call has ended leaves its room, whatever the page says."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django_q.models import OrmQ

from supervision import bystanders, call_control, calls, jobs
from supervision.call_control import Participant, Unreachable
from supervision.models import Call, Event

CALLER = Participant("sip_1", is_agent=False, is_hidden=False, may_speak=True)
AGENT = Participant("agent-1", is_agent=True, is_hidden=False, may_speak=True)


@pytest.fixture
def room(monkeypatch, settings):
    """Who is in the call's room; whoever is put out is gone from it."""
    people = [CALLER, AGENT]
    monkeypatch.setattr(call_control, "is_configured", lambda: True)
    monkeypatch.setattr(call_control, "participants", lambda room: list(people))
    monkeypatch.setattr(call_control, "nudge", lambda call: None)
    monkeypatch.setattr(
        call_control, "remove", lambda room, name: people.remove(next(one for one in people if one.identity == name))
    )
    settings.ALLOW_LISTENING = True
    return people


@pytest.fixture
def boss(sue):
    sue.user_permissions.add(*Permission.objects.filter(codename__in=("listen", "take_over", "view_call")))
    return sue


def listener(user):
    return Participant(f"desk-{user.pk}-ab", is_agent=False, is_hidden=True, may_speak=False)


def speaker(user):
    return Participant(f"desk-{user.pk}-cd", is_agent=False, is_hidden=False, may_speak=True)


def take_away(user, name):
    user.user_permissions.remove(Permission.objects.get(codename=name))


def switch_off(user, field):
    setattr(user, field, False)
    user.save()


def test_who_may_be_there_stays(room, spoken, boss):
    calls.take_over(spoken, by=boss)
    room += [listener(boss), speaker(boss)]

    assert bystanders.put_out() == 0
    assert len(room) == 4


@pytest.mark.parametrize(
    "happens",
    [
        lambda call, user, settings: take_away(user, "listen"),
        lambda call, user, settings: take_away(user, "view_call"),
        lambda call, user, settings: switch_off(user, "is_staff"),
        lambda call, user, settings: switch_off(user, "is_active"),
        lambda call, user, settings: setattr(settings, "ALLOW_LISTENING", False),
        lambda call, user, settings: calls.go_off_the_record(call),
    ],
    ids=["not allowed", "sees no calls", "not staff", "gone", "switched off", "off the record"],
)
def test_a_listener_leaves_once_nobody_may_listen(room, spoken, boss, settings, happens):
    room.append(listener(boss))
    happens(spoken, boss, settings)

    assert bystanders.put_out() == 1
    assert room == [CALLER, AGENT]


@pytest.mark.parametrize(
    "happens",
    [
        lambda call, user, other: calls.hand_back(call),
        lambda call, user, other: take_away(user, "take_over"),
        lambda call, user, other: calls.hand_back(call) and calls.take_over(call, by=other),
    ],
    ids=["handed back", "not allowed", "another has it"],
)
def test_who_no_longer_has_the_call_is_not_heard_in_it(room, spoken, boss, tom, happens):
    calls.take_over(spoken, by=boss)
    room.append(speaker(boss))
    happens(spoken, boss, tom)

    assert bystanders.put_out() == 1
    assert room == [CALLER, AGENT]


@pytest.mark.parametrize("also", [False, True], ids=["not allowed", "signed out"])
def test_the_call_of_who_is_put_out_is_hers_again_at_once(room, spoken, boss, also):
    calls.take_over(spoken, by=boss)
    room.append(speaker(boss))
    if not also:
        take_away(boss, "take_over")

    assert bystanders.put_out(also=boss.pk if also else None) == 1

    spoken.refresh_from_db()
    assert (spoken.state, spoken.taken_over_by) == (Call.State.ANSWERED, None)
    assert "may not speak" in Event.objects.get(kind="call_handed_back").reason


def test_who_is_let_in_while_it_is_looked_stays(room, spoken, boss, monkeypatch):
    def there(name):
        calls.take_over(spoken, by=boss)
        return [*room, speaker(boss)]

    monkeypatch.setattr(call_control, "participants", there)

    assert bystanders.put_out() == 0


def test_an_ear_that_is_put_out_leaves_the_call_to_who_has_it(room, spoken, boss, tom):
    calls.take_over(spoken, by=boss)
    room += [speaker(boss), listener(tom)]

    assert bystanders.put_out() == 1

    spoken.refresh_from_db()
    assert (spoken.state, spoken.taken_over_by) == (Call.State.TAKEN_OVER, boss)


def test_a_name_that_nobody_gave_out_leaves(room, spoken):
    room += [
        Participant(f"desk-{name}", is_agent=False, is_hidden=True, may_speak=False) for name in ("x-1", "", "9-a")
    ]

    assert bystanders.put_out() == 3


def test_without_livekit_nobody_is_sent_away_and_nothing_breaks(room, spoken, boss, monkeypatch):
    def away(room):
        raise Unreachable("Who is in the call is unknown.")

    monkeypatch.setattr(call_control, "participants", away)

    assert bystanders.put_out() == 0


@pytest.mark.parametrize("verb", ["go_off_the_record", "hand_back"])
def test_it_is_looked_at_as_soon_as_a_right_ends(spoken, boss, verb):
    calls.take_over(spoken, by=boss)
    OrmQ.objects.all().delete()

    getattr(calls, verb)(spoken)

    assert jobs.PUT_OUT in [one.func() for one in OrmQ.objects.all()]


@pytest.fixture
def owner(admin_client):
    """The browser of somebody who may change rights."""
    OrmQ.objects.all().delete()
    return admin_client


@pytest.mark.parametrize(
    "change",
    [
        lambda owner, user, group: owner.post(
            reverse("admin:auth_user_change", args=[user.pk]),
            {"username": "sue", "is_staff": "on", "date_joined_0": "2026-06-03", "date_joined_1": "12:00"},
        ),
        lambda owner, user, group: owner.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"}),
        lambda owner, user, group: owner.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "Ears"}),
        lambda owner, user, group: owner.post(
            reverse("admin:auth_group_changelist"),
            {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"},
        ),
    ],
    ids=["a person", "a person is gone", "a group", "a group is gone"],
)
def test_it_is_looked_at_as_soon_as_an_owner_changes_rights(owner, salon, sue, change):
    group = Group.objects.create(name="Listeners")

    assert change(owner, sue, group).status_code == 302

    assert jobs.PUT_OUT in [one.func() for one in OrmQ.objects.all()]
