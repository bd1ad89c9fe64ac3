"""An owner erases a caller: nothing that leads to the person is left in any row, and what is promised ends honestly."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from knowledge.models import LearnedAnswer
from supervision import calls, erasing, gaps, lifecycle, outbox
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call, Caller, Event, HelpRequest, InboundText, Message, Promise, Utterance
from tests.supervision.conftest import PHONE

NAME, WORDS, OTHER = "Maria Lopez", "my scalp burns after the dye", "+14155552672"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def owner(supervisor):
    supervisor.user_permissions.add(Permission.objects.get(codename="erase_caller"))
    return supervisor


@pytest.fixture
def recordings(settings, tmp_path):
    settings.RECORDINGS_DIR = tmp_path
    return tmp_path


@pytest.fixture
def maria(ask, supervisor, recordings):
    """Has called, asked twice, texted, been texted, given another number, and been recorded."""
    answered = ask("Is the dye safe?", said=WORDS)
    Caller.objects.update(name=NAME)
    lifecycle.give_number(answered, OTHER, words=f"yes, text {NAME}", call=answered.call)
    lifecycle.resolve(answered, answer=f"Come at once, {NAME}.", by=supervisor, teach=False)
    outbox.deliver_due(at=timezone.now() + timedelta(minutes=1))
    ask(f"Can {NAME} have her money back?", said=WORDS)
    InboundText.objects.create(provider_id="SM1", sender=PHONE, text=WORDS, caller=Caller.objects.get(phone=PHONE))
    Call.objects.filter(pk=answered.call_id).update(recording="a.ogg")
    (recordings / "a.ogg").write_bytes(b"sound")
    for call in Call.objects.open():
        calls.close_call(call)
    return Caller.objects.get(phone=PHONE)


def rows_with(*secrets):
    """(table, row) of whatever row of whatever model holds one of these, in any of its columns."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            rows = [" ".join(map(str, row)) for row in cursor.fetchall()]
            found += [(model._meta.db_table, row) for row in rows if any(secret in row for secret in secrets)]
    return found


@pytest.mark.django_db(transaction=True)
def test_no_row_of_any_table_leads_to_her_any_more(maria, owner, recordings):
    assert {"supervision_caller", "supervision_utterance", "supervision_message", "supervision_event"} <= {
        table for table, _ in rows_with(PHONE, NAME, WORDS, OTHER)
    }

    erasing.erase(maria, by=owner)

    assert rows_with(PHONE, NAME, WORDS, OTHER, "money back", "Is the dye safe") == []
    assert not (recordings / "a.ogg").exists()


def test_what_is_for_the_books_stays(maria, owner):
    before = [model.objects.count() for model in (Call, HelpRequest, Message, Utterance, Promise, Caller)]
    sent = Message.objects.get(purpose=Message.Purpose.ANSWER)

    erasing.erase(maria, by=owner)

    assert [model.objects.count() for model in (Call, HelpRequest, Message, Utterance, Promise, Caller)] == before
    now = Message.objects.get(pk=sent.pk)
    assert (now.state, now.created_at, now.settled_at) == (sent.state, sent.created_at, sent.settled_at)


def test_what_waits_is_stopped_and_what_was_promised_is_withdrawn(ask, maria, owner, salon):
    pending = HelpRequest.objects.pending().get()
    waiting = ask("Do you open on Sunday?")
    lifecycle.resolve(waiting, answer="No.", by=owner, teach=False)
    calls.close_call(waiting.call)
    MemoryBackend.forget()

    erasing.erase(maria, by=owner)
    outbox.deliver_due(at=timezone.now() + timedelta(days=1))

    pending.refresh_from_db()
    assert MemoryBackend.sent == []
    assert pending.closed_because == HelpRequest.ClosedBecause.WITHDRAWN
    assert not Promise.objects.open().exists()
    assert waiting.messages.get().cancelled_because == Message.CancelledBecause.ERASED


def test_an_answer_for_everyone_stays_and_is_named_on_the_page(ask, desk, owner):
    request = ask("Do you offer keratin treatments?")
    lifecycle.resolve(request, answer="Yes, from $150.", by=owner)
    calls.close_call(request.call)
    Message.objects.waiting().update(state=Message.State.CANCELLED, cancelled_because="undone")
    caller = Caller.objects.get(phone=PHONE)

    page = desk.get(reverse("admin:supervision_caller_erase", args=[caller.pk])).content.decode()
    erasing.erase(caller, by=owner)

    request.refresh_from_db()
    assert "Do you offer keratin treatments?" in page
    assert LearnedAnswer.objects.get(active=True).question == "Do you offer keratin treatments?"
    assert (request.supervisor_response, request.question) == ("Yes, from $150.", erasing.ERASED)


def test_what_she_could_not_answer_is_no_gap_without_its_words(maria, owner):
    asked = HelpRequest.objects.pending().get()
    lifecycle.leave_unresolved(asked, because=HelpRequest.ClosedBecause.LEFT, by=owner)
    HelpRequest.objects.update(practice=False)
    Message.objects.waiting().update(state=Message.State.CANCELLED, cancelled_because="undone")
    assert len(gaps.most_asked(at=timezone.now(), limit=5)) == 1

    erasing.erase(maria, by=owner)

    assert gaps.most_asked(at=timezone.now(), limit=5) == []


def test_nobody_is_erased_in_the_middle_of_a_call(ask, owner):
    request = ask()

    with pytest.raises(ValidationError, match="in a call now"):
        erasing.erase(request.caller, by=owner)

    request.refresh_from_db()
    assert request.customer_phone == PHONE


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_a_text_that_is_just_leaving_is_waited_for(maria, owner, state):
    lease = timezone.now() + timedelta(seconds=30) if state == "sending" else None
    Message.objects.filter(purpose=Message.Purpose.ANSWER).update(state=state, lease_until=lease)

    with pytest.raises(ValidationError, match="just leaving"):
        erasing.erase(maria, by=owner)

    assert Caller.objects.filter(phone=PHONE).exists()


def test_a_number_that_somebody_else_has_given_too_stays(maria, ask, owner):
    theirs = ask("Do you do nails?", phone="+14155552673")
    lifecycle.give_number(theirs, OTHER, words="yes", call=theirs.call)

    erasing.erase(maria, by=owner)

    theirs.refresh_from_db()
    assert theirs.customer_phone == OTHER
    assert Caller.objects.filter(phone=OTHER).exists()


def test_the_page_says_what_goes_and_the_log_who_did_it(desk, maria, owner):
    address = reverse("admin:supervision_caller_erase", args=[maria.pk])
    page = desk.get(address).content.decode()

    response = desk.post(address)

    assert "1 recording" in page
    assert "2 open promises" in page
    assert response.headers["Location"] == reverse("admin:supervision_caller_change", args=[maria.pk])
    assert LogEntry.objects.get().object_repr == "Unknown caller"
    assert Event.objects.filter(kind="erased").count() == 1
    assert "There is nothing to erase" not in desk.get(address).content.decode()


def test_who_may_not_erase_sees_no_way_to(desk, maria):
    address = reverse("admin:supervision_caller_erase", args=[maria.pk])

    assert desk.post(address).status_code == 403
    assert address not in desk.get(reverse("admin:supervision_caller_change", args=[maria.pk])).content.decode()
    assert Caller.objects.filter(phone=PHONE).exists()
