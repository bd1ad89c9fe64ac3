"""Whether a supervisor is at hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from supervision import health, presence
from supervision.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_an_open_desk_is_a_supervisor_at_hand(django_user_model):
    sue = django_user_model.objects.create_user("sue")
    before = presence.somebody_at_hand()

    presence.seen(sue)

    assert (before, presence.somebody_at_hand()) == (False, True)


@pytest.mark.parametrize(("seconds", "at_hand"), [(24, True), (26, False)])
def test_a_desk_that_is_silent_is_closed(django_user_model, seconds, at_hand):
    presence.seen(django_user_model.objects.create_user("sue"))

    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=seconds))

    assert presence.somebody_at_hand() is at_hand


def test_two_pages_of_one_supervisor_are_one(django_user_model):
    sue = django_user_model.objects.create_user("sue")

    presence.seen(sue)
    presence.seen(sue)
    presence.seen(django_user_model.objects.create_user("tom"))

    assert presence.how_many_at_hand() == 2


def test_who_closes_the_desk_is_no_process_that_died(django_user_model):
    presence.seen(django_user_model.objects.create_user("sue"))

    assert health.status()["heartbeats"] == {}
