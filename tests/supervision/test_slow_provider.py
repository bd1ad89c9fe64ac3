"""A provider that takes texts and does not answer: no other recipient waits for it, and no deadline does."""

import pytest

from tests.doubles.chaotic_twilio import chaotic_twilio
from tests.scratch import wait_for

HUNG, OTHERS = [f"+1415{2_000_000 + n}" for n in range(10)], [f"+1415{3_000_000 + n}" for n in range(10)]
PREPARE = """
from datetime import timedelta
from django.utils import timezone
from knowledge.models import Salon
from supervision import calls, lifecycle, messages
from supervision.models import HelpRequest, InboundText, Message, Promise
from supervision.promises import hear

def text(phone):
    about = dict(reference="T" + phone[-4:], question_key=phone, question="?", call=call, caller=call.caller)
    asked = HelpRequest.objects.create(**about, promised_by=now + day, expires_at=now + day)
    HelpRequest.objects.filter(pk=asked.pk).update(status="resolved", closed_because="answered",
        supervisor_response="Yes", responded_at=now)
    messages.queue(help_request=asked, purpose="answer", text="Yes", recipient=phone, release_at=now)

now, day = timezone.now(), timedelta(days=1)
call = calls.ring(room=str(now), channel="phone", phone="+14155552671", at=now)
call.caller.consents.create(words="yes")
"""
STATES = """
states = dict(Message.objects.values_list("recipient", "state"))
print(json.dumps({
    "hung": sorted({states[number] for number in %r if number in states}),
    "others": sorted({states[number] for number in %r if number in states}),
    "closed": HelpRequest.objects.filter(closed_because="timed_out").count(),
    "extended": Promise.objects.filter(state="extended").count(),
    "reminded": Promise.objects.exclude(reminded_at=None).count(),
}))
"""


@pytest.fixture
def provider():
    with chaotic_twilio(share=0, pace=10) as double:
        double.hangs_for = set(HUNG)
        yield double


@pytest.fixture
def house(scratch, provider):
    """A worker that gives the provider longer for an answer than the whole test takes."""
    scratch.environment |= provider.settings | {"MESSAGE_LEASE": "300s"}
    scratch.environment |= {"REMIND_AT_PERCENT": "1", "NEXT_IN_LINE_AT_PERCENT": "99", "HELP_REQUESTS_PER_CALL": "99"}
    scratch.start("runjobs", "--skip-checks")
    return scratch


QUEUE = """
for phone in %r:
    text(phone)
"""
ASK = """
late = lifecycle.request_help("Will it be closed in time?", call=call)
HelpRequest.objects.filter(pk=late.pk).update(expires_at=now, created_at=now - day)
due = lifecycle.request_help("Will more time be asked for?", call=call)
half = lifecycle.request_help("Will it be reminded of?", call=call)
for asked in (due, half):
    hear(asked.promises.get(), at=now)
Promise.objects.filter(help_request=due).update(due_at=now, look_at=now)
Promise.objects.filter(help_request=half).update(
    made_at=now - 10 * day, heard_at=now - 10 * day, due_at=now + 10 * day, look_at=now)
"""
NOTHING = "print(json.dumps(None))"


def test_who_hangs_keeps_no_other_text_and_no_deadline_waiting(house, provider):
    house.ask(PREPARE + QUEUE % (HUNG,) + NOTHING)
    wait_for(lambda: len(provider.accepted) == len(HUNG), seconds=30, describe="the texts that hang")

    house.ask(PREPARE + QUEUE % (OTHERS,) + ASK + NOTHING)

    done = {"hung": ["sending"], "others": ["sent"], "closed": 1, "extended": 1, "reminded": 1}
    wait_for(lambda: house.ask(STATES % (HUNG, OTHERS)) == done, seconds=30, describe="everything but the hung ones")
