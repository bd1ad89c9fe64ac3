"""An answer changes: those who got the old one are listed, and texted once where a supervisor wants it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from knowledge import learning
from knowledge.search import Candidate
from supervision import calls, corrections, lifecycle, outbox
from supervision.delivery.memory import MemoryBackend
from supervision.models import Call, Caller, Correction, HelpRequest, Message
from tests.supervision.conftest import NOON

MARIA, TOM = "+14155552671", "+13125550187"


@pytest.fixture
def parking(salon, sue):
    return learning.learn(question="Where can I park?", answer="Behind the salon.", taught_by=sue)


@pytest.fixture
def hear(salon):
    """`hear(learned)` is a caller who heard this answer on the telephone."""

    def hear(learned, *, phone=MARIA, agreed=True, channel=Call.Channel.PHONE, at=NOON):
        caller, _ = Caller.objects.get_or_create(phone=phone)
        if agreed:
            caller.consents.create(words="yes")
        call = Call.objects.create(channel=channel, caller=caller, started_at=at)
        said = Candidate(f"learned:{learned.pk}", learned.question, learned.answer, 1.0)
        row = calls.record_utterance(call, speaker="receptionist", text=learned.answer, citations=[said], at=at)
        calls.record_confirmation(row, at=at)
        return call

    return hear


@pytest.fixture
def found(salon):
    def found() -> list[Correction]:
        corrections.find(at=NOON + timedelta(hours=1))
        return list(Correction.objects.open())

    return found


def told(correction) -> list[str]:
    return sorted(one.phone for one in corrections.concerned(correction, at=NOON + timedelta(hours=1)))


def test_who_heard_an_answer_that_was_changed_is_found_once(parking, hear, found, sue):
    hear(parking)
    hear(parking)
    hear(parking, phone=TOM)
    assert found() == []

    learning.correct(parking, answer="In front of the salon.", by=sue)

    [correction] = found()
    assert correction.answer == "In front of the salon."
    assert told(correction) == [TOM, MARIA]
    assert corrections.find(at=NOON) == 0
    assert not Message.objects.exists()


def test_nobody_is_listed_who_may_not_be_texted_or_who_practised(parking, hear, found, sue):
    hear(parking, agreed=False)
    hear(parking, phone=TOM, channel=Call.Channel.PRACTICE)

    learning.correct(parking, answer="In front.", by=sue)

    assert found() == []


def test_other_words_of_the_question_change_nothing(parking, hear, found, sue):
    hear(parking)

    learning.add_phrasing(parking.pk, "Is there parking?", source="desk")

    assert found() == []


def test_one_text_to_each_with_what_was_said_and_what_is_right(parking, hear, found, sue):
    hear(parking)
    learning.correct(parking, answer="In front of the salon.", by=sue)
    [correction] = found()

    assert corrections.text_all(correction, by=sue, at=NOON) == 1
    assert corrections.text_all(correction, by=sue, at=NOON) == 0
    outbox.deliver_due(at=NOON + timedelta(minutes=1))

    [text] = MemoryBackend.sent
    assert text.text == (
        'Glow Beauty Salon: please disregard what we told you, "Behind the salon.". '
        "The right answer is: In front of the salon.\nSorry for the mix-up!"
    )
    assert found() == []


def test_a_retired_answer_is_taken_back(parking, hear, found, sue):
    hear(parking)
    learning.retire(parking, by=sue)

    [correction] = found()

    assert corrections.words_for(correction, corrections.concerned(correction, at=NOON)[0]).startswith(
        'Glow Beauty Salon: please disregard what we told you, "Behind the salon.": it is no longer so.'
    )


def test_an_answer_that_took_its_place_is_the_right_one(parking, hear, found, sue):
    hear(parking)
    learning.learn(question="where can I park", answer="In the garage.", taught_by=sue)

    [correction] = found()

    assert correction.answer == "In the garage."


def test_what_is_as_it_was_said_again_needs_no_correction(parking, hear, found, sue):
    hear(parking)
    learning.correct(parking, answer="In front.", by=sue)
    [first] = found()

    learning.correct(parking, answer="Behind the salon.", by=sue)

    assert found() == []
    first.refresh_from_db()
    assert first.settled_by is None


def test_who_was_sent_the_old_answer_is_found_but_not_who_is_corrected_by_the_desk(salon, hear, found, sue):
    caller = Caller.objects.create(phone=MARIA)
    caller.consents.create(words="yes")
    call = Call.objects.create(channel=Call.Channel.PHONE, caller=caller, started_at=NOON)
    asked = lifecycle.request_help("Do you do nails?", call=call, at=NOON)
    lifecycle.resolve(asked, answer="No.", by=sue, at=NOON)
    outbox.deliver_due(at=NOON + timedelta(minutes=1))
    asked.refresh_from_db()
    learning.correct(asked.learned_answer, answer="Yes.", by=sue)
    [correction] = found()
    assert told(correction) == [MARIA]
    corrections.dismiss(correction, by=sue)

    hear(asked.learned_answer, phone=TOM)
    lifecycle.correct(HelpRequest.objects.get(), answer="On Mondays.", by=sue, at=NOON + timedelta(minutes=5))

    [second] = found()
    assert second.answer == "On Mondays."
    assert told(second) == [TOM]


def test_what_was_heard_long_ago_is_left(parking, hear, found, sue):
    hear(parking, at=NOON - timedelta(days=40))
    learning.correct(parking, answer="In front.", by=sue)

    assert found() == []


def test_the_desk_offers_it_with_one_click(parking, hear, sue, desk):
    hear(parking, at=timezone.now())
    learning.correct(parking, answer="In front of the salon.", by=sue)
    corrections.find()
    correction = Correction.objects.get()

    page = desk.get(reverse("admin:index")).content.decode()
    pressed = [desk.post(reverse("admin:supervision_correct", args=[correction.pk])) for _ in range(2)]

    assert "1 caller got an answer that has changed" in page
    assert [one.status_code for one in pressed] == [302, 302]
    assert Message.objects.get().recipient == MARIA
    assert "that has changed" not in desk.get(reverse("admin:index")).content.decode()


def test_the_desk_can_leave_it(parking, hear, sue, desk):
    hear(parking, at=timezone.now())
    learning.retire(parking, by=sue)
    corrections.find()

    desk.post(reverse("admin:supervision_correct", args=[Correction.objects.get().pk]), {"dismiss": "1"})

    assert Correction.objects.get().settled_at
    assert not Message.objects.exists()


def test_who_may_not_answer_may_not_text_corrections(client, salon, sue, parking):
    row = Correction.objects.create(key="k", learned_answer=parking)
    client.force_login(sue, backend="django.contrib.auth.backends.ModelBackend")

    assert client.post(reverse("admin:supervision_correct", args=[row.pk])).status_code == 403
    assert client.post(reverse("admin:supervision_texts_allow")).status_code == 403
