"""Who gets texts: the switch on the desk, a supervisor's own telephone, and what owners see of it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from supervision import duty, outbox
from supervision.delivery.memory import MemoryBackend
from supervision.models import Event, Message, Supervisor

SUES, TOMS = "+13125550101", "+13125550102"
BACKEND = "django.contrib.auth.backends.ModelBackend"
MY_TEXTS = "admin:supervision_my_texts"


@pytest.fixture
def toms_desk(client_of, tom):
    tom.user_permissions.add(Permission.objects.get(codename="change_helprequest"))
    return client_of(tom)


@pytest.fixture
def client_of():
    def client_of(user):
        client = Client()
        client.force_login(user, BACKEND)
        return client

    return client_of


def post(client, **data):
    return client.post(reverse(MY_TEXTS), data)


def texted_code():
    outbox.deliver_due()
    return re.match(r"\d{6}", MemoryBackend.sent[-1].text)[0]


def enrol(client, phone=SUES):
    post(client, phone=phone)
    return post(client, code=texted_code())


def test_a_telephone_counts_once_its_code_was_typed(desk, supervisor, salon):
    post(desk, phone="312 555 0101")
    assert Supervisor.objects.get(user=supervisor).phone is None

    post(desk, code=texted_code())

    assert Supervisor.objects.get(user=supervisor).phone == SUES
    assert MemoryBackend.sent[-1].recipient == SUES


def test_a_code_can_be_guessed_five_times(desk, supervisor, salon):
    post(desk, phone=SUES)
    code = texted_code()
    wrong = f"{(int(code) + 1) % 10**6:06}"

    pages = [post(desk, code=wrong) for _ in range(5)]
    late = post(desk, code=code)

    assert {page.status_code for page in pages} == {422}
    assert "no longer good" in late.content.decode()
    assert Supervisor.objects.get(user=supervisor).phone is None


def test_a_code_is_good_for_the_number_that_it_was_texted_to(desk, supervisor, salon):
    post(desk, phone=SUES)
    first = texted_code()
    post(desk, another="yes")
    post(desk, phone="+13125550103")

    post(desk, code=first)

    assert Supervisor.objects.get(user=supervisor).phone is None


def test_codes_are_not_texted_without_end(desk, salon):
    for _ in range(3):
        post(desk, phone=SUES)
        post(desk, another="yes")

    page = post(desk, phone=SUES)

    assert "Enough codes" in page.content.decode()
    assert Message.objects.count() == 3


@pytest.mark.parametrize("phone", ["", "12", "+442079460000", "+13125550102", "+13125550199"])
def test_what_is_no_number_of_his_is_refused_in_words(desk, salon, tom, settings, phone):
    settings.PHONE_NUMBER = "+13125550199"
    Supervisor.objects.create(user=tom, phone=TOMS)

    page = post(desk, phone=phone)

    assert page.status_code == 422
    assert not Message.objects.exists()


def test_nobody_reads_a_colleagues_code_or_name_for_a_question(admin_client, desk, toms_desk, salon):
    post(desk, phone=SUES)
    code, listed = texted_code(), reverse("admin:supervision_message_changelist")
    message = Message.objects.get()

    pages = [
        admin_client.get(listed),
        admin_client.get(reverse("admin:supervision_message_change", args=[message.pk])),
    ]

    assert all(code not in page.content.decode() for page in pages)
    assert "only that telephone shows it" in pages[0].content.decode()
    assert "only that telephone" not in admin_client.get(listed, {"q": code}).content.decode()


def test_the_switch_on_the_desk_switches_and_is_followed_live(desk, supervisor, salon):
    enrol(desk)

    desk.post(reverse("admin:supervision_duty"), {"on": "yes"})

    page = desk.get(reverse("admin:index")).content.decode()
    assert Supervisor.objects.on_duty().get().user == supervisor
    assert "Go off duty" in page
    assert Event.objects.filter(topic="desk", kind="duty", reason="on").count() == 1
    desk.post(reverse("admin:supervision_duty"), {"on": "no"})
    assert "Nobody gets texts" in desk.get(reverse("admin:index")).content.decode()


def test_who_has_no_telephone_is_led_to_giving_one(desk, salon):
    answer = desk.post(reverse("admin:supervision_duty"), {"on": "yes"})

    assert answer.headers["Location"] == reverse(MY_TEXTS)
    assert not Supervisor.objects.on_duty().exists()


def test_the_switch_is_no_link_and_needs_a_token(desk, salon):
    assert desk.get(reverse("admin:supervision_duty")).status_code == 405

    desk.handler.enforce_csrf_checks = True
    assert desk.post(reverse("admin:supervision_duty"), {"on": "yes"}).status_code == 403


def test_who_may_not_answer_has_neither_page_nor_switch(client_of, tom, salon):
    client = client_of(tom)

    assert client.get(reverse(MY_TEXTS)).status_code == 403
    assert client.post(reverse("admin:supervision_duty"), {"on": "yes"}).status_code == 403


def test_forgetting_the_number_ends_the_duty(desk, supervisor, salon):
    enrol(desk)
    desk.post(reverse("admin:supervision_duty"), {"on": "yes"})

    post(desk, forget="yes")

    me = Supervisor.objects.get(user=supervisor)
    assert (me.phone, me.on_duty) == (None, False)


def test_stop_and_a_shut_door_stand_on_the_desk(desk, supervisor, salon, tom):
    sues = Supervisor.objects.create(user=supervisor, phone=SUES, on_duty=True)
    duty.note_stop(sues, stopped=True, at=timezone.now())
    Supervisor.objects.create(user=tom, phone=TOMS, shut_until=timezone.now() + timedelta(hours=1))

    page = desk.get(reverse("admin:index")).content.decode()

    assert "Sue has texted STOP" in page
    assert "Five wrong texts came from the number of tom" in page


def test_owners_see_all_and_open_the_door(admin_client, sue, salon):
    sues = Supervisor.objects.create(user=sue, phone=SUES, shut_until=timezone.now() + timedelta(hours=1))
    listed = reverse("admin:supervision_supervisor_changelist")

    page = admin_client.get(listed).content.decode()
    admin_client.post(listed, {"action": "open_the_door", "_selected_action": [sues.pk]})

    sues.refresh_from_db()
    assert sues.shut_until is None
    assert SUES not in page
    assert admin_client.get(reverse("admin:supervision_supervisor_add")).status_code == 403


def test_a_supervisor_without_the_right_sees_no_list(desk, salon):
    assert desk.get(reverse("admin:supervision_supervisor_changelist")).status_code == 403
