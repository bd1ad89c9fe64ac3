"""Everybody's own page: what is saved there, and what is not taken."""

import pytest
from django.urls import reverse

from supervision.models import Supervisor

PROFILE = "admin:supervision_profile"


def save(browser, **changes):
    return browser.post(reverse(PROFILE), {"first_name": "Sue", "language": "", "time_zone": "", **changes})


def test_name_language_zone_and_keys_are_kept(desk, supervisor, salon):
    save(desk, last_name="Ng", language="es", time_zone="Europe/Madrid")

    supervisor.refresh_from_db()
    me = Supervisor.objects.get(user=supervisor)
    assert supervisor.get_full_name() == "Sue Ng"
    assert (me.language, me.time_zone, me.single_keys) == ("es", "Europe/Madrid", False)
    assert 'data-single-keys="off"' in desk.get(reverse(PROFILE)).content.decode()


def test_a_telephone_and_the_duty_stay_as_they_are(desk, supervisor, salon):
    Supervisor.objects.create(user=supervisor, phone="+13125550101", on_duty=True, place=3)

    save(desk, single_keys="on", phone="+13125550199", on_duty="", place="0")

    me = Supervisor.objects.get()
    assert (me.phone, me.on_duty, me.place) == ("+13125550101", True, 3)


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Olympus"}, {"language": "xx"}, {"first_name": "a" * 151}])
def test_what_is_no_choice_is_not_saved(desk, supervisor, salon, wrong):
    response = save(desk, **wrong)

    assert response.status_code == 422
    assert "Not saved" in response.content.decode()
    assert not Supervisor.objects.exists()


def test_the_duty_is_switched_from_there(desk, supervisor, salon):
    Supervisor.objects.create(user=supervisor, phone="+13125550101")

    response = desk.post(reverse("admin:supervision_duty"), {"on": "yes", "stay": "profile"})

    assert Supervisor.objects.get().on_duty
    assert response.headers["Location"] == reverse(PROFILE)


def test_who_answers_nothing_has_a_profile_without_a_telephone(client, tom, salon):
    client.force_login(tom, "django.contrib.auth.backends.ModelBackend")

    page = client.get(reverse(PROFILE)).content.decode()

    assert "Set up codes" in page
    assert "Give a telephone" not in page
