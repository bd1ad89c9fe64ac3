"""A supervisor with wet hands: she reads a text, says her answer into the telephone, and the caller has it."""

import re
from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from knowledge.search import Verdict, find_answers
from supervision import calls, inbound, lifecycle, outbox
from supervision.delivery.memory import MemoryBackend
from supervision.models import HelpRequest

OURS, SUES, CALLERS = "+13125550100", "+13125550101", "+14155552671"
KERATIN = "Do you offer keratin treatments?"
ids = count()


@pytest.fixture(autouse=True)
def _day(settings):
    """No hour of the night holds a text back, and an answer's text leaves at once."""
    settings.QUIET_HOURS, settings.UNDO_WINDOW = (0, 0), timedelta()
    MemoryBackend.forget()


@pytest.fixture
def sues_desk(django_user_model, glow):
    sue = django_user_model.objects.create_user("sue", password="-", is_staff=True, first_name="Sue")
    sue.user_permissions.add(*Permission.objects.filter(codename__in=("view_helprequest", "change_helprequest")))
    client = Client()
    client.force_login(sue, "django.contrib.auth.backends.ModelBackend")
    return client


def texts_to(phone):
    """What this telephone shows, after all that waits has been brought to it."""
    outbox.deliver_due()
    return [one.text for one in MemoryBackend.sent if one.recipient == phone]


def text_from(phone, words):
    inbound.take(f"SM{next(ids)}", phone, OURS, words)
    inbound.read_new()


def told(question, *, after=timedelta()):
    """What the next caller would be told, so long after now."""
    findings = find_answers(question, at=timezone.now() + after)
    return findings.best.answer if findings.verdict == Verdict.SURE else None


def caller_asks(question):
    call = calls.ring(room=f"call-{next(ids)}", channel="phone", phone=CALLERS)
    call.caller.consents.create(words="yes, text me")
    lifecycle.request_help(question, call=call)
    calls.close_call(call)


def test_a_supervisor_answers_from_the_chair(sues_desk):
    # in the morning she gives her telephone once, and goes on duty
    sues_desk.post(reverse("admin:supervision_my_texts"), {"phone": "(312) 555-0101"})
    sues_desk.post(reverse("admin:supervision_my_texts"), {"code": texts_to(SUES)[0][:6]})
    sues_desk.post(reverse("admin:supervision_duty"), {"on": "yes"})

    # a caller asks what nobody has written down
    caller_asks(KERATIN)
    alert = texts_to(SUES)[1]
    assert f'"{KERATIN}"' in alert
    assert "Promised by" in alert

    # she says three words to her telephone, and the caller has them
    text_from(SUES, "Yes, from $150")
    assert "Yes, from $150" in texts_to(CALLERS)[0]
    confirmation = texts_to(SUES)[2]
    assert 'Text to the number ending 71: "Yes, from $150"' in confirmation
    assert re.search(r"UNDO takes it back until \d", confirmation)

    # the desk shows it as hers; the next caller is not told it before she can no longer take it back
    request = HelpRequest.objects.get()
    assert (
        "Yes, from $150"
        in sues_desk.get(reverse("admin:supervision_helprequest_answer", args=[request.pk])).content.decode()
    )
    assert told(KERATIN) is None
    assert told(KERATIN, after=timedelta(minutes=10)) == "Yes, from $150"


def test_a_slip_of_the_tongue_is_taken_back(sues_desk):
    sues_desk.post(reverse("admin:supervision_my_texts"), {"phone": SUES})
    sues_desk.post(reverse("admin:supervision_my_texts"), {"code": texts_to(SUES)[0][:6]})
    sues_desk.post(reverse("admin:supervision_duty"), {"on": "yes"})
    caller_asks(KERATIN)
    name = texts_to(SUES)[1].split(":")[0]

    text_from(SUES, f"{name} yes from $50")
    texts_to(CALLERS)
    text_from(SUES, "Undo")
    texts_to(CALLERS)
    text_from(SUES, f"{name.lower()}, yes from $150")

    wrong, disregard, right = texts_to(CALLERS)
    assert "yes from $50" in wrong
    assert "disregard our last text" in disregard
    assert "disregard our last answer" in right
    assert "yes from $150" in right
    assert "is open again" in texts_to(SUES)[3]
    assert told(KERATIN, after=timedelta(minutes=10)) == "yes from $150"
