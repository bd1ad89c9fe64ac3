"""Signing in with a code: nobody is in before it was right, it is good once, and a lost telephone is no end."""

import re
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from supervision import two_factor

LOGIN, CODE, DESK = "admin:login", "admin:supervision_code", "admin:index"
PASSWORD = "right-words-here"


@pytest.fixture
def sam(supervisor):
    supervisor.set_password(PASSWORD)
    supervisor.save()
    return supervisor


def code_of(user, *, later=0):
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift + later)
    return f"{totp.token():06d}"


@pytest.fixture
def paper(sam):
    """Sam has set it up; returns the codes on paper."""
    two_factor.begin(sam)
    codes = two_factor.confirm(sam, code_of(sam))
    TOTPDevice.objects.update(last_t=-1)  # as if that were a while ago
    return codes


def give_password(browser, user, **where):
    return browser.post(reverse(LOGIN), {"username": user.get_username(), "password": PASSWORD, **where})


def is_in(browser):
    return browser.get(reverse(DESK)).status_code == 200


def test_the_password_alone_is_not_enough(client, sam, paper, salon):
    response = give_password(client, sam)

    assert response.headers["Location"] == reverse(CODE)
    assert "_auth_user_id" not in client.session
    assert not is_in(client)


def test_the_code_leads_to_where_one_wanted_to_go(client, sam, paper, salon):
    there = reverse("admin:supervision_practice")
    give_password(client, sam, next=there)

    response = client.post(reverse(CODE), {"code": code_of(sam)})

    assert response.headers["Location"] == there
    assert is_in(client)


def test_a_code_leads_to_no_place_of_others(client, sam, paper, salon):
    give_password(client, sam, next="https://evil.example/")

    assert client.post(reverse(CODE), {"code": code_of(sam)}).headers["Location"] == reverse(DESK)


def test_a_code_is_good_once(sam, paper, salon):
    first, second, code = Client(), Client(), code_of(sam)
    for browser in (first, second):
        give_password(browser, sam)
        browser.post(reverse(CODE), {"code": code})

    assert is_in(first)
    assert not is_in(second)


def test_a_code_on_paper_is_good_once(sam, paper, salon):
    first, second = Client(), Client()
    for browser in (first, second):
        give_password(browser, sam)
        browser.post(reverse(CODE), {"code": paper[0].upper()})

    assert is_in(first)
    assert not is_in(second)
    assert two_factor.codes_left(sam) == two_factor.CODES - 1


@pytest.mark.parametrize("wrong", ["000000", "", "zzzz zzzz", "²²²²²²", "9" * 400])
def test_a_wrong_code_is_said_to_be_wrong(client, sam, paper, salon, wrong):
    give_password(client, sam)

    response = client.post(reverse(CODE), {"code": wrong})

    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not is_in(client)


def test_guessing_codes_locks_like_guessing_passwords(client, sam, paper, salon):
    give_password(client, sam)
    for _ in range(5):
        response = client.post(reverse(CODE), {"code": "000000"})

    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    client.post(reverse(CODE), {"code": code_of(sam)})
    assert response.status_code == 429
    assert give_password(Client(), sam).status_code == 429
    assert not is_in(client)


def test_after_wrong_codes_even_the_right_one_waits_a_moment(client, sam, paper, salon):
    give_password(client, sam)
    client.post(reverse(CODE), {"code": "000000"})

    response = client.post(reverse(CODE), {"code": code_of(sam)})

    assert "Wait a moment" in response.content.decode()
    assert not is_in(client)


def test_another_password_meanwhile_begins_anew(client, sam, paper, salon):
    give_password(client, sam)
    sam.set_password("quite-another-one")
    sam.save()

    response = client.post(reverse(CODE), {"code": code_of(sam)})

    assert response.headers["Location"] == reverse(LOGIN)
    assert not is_in(client)


def test_setting_it_up_asks_for_a_first_code_and_signs_out_elsewhere(client, sam, salon):
    elsewhere = Client()
    give_password(elsewhere, sam)
    give_password(client, sam)
    address = reverse("admin:supervision_two_factor")
    shown = client.get(address).content.decode()

    wrong = client.post(address, {"code": "000000"})
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    right = client.post(address, {"code": code_of(sam)})

    assert 'src="data:image/svg+xml' in shown
    assert wrong.status_code == 422
    assert len(re.findall(r"<li><code", right.content.decode())) == two_factor.CODES
    assert is_in(client)
    assert not is_in(elsewhere)


def test_the_key_is_not_shown_again_once_it_is_in_use(desk, supervisor, salon):
    two_factor.begin(supervisor)
    two_factor.confirm(supervisor, code_of(supervisor))

    response = desk.get(reverse("admin:supervision_two_factor"))

    assert response.headers["Location"] == reverse("admin:supervision_profile")


@pytest.mark.parametrize(("password", "is_on"), [("wrong", True), (PASSWORD, False)])
def test_taking_it_away_needs_the_password(client, sam, paper, salon, password, is_on):
    client.force_login(sam, "django.contrib.auth.backends.ModelBackend")

    client.post(reverse("admin:supervision_two_factor"), {"password": password, "remove": "yes"})

    assert two_factor.is_on(sam) is is_on


def test_owners_must_have_it_where_that_is_set(client, sam, salon, settings):
    settings.REQUIRE_TWO_FACTOR = True
    sam.groups.add(Group.objects.get_or_create(name="Owners")[0])
    first = reverse("admin:supervision_first_code")

    assert give_password(client, sam).headers["Location"] == first
    assert not is_in(client)
    assert "Owners sign in with a code here" in client.get(first).content.decode()
    assert client.post(first, {"code": code_of(sam)}).status_code == 200
    assert is_in(client)


def test_an_owner_who_was_in_before_that_was_set_has_to_set_it_up(desk, supervisor, salon, settings):
    supervisor.groups.add(Group.objects.get_or_create(name="Owners")[0])
    assert is_in(desk)

    settings.REQUIRE_TWO_FACTOR = True

    assert desk.get(reverse(DESK)).status_code == 302
    assert desk.get("/api/help-requests").status_code == 401


def test_others_need_no_code_where_owners_must(client, sam, salon, settings):
    settings.REQUIRE_TWO_FACTOR = True

    give_password(client, sam)

    assert is_in(client)


def test_a_lost_telephone_is_reset_by_a_command(client, sam, paper, salon):
    give_password(client, sam)
    client.post(reverse(CODE), {"code": code_of(sam)})
    printed = StringIO()

    call_command("resettwofactor", sam.get_username(), stdout=printed)

    assert "password alone" in printed.getvalue()
    assert not is_in(client)
    give_password(client, sam)
    assert is_in(client)


@pytest.mark.parametrize("login", ["nobody", "sue"])
def test_there_is_nothing_to_reset(sam, login):
    with pytest.raises(CommandError):
        call_command("resettwofactor", login)
