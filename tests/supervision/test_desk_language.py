"""The desk in its reader's language and zone; callers get the salon's words in the salon's time, whoever answers."""

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from knowledge.models import Salon
from knowledge.search import find_answers
from supervision import viewer
from supervision.models import HelpRequest, Message, Supervisor


@pytest.fixture
def prefers(desk, supervisor):
    """What the person at the desk has chosen."""

    def choose(**chosen):
        Supervisor.objects.update_or_create(user=supervisor, defaults=chosen)
        return desk

    return choose


def home(client, **headers):
    return client.get(reverse("admin:index"), headers=headers).content.decode()


def test_the_desk_is_in_the_language_of_who_has_chosen_one(prefers, ask):
    ask()

    page = home(prefers(language="es"), accept_language="en")

    assert '<html lang="es" dir="ltr"' in page
    assert "Te necesitan ahora" in page
    assert "Needs you now" not in page
    assert "quedan" in page


def test_who_has_chosen_none_gets_the_browsers(desk):
    assert "Te necesitan ahora" in home(desk, accept_language="es-MX,en;q=0.5")
    assert "Needs you now" in home(desk, accept_language="de")
    assert translation.get_language() == "en"


def test_the_sign_in_is_in_the_browsers_language(client, db):
    page = client.get(reverse("admin:login"), headers={"accept-language": "es"}).content.decode()

    assert "Entrar en la mesa" in page
    assert "Contraseña" in page


def test_a_spanish_supervisors_answer_reaches_the_caller_in_the_salons_words(prefers, ask):
    texts = []
    for language in ("en", "es"):
        asked = ask("When are you closed?")
        answering = reverse("admin:supervision_helprequest_answer", args=[asked.pk])
        answer = {"answer": "On Monday.", "scope": "caller", "learned_question": "-", "holds": "always"}

        prefers(language=language).post(answering, answer)

        texts.append(Message.objects.filter(help_request=asked).latest("pk").text)
        assert HelpRequest.objects.get(pk=asked.pk).status == HelpRequest.Status.RESOLVED

    assert texts[0] == texts[1]
    assert "On Monday." in texts[0]


def test_what_she_knows_is_told_in_the_salons_words_to_whoever_looks(glow):
    day = timezone.now() + timedelta(days=3)
    question = f"Are you open on {day:%B} {day.day}?"
    said = [one.answer for one in find_answers(question).candidates]

    with translation.override("es"):
        assert [one.answer for one in find_answers(question).candidates] == said
    assert re.search("day|open|closed", said[0])


def test_words_for_callers_name_days_in_the_salons_language():
    with translation.override("es"):
        words = render_to_string("knowledge/date.txt", {"day": date(2027, 1, 4), "date": date(2027, 1, 4)})

    assert "January" in words


def test_an_address_that_is_no_desk_does_not_follow_the_browser(client, db):
    answer = client.get("/api/health", headers={"accept-language": "es"})

    assert "Content-Language" not in answer.headers


@pytest.mark.usefixtures("any_salon")
def test_times_are_the_readers_and_on_hover_the_salons(prefers, ask):
    asked = ask()
    Salon.objects.update(time_zone="America/Chicago")
    at = timezone.localtime(asked.promised_by, ZoneInfo("Asia/Kolkata"))  # never the same clock as in Chicago

    page = home(prefers(time_zone="Asia/Kolkata"))

    assert re.search(rf'<span title="[^"]+ at the salon">[^<]*{at:%H:%M}</span>', page)
    assert viewer.zone() is None


@pytest.mark.usefixtures("any_salon")
def test_times_that_are_the_same_have_nothing_on_hover(prefers, ask):
    ask()
    zone = Salon.objects.current().time_zone

    assert ' at the salon">' not in home(prefers(time_zone=zone))


def test_an_answer_counts_by_the_salons_day_wherever_its_supervisor_is(prefers, ask):
    asked = ask()
    Salon.objects.update(time_zone="America/Chicago")
    last = timezone.localdate(timezone=ZoneInfo("America/Chicago")) + timedelta(days=2)
    answer = {"answer": "Yes.", "scope": "everyone", "learned_question": "Is it?", "holds": "until", "until": last}

    prefers(time_zone="Pacific/Auckland").post(reverse("admin:supervision_helprequest_answer", args=[asked.pk]), answer)

    ends = HelpRequest.objects.get(pk=asked.pk).learned_answer.valid_until
    assert timezone.localtime(ends, ZoneInfo("America/Chicago")).date() == last + timedelta(days=1)
    assert timezone.localtime(ends, ZoneInfo("America/Chicago")).hour == 0
