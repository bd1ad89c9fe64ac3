"""A claim is handed to a colleague: he is told, takes it or leaves it, and what he leaves comes back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from supervision import claims, lifecycle, presence
from supervision.jobs import BRING_BACK, Ticker
from supervision.models import Event, HelpRequest, Message, Supervisor


@pytest.fixture
def colleague(tom):
    tom.first_name = "Tom"
    tom.save(update_fields=["first_name"])
    tom.user_permissions.add(*Permission.objects.filter(codename__in=("view_helprequest", "change_helprequest")))
    return tom


@pytest.fixture
def send(desk):
    return lambda verb, request, **form: desk.post(
        reverse(f"admin:supervision_helprequest_{verb}", args=[request.pk]), form, follow=True
    )


def page(browser, request):
    return browser.get(reverse("admin:supervision_helprequest_answer", args=[request.pk])).content.decode()


def again(request):
    return HelpRequest.objects.get(pk=request.pk)


def test_the_claim_moves_and_both_desks_say_so(desk, send, ask, supervisor, colleague, client):
    request = ask()

    response = send("hand", request, to=colleague.pk)

    handed = again(request)
    assert (handed.claimed_by, handed.handed_by) == (colleague, supervisor)
    assert f"{request.reference} is handed to Tom." in response.content.decode()
    assert "You handed this to Tom." in page(desk, request)
    assert Event.objects.filter(kind="handed_over", payload__by=str(supervisor.pk)).exists()
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    assert f"Sue hands you {request.reference}." in client.get(reverse("admin:index")).content.decode()
    assert "Sue hands this to you." in page(client, request)


def test_who_takes_it_has_it(ask, sue, colleague):
    request = lifecycle.hand_over(ask(), by=sue, to=colleague)

    taken = lifecycle.claim(request, by=colleague)

    assert (taken.claimed_by, taken.handed_by) == (colleague, None)
    assert claims.bring_back(at=timezone.now() + timedelta(days=1)) == 0


def test_what_nobody_takes_comes_back(ask, sue, colleague):
    request = lifecycle.hand_over(ask(), by=sue, to=colleague)

    assert claims.bring_back(at=request.claimed_until - timedelta(seconds=1)) == 0
    assert claims.bring_back(at=request.claimed_until) == 1

    back = again(request)
    assert (back.claimed_by, back.handed_by) == (sue, None)
    assert back.claimed_until > request.claimed_until
    assert Event.objects.filter(kind="hand_over_came_back").count() == 1


def test_the_ticker_brings_it_back_in_time(ask, sue, colleague, monkeypatch):
    request = lifecycle.hand_over(ask(), by=sue, to=colleague)
    queued = []
    monkeypatch.setattr("supervision.jobs.run_soon", queued.append)

    Ticker().tick(at=request.claimed_until - timedelta(seconds=1))
    assert BRING_BACK not in queued

    Ticker().tick(at=request.claimed_until)
    assert BRING_BACK in queued


def test_who_says_not_now_gives_it_back_at_once(ask, sue, colleague):
    request = lifecycle.hand_over(ask(), by=sue, to=colleague)

    back = lifecycle.release(request, by=colleague)

    assert (back.claimed_by, back.handed_by) == (sue, None)


def test_a_hand_over_is_taken_back_by_who_gave_it(ask, sue, colleague):
    request = lifecycle.hand_over(ask(), by=sue, to=colleague)

    back = lifecycle.claim(request, by=sue)

    assert (back.claimed_by, back.handed_by) == (sue, None)


def test_it_waits_for_half_of_what_is_left_of_the_promise_at_most(ask, sue, colleague):
    request = ask()
    HelpRequest.objects.filter(pk=request.pk).update(promised_by=timezone.now() + timedelta(minutes=4))

    handed = lifecycle.hand_over(again(request), by=sue, to=colleague)

    assert handed.claimed_until <= timezone.now() + timedelta(minutes=2)


def test_what_a_colleague_is_answering_is_not_handed_away(send, ask, tom, colleague, django_user_model):
    ida = django_user_model.objects.create_superuser("ida", password="-")
    request = lifecycle.claim(ask(), by=ida)

    response = send("hand", request, to=colleague.pk)

    assert again(request).claimed_by == ida
    assert "ida is answering this." in response.content.decode()


def test_what_is_answered_is_not_handed_over(ask, sue, colleague):
    request = lifecycle.resolve(ask(), answer="Yes.", by=sue)

    with pytest.raises(lifecycle.AlreadyClosed):
        lifecycle.hand_over(request, by=sue, to=colleague)


def test_an_answer_ends_the_hand_over(ask, sue, colleague):
    request = lifecycle.hand_over(ask(), by=sue, to=colleague)

    lifecycle.resolve(request, answer="Yes.", by=sue)

    assert (again(request).claimed_by, again(request).handed_by) == (None, None)


@pytest.mark.parametrize("whom", ["tom", "supervisor", ""])
def test_only_another_who_may_answer_can_be_chosen(send, ask, request, whom):
    asked = ask()
    to = request.getfixturevalue(whom).pk if whom else "nobody"

    response = send("hand", asked, to=to)

    assert again(asked).claimed_by is None
    assert "Choose a colleague who may answer." in response.content.decode()


def test_those_with_the_desk_open_come_first(desk, ask, colleague, django_user_model):
    django_user_model.objects.create_superuser("ada", password="-", first_name="Ada")
    request = ask()
    presence.seen(colleague)

    shown = " ".join(page(desk, request).split())

    assert shown.index('Tom</span> <span class="note">has the desk open') < shown.index("Ada</span>")


def test_who_is_on_duty_gets_a_text(ask, sue, colleague):
    Supervisor.objects.create(user=colleague, phone="+14155550142", on_duty=True)
    request = ask("Do you braid beards?")
    HelpRequest.objects.filter(pk=request.pk).update(practice=False)

    lifecycle.hand_over(again(request), by=sue, to=colleague)

    text = Message.objects.get(recipient="+14155550142", purpose="alert").text
    assert f"sue hands you {request.reference}{colleague.supervisor.code}" in text
    assert '"Do you braid beards?"' in text
