"""Notices to devices: who gets one, what a locked screen shows, and what becomes of it."""

import json
import stat
import threading
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from supervision import asking, calls, duty, jobs, lifecycle, outbox, push, push_service, vapid
from supervision.delivery.memory import MemoryBackend
from supervision.models import Message, Push, PushDevice, Supervisor
from supervision.push_service import Subscription
from tests.doubles.push_service import Browser, decoded
from tests.doubles.push_service import push_service as double

KEEP, CHANGE = "admin:supervision_notices_keep", "admin:supervision_notices_change"
WORDS = "Does Maria at +14155550199 do keratin?"


@pytest.fixture
def service(settings):
    with double() as service:
        settings.PUSH_SERVICES = [service.url]
        yield service
        service.open.set()
        assert service.refused == []


@pytest.fixture
def subscribe(desk, service):
    """`subscribe()` is a browser of Sue's that has switched notices on."""

    def subscribe(client=desk):
        browser = service.subscribe()
        assert tell(client, browser.as_told()).status_code == 200
        return browser

    return subscribe


@pytest.fixture
def sue_on_duty(supervisor):
    return Supervisor.objects.create(user=supervisor, phone="+13125550101", on_duty=True, code="PD")


@pytest.fixture
def telephone(sue_on_duty, subscribe):
    return subscribe()


def tell(client, told):
    return client.post(reverse(KEEP), json.dumps(told), content_type="application/json")


def ask_about(call, words=WORDS, **how):
    return lifecycle.request_help(words, call=call, **how)


def test_a_new_question_rings_without_a_word_of_the_caller(telephone, spoken):
    asked = ask_about(spoken)
    push.send_due()

    [notice] = telephone.notices
    assert notice["title"] == "A new question"
    assert notice["url"] == reverse("admin:supervision_helprequest_answer", args=[asked.pk])
    said = json.dumps(notice)
    assert not any(words in said for words in ("Maria", "keratin", "0199", spoken.caller.phone, asked.reference))


def test_it_is_sealed_for_that_browser_alone(telephone, subscribe, service, spoken):
    stranger = Browser(service.url)
    sealed = push_service.encrypt(_subscription(telephone), b"a notice")

    assert telephone.read(sealed) == b"a notice"
    with pytest.raises(InvalidTag):
        stranger.read(sealed)


def test_the_double_reads_what_rfc_8291_gives_as_its_example():
    browser = Browser("", private="q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", secret="BTBZMqHH6r4Tts7J_aSIgg")
    sealed = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK"
        "6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )

    assert browser.read(decoded(sealed)) == b"When I grow up, I want to be a watermelon"


def test_who_holds_rings_with_a_page_to_go_to_and_not_when_he_has_gone(telephone, spoken):
    asked = ask_about(spoken)
    push.send_due()
    calls.hold(spoken)
    push.send_due()

    assert telephone.notices[-1]["title"] == "A caller is holding"
    assert telephone.notices[-1]["url"].endswith(f"{asked.pk}/answer/")

    calls.resume(spoken)
    calls.hold(spoken)
    calls.resume(spoken)
    push.send_due()
    assert len(telephone.notices) == 2


def test_emergency_words_ring_once_more(telephone, spoken):
    asking.raise_alarm("I cannot breathe", call=spoken)
    push.send_due()

    assert "An urgent question" in [notice["title"] for notice in telephone.notices]


def test_practice_rings_nobody(telephone, call):
    ask_about(call)
    call.refresh_from_db()
    push.hold(call, at=timezone.now())

    assert not Push.objects.exists()


def test_off_duty_rings_nothing(telephone, sue_on_duty, spoken):
    duty.switch(sue_on_duty, on=False)

    ask_about(spoken)

    assert not Push.objects.exists()


def test_who_has_a_device_and_no_telephone_goes_on_duty_for_notices_alone(desk, subscribe, supervisor, spoken):
    browser = subscribe()
    desk.post(reverse("admin:supervision_duty"), {"on": "yes"})

    ask_about(spoken)
    push.send_due()

    assert len(browser.notices) == 1
    assert not Message.objects.exists()


@pytest.mark.parametrize("loses", ["right", "account", "duty", "reason"])
def test_what_has_ended_since_is_looked_at_when_it_leaves(telephone, sue_on_duty, supervisor, spoken, loses):
    asked = ask_about(spoken)
    if loses == "right":
        supervisor.user_permissions.clear()
    elif loses == "account":
        type(supervisor).objects.filter(pk=supervisor.pk).update(is_active=False)
    elif loses == "duty":
        duty.switch(sue_on_duty, on=False)
    else:
        lifecycle.resolve(asked, answer="Yes.", by=supervisor)

    push.send_due()

    assert telephone.notices == []
    assert Push.objects.get().outcome == Push.Outcome.OVER


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(telephone, service, spoken, status):
    service.answers = [status]
    ask_about(spoken)

    push.send_due()

    assert not PushDevice.objects.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_cannot_is_asked_again_later(telephone, service, spoken, status):
    service.answers = [status]
    ask_about(spoken)
    push.send_due()
    assert telephone.notices == []
    assert push.send_due() == 0

    push.send_due(at=timezone.now() + timedelta(seconds=10))

    assert len(telephone.notices) == 1


def test_what_is_refused_is_not_repeated(telephone, service, spoken):
    service.answers = [400]
    ask_about(spoken)
    push.send_due()

    push.send_due(at=timezone.now() + timedelta(minutes=5))

    assert Push.objects.get().outcome == Push.Outcome.REFUSED
    assert len(service.asked) == 1


def test_a_service_that_cannot_be_reached_costs_no_device(telephone, service, spoken, settings):
    settings.PUSH_SERVICES = ["http://127.0.0.1:9"]
    PushDevice.objects.update(endpoint="http://127.0.0.1:9/send/x")
    ask_about(spoken)

    push.send_due()

    assert PushDevice.objects.count() == 1
    assert Push.objects.waiting().count() == 1


def test_a_service_that_redirects_is_not_followed(telephone, service, spoken):
    service.answers = [307]
    ask_about(spoken)

    push.send_due()

    assert Push.objects.get().outcome == Push.Outcome.REFUSED


def test_what_is_too_much_for_one_each_is_told_in_one(telephone, settings, spoken):
    settings.ALERTS_PER_HOUR = 2
    for number in range(5):
        ask_about(spoken, f"Question number {number}?")

    push.send_due(at=timezone.now() + timedelta(minutes=3))

    titles = [notice["title"] for notice in telephone.notices]
    assert sorted(titles) == ["A new question", "A new question", "More questions wait"]


def test_two_processes_send_it_once(telephone, spoken):
    ask_about(spoken)
    [row] = push._due(timezone.now())
    [same] = push._due(timezone.now())

    assert push._take(row, timezone.now())
    assert not push._take(same, timezone.now())


def test_a_process_that_died_while_sending_leaves_it_to_another(telephone, spoken):
    ask_about(spoken)
    [row] = push._due(timezone.now())
    push._take(row, timezone.now())

    push.send_due(at=timezone.now() + push.LEASE + timedelta(seconds=1))

    assert len(telephone.notices) == 1


@pytest.mark.django_db(transaction=True)
def test_a_push_service_that_never_answers_keeps_no_worker(telephone, service, spoken):
    service.open.clear()
    ask_about(spoken)

    push.send_beside()
    [sender] = [thread for thread in threading.enumerate() if thread.name == "push"]
    outbox.deliver_due()

    assert sender.is_alive()
    assert "keratin" in MemoryBackend.sent[0].text
    service.open.set()
    sender.join(10)
    assert len(telephone.notices) == 1


def test_the_ticker_wakes_the_job(telephone, spoken, db):
    ask_about(spoken)
    OrmQ.objects.all().delete()

    jobs.Ticker().tick(timezone.now())

    assert jobs.PUSH in [row.func() for row in OrmQ.objects.all()]


def test_a_notice_now_for_ones_own_device_only(desk, telephone, tom, sue_on_duty):
    duty.switch(sue_on_duty, on=False)
    mine = PushDevice.objects.get()
    toms = PushDevice.objects.create(
        user=tom, endpoint="https://x", endpoint_key="x", p256dh="", auth="", name="Tom's", expires_at=timezone.now()
    )
    desk.post(reverse(CHANGE), {"test": toms.pk})
    desk.post(reverse(CHANGE), {"off": toms.pk})
    desk.post(reverse(CHANGE), {"test": mine.pk})

    push.send_due()

    assert [notice["title"] for notice in telephone.notices] == ["Notices reach this device"]
    assert PushDevice.objects.filter(pk=toms.pk).exists()


def test_off_by_the_row_or_by_the_browser(desk, telephone, subscribe):
    other = subscribe()
    desk.post(reverse(CHANGE), {"off": "this", "endpoint": other.endpoint})
    desk.post(reverse(CHANGE), {"off": PushDevice.objects.get().pk})

    assert not PushDevice.objects.exists()


def test_the_same_browser_is_one_device_and_moves_with_who_signs_in(desk, telephone, tom, client_of_tom):
    tell(desk, telephone.as_told())
    assert PushDevice.objects.count() == 1

    tell(client_of_tom, telephone.as_told())

    assert PushDevice.objects.get().user == tom


@pytest.fixture
def client_of_tom(tom):
    tom.user_permissions.add(Permission.objects.get(codename="change_helprequest"))
    client = Client()
    client.force_login(tom, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    "told",
    [
        {}, [], None, "x", {"endpoint": 1, "keys": {"p256dh": 2, "auth": 3}}, {"endpoint": "https://x", "keys": []},
        {"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "AA", "auth": "é"}},
        {"endpoint": "https://fcm.googleapis.com/x", "expirationTime": "soon", "keys": {"p256dh": "AA", "auth": "AA"}},
    ],
)  # fmt: skip
def test_what_no_browser_tells_is_refused_with_words(desk, told):
    answer = tell(desk, told)

    assert answer.status_code == 422
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:8000/admin/", "https://169.254.169.254/latest", "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/", "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example\\.push.apple.com/", "https://evil.example#.push.apple.com", "file:///etc/passwd", "",
        "https://[x", "https://web.push.apple.com.evil.example/",
    ],
)  # fmt: skip
def test_nobody_makes_the_salon_call_another_address(endpoint):
    assert not push_service.is_service(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc", "https://web.push.apple.com/QAbc",
        "https://updates.push.services.mozilla.com/wpush/v2/g", "https://wns2-par02p.notify.windows.com/w/?token=B",
    ],
)  # fmt: skip
def test_the_services_of_the_browsers_are_known(endpoint):
    assert push_service.is_service(endpoint)


def test_no_right_no_page_and_no_device(client, sue):
    client.force_login(sue, "django.contrib.auth.backends.ModelBackend")

    assert client.get(reverse("admin:supervision_notices")).status_code == 403
    assert tell(client, {}).status_code == 403


def test_the_key_is_made_once_and_is_its_owners_alone(settings, tmp_path):
    settings.VAR_DIR = tmp_path

    first = vapid.keys()

    assert vapid.keys() == first
    assert stat.S_IMODE((tmp_path / "vapid_key").stat().st_mode) == 0o600
    settings.VAPID_PRIVATE_KEY = first.private
    settings.VAR_DIR = tmp_path / "elsewhere"
    assert vapid.keys() == first


def test_old_notices_and_devices_are_forgotten(telephone, spoken):
    ask_about(spoken)

    push.forget_old(at=timezone.now() + timedelta(days=61))

    assert not Push.objects.exists()
    assert not PushDevice.objects.exists()


def test_one_supervisor_has_so_many_devices_and_no_more(desk, subscribe, supervisor):
    for _ in range(push.MOST_DEVICES + 2):
        subscribe()

    assert supervisor.push_devices.count() == push.MOST_DEVICES


def test_the_app_and_its_worker_come_from_the_root_under_the_strict_policy(client, salon):
    worker, manifest = client.get("/service-worker.js"), client.get("/manifest.webmanifest")

    assert worker["Content-Type"].startswith("text/javascript")
    assert worker["Cache-Control"] == "no-cache"
    assert "unsafe" not in worker["Content-Security-Policy"]
    facts = json.loads(manifest.content)
    assert facts["name"] == "Glow Beauty Salon"
    assert facts["start_url"] == reverse("admin:index")
    assert manifest["Content-Type"] == "application/manifest+json"


def _subscription(browser: Browser) -> Subscription:
    told = browser.as_told()
    return Subscription(told["endpoint"], told["keys"]["p256dh"], told["keys"]["auth"])
