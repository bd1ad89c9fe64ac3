"""Supervisors who answer by text: the same rules as at the desk, and nothing that a forged number could do unseen."""

import itertools
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from knowledge.models import LearnedAnswer
from knowledge.search import Verdict, find_answers
from supervision import calls, chair, ledger, lifecycle, outbox, promises
from supervision.delivery.memory import MemoryBackend
from supervision.models import Caller, Event, HelpRequest, InboundText, Message, Supervisor
from tests.supervision.conftest import NOON, PHONE

SUES, TOMS = "+13125550101", "+13125550102"
KERATIN = "Do you offer keratin treatments?"
Status = HelpRequest.Status
Meaning = InboundText.Meaning


@pytest.fixture
def on_duty(sue, tom):
    may = Permission.objects.get(codename="change_helprequest")
    for user in (sue, tom):
        user.user_permissions.add(may)
    return [
        Supervisor.objects.create(user=sue, phone=SUES, on_duty=True, code="PD"),
        Supervisor.objects.create(user=tom, phone=TOMS, on_duty=True, code="XY"),
    ]


@pytest.fixture
def ask(any_salon, on_duty):
    """A caller who may be texted asks by telephone, and the supervisors on duty have their texts."""
    numbers = itertools.count()

    def ask(question=KERATIN, *, at=NOON, phone=PHONE):
        call = calls.ring(room=f"call-{next(numbers)}", channel="phone", phone=phone, at=at)
        if phone:
            call.caller.consents.create(words="yes please", given_at=at)
        asked = lifecycle.request_help(question, call=call, at=at)
        outbox.deliver_due(at=at)
        return asked

    return ask


@pytest.fixture
def says(db):
    """`says("yes")`: Sue texts it, it is read, and what she gets back is returned ("" where that is nothing)."""
    ids = itertools.count()

    def says(words, *, sender=SUES, at=NOON + timedelta(minutes=1)):
        text = InboundText.objects.create(provider_id=f"SM{next(ids)}", sender=sender, text=words, received_at=at)
        chair.read(text, at=at)
        outbox.deliver_due(at=at + timedelta(seconds=5))
        reply = Message.objects.filter(inbound=text, supervisor__isnull=False).first()
        return reply.text if reply else ""

    return says


def texts_to(phone):
    return [one.text for one in MemoryBackend.sent if one.recipient == phone]


def meaning():
    return InboundText.objects.order_by("-id").first().meaning


def test_the_only_open_one_is_answered_without_its_name(ask, says, sue):
    asked = ask()

    reply = says("yes from $150")

    asked.refresh_from_db()
    assert (asked.status, asked.supervisor_response, asked.responded_by) == (Status.RESOLVED, "yes from $150", sue)
    assert "yes from $150" in texts_to(PHONE)[0]
    assert reply.startswith(f'{asked.reference} answered. Text to the number ending 71: "yes from $150"')
    assert "UNDO takes it back until 12:11 pm" in reply
    assert meaning() == Meaning.ANSWER


def test_one_of_several_is_answered_by_its_name(ask, says):
    first, second = ask(), ask("Do you do lashes?", phone="+14155550199")

    says(f"{second.reference.lower()}pd: No, sorry.")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.supervisor_response) == (Status.PENDING, "No, sorry.")


def test_without_a_name_one_of_several_is_not_guessed(ask, says):
    first, second = ask(), ask("Do you do lashes?", phone="+14155550199")

    reply = says("yes from $150")

    assert f"{first.reference}PD" in reply
    assert f"{second.reference}PD" in reply
    assert not HelpRequest.objects.filter(status=Status.RESOLVED).exists()


def test_words_meant_for_what_a_colleague_has_just_closed_answer_no_other(ask, says, tom):
    first = ask()
    lifecycle.resolve(first, answer="Yes.", by=tom, at=NOON)
    second = ask("Do you do lashes?", phone="+14155550199")

    reply = says("yes from $150")

    second.refresh_from_db()
    assert second.status == Status.PENDING
    assert f"{first.reference} was closed by tom" in reply


def test_the_rest_of_an_answer_is_not_taken_for_the_answer_to_another(ask, says, after):
    ask()
    second = ask("Do you do lashes?", phone="+14155550199")
    says(f"{HelpRequest.objects.earliest('created_at').reference}PD yes from $150", at=after(seconds=60))

    says("but only on Tuesdays", at=after(seconds=90))

    second.refresh_from_db()
    assert second.status == Status.PENDING


@pytest.mark.parametrize("words", ["{0}XX yes", "{0} yes", "Z9PD yes", "yes {0}XX", "TAKE {0}XX", "PRIVATE {0} yes"])
def test_a_wrong_or_missing_code_or_an_unknown_name_never_answers(ask, says, words):
    asked = ask()

    reply = says(words.format(asked.reference))

    asked.refresh_from_db()
    assert (asked.status, asked.claimed_by) == (Status.PENDING, None)
    assert reply.startswith("Nothing was sent")
    assert meaning() == Meaning.WRONG
    assert Supervisor.objects.get(phone=SUES).wrong_answers == 1


def test_a_colleagues_code_is_a_wrong_one(ask, says):
    asked = ask()

    says(f"{asked.reference}XY yes")

    asked.refresh_from_db()
    assert asked.status == Status.PENDING


def test_five_wrong_ones_shut_the_door_and_show_on_the_desk(ask, says, after):
    asked = ask()
    replies = [says(f"{asked.reference}X{letter} yes") for letter in "ABCDE"]

    silent = says(f"{asked.reference}PD yes")

    asked.refresh_from_db()
    assert "until 1:01 pm" in replies[-1]
    assert (silent, asked.status) == ("", Status.PENDING)
    assert Event.objects.filter(kind="door_shut").count() == 1
    says(f"{asked.reference}PD yes", at=after(minutes=62))
    asked.refresh_from_db()
    assert asked.status == Status.RESOLVED


def test_a_right_one_resets_the_count(ask, says):
    asked = ask()
    for letter in "ABCD":
        says(f"{asked.reference}X{letter} yes")

    says(f"TAKE {asked.reference}PD")

    assert Supervisor.objects.get(phone=SUES).wrong_answers == 0


def test_take_claims_and_says_until_when(ask, says, sue):
    asked = ask()

    reply = says(f"take {asked.reference}pd")

    asked.refresh_from_db()
    assert asked.claimed_by == sue
    assert "until 12:11 pm" in reply


def test_take_says_who_has_it(ask, says, tom):
    asked = ask()
    lifecycle.claim(asked, by=tom, at=NOON)

    assert says(f"TAKE {asked.reference}PD").startswith("tom is answering")


def test_later_snoozes_releases_and_says_what_was_promised(ask, says, after):
    asked = ask()
    says(f"TAKE {asked.reference}PD")

    reply = says(f"LATER {asked.reference}PD")

    asked.refresh_from_db()
    assert (asked.snoozed_until, asked.claimed_by) == (after(minutes=31), None)
    assert "before 12:31 pm" in reply
    assert "promised an answer by 2:00 pm" in reply


def test_later_never_outlasts_the_promise(ask, says, after):
    asked = ask()

    says(f"LATER {asked.reference}PD", at=after(minutes=100))

    asked.refresh_from_db()
    assert asked.snoozed_until == after(minutes=110)


def test_private_teaches_nothing(ask, says):
    asked = ask("Is my deposit paid?")

    reply = says(f"PRIVATE {asked.reference}PD it is, thank you")

    asked.refresh_from_db()
    assert asked.scope == HelpRequest.Scope.CALLER
    assert "For this caller only" in reply
    assert not LearnedAnswer.objects.exists()


def test_what_it_taught_is_said_to_nobody_else_for_ten_minutes(glow, ask, says, after):
    ask()

    says("yes from $150")

    assert find_answers(KERATIN, at=after(minutes=10)).verdict != Verdict.SURE
    assert find_answers(KERATIN, at=after(minutes=11)).best.answer == "yes from $150"


def test_undo_before_the_text_has_left_is_as_on_the_desk(ask, says):
    asked = ask()
    text = InboundText.objects.create(provider_id="now", sender=SUES, text="yes from $150", received_at=NOON)
    chair.read(text, at=NOON)

    reply = says("undo", at=NOON + timedelta(seconds=1))

    asked.refresh_from_db()
    assert asked.status == Status.PENDING
    assert "nothing was sent to the caller" in reply
    assert texts_to(PHONE) == []
    assert not LearnedAnswer.objects.active().exists()


def test_undo_afterwards_tells_the_caller_to_disregard_it(ask, says, after):
    asked = ask()
    says("yes from $150")

    reply = says("UNDO", at=after(minutes=9))

    asked.refresh_from_db()
    assert (asked.status, asked.round) == (Status.PENDING, 2)
    assert "please disregard our last text" in texts_to(PHONE)[1]
    assert "the number ending 71 is told to disregard it" in reply
    assert not LearnedAnswer.objects.active().exists()
    assert asked.promises.open().get().due_at == asked.promised_by


def test_after_undo_the_right_answer_is_a_correction(ask, says, after):
    asked = ask()
    says("yes from $150")
    says("UNDO", at=after(minutes=3))

    says(f"{asked.reference}PD yes from $180", at=after(minutes=4))

    assert "disregard our last answer" in texts_to(PHONE)[2]
    assert "$180" in texts_to(PHONE)[2]


def test_undo_is_over_after_ten_minutes(ask, says, after):
    asked = ask()
    says("yes from $150")

    reply = says("UNDO", at=after(minutes=12))

    asked.refresh_from_db()
    assert asked.status == Status.RESOLVED
    assert reply.startswith("There is no answer by text to take back")


def test_undo_twice_takes_back_one(ask, says, after):
    first, second = ask(), ask("Do you do lashes?", phone="+14155550199")
    says(f"{first.reference}PD yes", at=after(minutes=1))
    says(f"{second.reference}PD no", at=after(minutes=2))

    says("UNDO", at=after(minutes=3))
    again = says("UNDO", at=after(minutes=4))

    assert "open again already" in again
    assert HelpRequest.objects.get(pk=first.pk).status == Status.RESOLVED
    says(f"UNDO {first.reference}PD", at=after(minutes=5))
    assert HelpRequest.objects.get(pk=first.pk).status == Status.PENDING


def test_undo_takes_back_nothing_that_was_corrected_at_the_desk(ask, says, tom, after):
    asked = ask()
    says("yes from $150")
    lifecycle.correct(asked, answer="Yes, from $190.", by=tom, at=after(minutes=3))

    reply = says("UNDO", at=after(minutes=4))

    asked.refresh_from_db()
    assert asked.supervisor_response == "Yes, from $190."
    assert "changed at the desk" in reply


def test_the_loser_of_a_race_hears_who_had_answered_and_that_his_words_went_to_nobody(ask, says, on_duty):
    asked = ask()
    says("yes from $150", sender=TOMS)

    reply = says("yes from $190")

    assert reply.startswith(f"{asked.reference} had been answered by tom")
    assert "went to nobody" in reply
    assert len(texts_to(PHONE)) == 1
    assert HelpRequest.objects.get().supervisor_response == "yes from $150"


def test_the_same_words_of_two_supervisors_reach_the_caller_once(ask, says):
    ask()

    for sender in (TOMS, SUES):
        says("yes from $150", sender=sender)

    assert len(texts_to(PHONE)) == 1


def test_an_answer_after_the_clock_still_counts(ask, says, after):
    asked = ask()
    lifecycle.expire_overdue(at=after(hours=26))

    says("yes from $150", at=after(hours=27))

    asked.refresh_from_db()
    assert asked.status == Status.RESOLVED


def test_an_answer_after_it_was_merged_says_so(ask, says, tom):
    asked = ask()
    because = HelpRequest.ClosedBecause.MERGED
    lifecycle.resolve(asked, answer="Yes.", by=tom, teach=False, because=because, at=NOON)

    reply = says(f"{asked.reference}PD yes from $150")

    assert reply.startswith(f"{asked.reference} had been answered by tom")


def test_a_replay_has_no_second_effect(ask, says):
    ask()
    says("yes from $150")
    text = InboundText.objects.get()

    chair.read(text, at=NOON + timedelta(minutes=2))

    assert Message.objects.filter(inbound=text).count() == 1
    assert len(texts_to(PHONE)) == 1


@pytest.mark.parametrize(
    "words", ["x" * 1001, "👍", "   ", "OK", "what did she mean?", "Liked “{0}PD: 'Do you'”", "{0}PD"]
)
def test_what_is_hardly_an_answer_is_none(ask, says, words):
    asked = ask()

    reply = says(words.format(asked.reference))

    asked.refresh_from_db()
    assert asked.status == Status.PENDING
    assert "othing was sent" in reply


def test_an_answer_that_is_too_long_says_by_how_much(ask, says):
    ask()

    assert "1,000 characters; this one has 1,001" in says("x" * 1001)


@pytest.mark.parametrize("keyword", ["STOP", "start", "Unstop", "HELP", "info"])
def test_the_providers_own_words_are_never_answered_again(ask, says, keyword):
    ask()

    assert says(keyword) == ""
    assert HelpRequest.objects.get().status == Status.PENDING


def test_stop_is_obeyed_for_the_caller_he_is_too_and_start_lifts_it(ask, says, on_duty):
    ask(phone=SUES)

    says("STOP")

    assert Caller.objects.get(phone=SUES).opted_out_at
    assert Supervisor.objects.on_duty().get() == on_duty[1]
    assert Event.objects.filter(kind="supervisor_stopped").exists()
    says("START")
    assert Supervisor.objects.on_duty().count() == 2
    assert Caller.objects.get(phone=SUES).opted_out_at is None


def test_yes_after_stop_lifts_it_and_answers_nothing(ask, says, on_duty):
    ask()
    says("STOP")

    assert says("yes") == ""

    assert HelpRequest.objects.get().status == Status.PENDING
    assert Supervisor.objects.on_duty().count() == 2


def test_on_and_off_switch_the_duty(ask, says):
    ask()

    off = says("Off.")
    assert off.startswith("You are off duty")
    assert Supervisor.objects.on_duty().count() == 1
    assert "NOBODY is on duty" in says("off", sender=TOMS)

    assert KERATIN[:20] in says("ON")
    assert Supervisor.objects.on_duty().get().phone == SUES


def test_who_comes_on_duty_answers_the_only_one_that_he_is_told_of(ask, says, on_duty):
    Supervisor.objects.update(on_duty=False)
    asked = ask()
    says("on")

    says("yes from $150", at=NOON + timedelta(minutes=2))

    asked.refresh_from_db()
    assert asked.status == Status.RESOLVED


def test_of_several_in_one_text_none_is_guessed(ask, says, on_duty):
    ask()
    Supervisor.objects.update(on_duty=False)
    ask("Do you do lashes?", phone="+14155550199")
    says("on")

    reply = says("yes from $150", at=NOON + timedelta(minutes=2))

    assert "which one do you mean?" in reply
    assert reply.count("PD ") == 2
    assert not HelpRequest.objects.filter(status=Status.RESOLVED).exists()


def test_who_was_alerted_of_one_and_reminded_of_several_is_asked_which(ask, says, on_duty, after):
    Supervisor.objects.update(on_duty=False)
    first, second = ask("Do you do lashes?", phone="+14155550199"), ask("Do you do brows?", phone="+14155550198")
    Supervisor.objects.update(on_duty=True)
    alerted = ask()
    for one in (first, second):
        promises.hear(one.promises.get(), at=NOON)
    ledger.look(at=after(hours=1))
    outbox.deliver_due(at=after(hours=1))

    reply = says("yes from $150", at=after(hours=2, minutes=-5))

    assert {name for name in (first, second, alerted) if f"{name.reference}PD" in reply} == {first, second, alerted}
    assert not HelpRequest.objects.filter(status=Status.RESOLVED).exists()


def test_of_several_listed_the_last_one_open_is_answered_without_its_name(ask, says, on_duty, tom, after):
    Supervisor.objects.update(on_duty=False)
    first, second = ask(), ask("Do you do lashes?", phone="+14155550199")
    says("on")
    lifecycle.resolve(first, answer="Yes.", by=tom, at=after(minutes=2))

    says("No, sorry.", at=after(minutes=90))

    second.refresh_from_db()
    assert second.supervisor_response == "No, sorry."


def test_what_a_reminder_no_longer_lists_by_name_was_not_sent(ask, says, on_duty, after, monkeypatch):
    monkeypatch.setattr("supervision.reminding.MOST_LISTED", 1)
    Supervisor.objects.update(on_duty=False)
    asked = [ask(), ask("Do you do lashes?", phone="+14155550199")]
    Supervisor.objects.update(on_duty=True)
    for one in asked:
        promises.hear(one.promises.get(), at=NOON)
    ledger.look(at=after(hours=1))
    outbox.deliver_due(at=after(hours=1))

    [named] = Message.objects.get(recipient=SUES).names.all()

    says("yes from $150", at=after(minutes=61))
    assert [named] == list(HelpRequest.objects.filter(status=Status.RESOLVED))


def test_who_may_not_answer_any_more_is_told_so_and_answers_nothing(ask, says, sue):
    asked = ask()
    sue.user_permissions.clear()

    reply = says(f"{asked.reference}PD yes")

    assert "may no longer answer" in reply
    assert HelpRequest.objects.get().status == Status.PENDING


def test_who_is_asked_nothing_is_a_caller_like_any_other(on_duty, salon, says, monkeypatch):
    read = []
    monkeypatch.setattr("supervision.replies.read", read.append)

    assert says("what time do you close?") == ""
    assert [text.text for text in read] == ["what time do you close?"]


def test_a_forged_number_cannot_have_us_text_its_link(ask, says):
    ask()

    reply = says("yes, see https://evil.example/login")

    assert "othing was sent" in reply
    assert "evil" not in reply
    assert HelpRequest.objects.get().status == Status.PENDING


@pytest.mark.parametrize("gone", ["is_active", "is_staff"])
def test_who_has_left_answers_nothing_with_a_text_on_its_way(ask, says, sue, gone):
    asked = ask()
    setattr(sue, gone, False)
    sue.save()

    says(f"{asked.reference}PD yes")
    says(f"TAKE {asked.reference}PD")

    asked.refresh_from_db()
    assert (asked.status, asked.claimed_by) == (Status.PENDING, None)


def test_a_forged_number_cannot_flood_the_real_one(ask, says):
    ask()
    ask("Do you do lashes?", phone="+14155550199")

    for _ in range(40):
        says("yes")

    assert Message.objects.filter(recipient=SUES, purpose=Message.Purpose.CONFIRMATION).count() == 20


def test_the_reply_goes_to_the_number_on_record_and_holds_no_callers_number(ask, says):
    ask()

    reply = says("yes from $150")

    assert PHONE not in reply
    assert Message.objects.get(purpose=Message.Purpose.CONFIRMATION).recipient == SUES
