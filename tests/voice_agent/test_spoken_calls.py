"""A person who is wanted, words that may not be kept, a child, silence, and the ends of a spoken call."""

import pytest
from livekit.agents import llm

from supervision import calls, lifecycle, screening
from supervision.models import Call, Consent, Event, HelpRequest, Promise, Utterance
from tests.voice_agent.conftest import PARKING, WIFI
from voice_agent import asking, turns
from voice_agent.bridge import db_call
from voice_agent.prompts import render
from voice_agent.receptionist import Receptionist
from voice_agent.turn import Said

UNKNOWN = "do you offer keratin treatments"
RINGING = "I'm ringing the team for you. Please stay on the line."
CALL_BACK = "I'm sorry, nobody is free just now. One of the team will call you back at this number by"


async def promised() -> tuple[str, str]:
    return await db_call(lambda: Promise.objects.values_list("kind", "state").get())


# --- a person ---------------------------------------------------------------------------------------------------------


async def test_who_asks_for_a_person_waits_while_the_desk_rings(spoken, at_hand):
    caller = await spoken()

    said = await caller("can i talk to a person")

    assert said == RINGING
    assert caller.said.rings
    assert await caller.state == Call.State.HOLDING
    wanted = await db_call(HelpRequest.objects.get)
    event = await db_call(Event.objects.get, kind="person_wanted")
    assert event.payload["help_request"] == str(wanted.pk)


async def test_the_key_zero_is_the_wish_for_a_person(spoken, at_hand):
    caller = await spoken()

    said = await caller.presses("0")

    assert said.text == RINGING
    assert said.rings
    assert (await db_call(HelpRequest.objects.get)).question == "The caller would like to talk to a person."


async def test_nobody_came_is_an_honest_promise_to_call_back(spoken, at_hand):
    caller = await spoken()
    await caller("can i talk to a person")

    said = await caller.does(asking.nobody_came, caller.on_call)

    assert said.text.startswith(CALL_BACK)
    assert await promised() == (Promise.Kind.CALL_BACK, Promise.State.HEARD)
    assert await caller.state == Call.State.ANSWERED


async def test_with_nobody_at_hand_nobody_is_waited_for(spoken):
    caller = await spoken()

    said = await caller("can i talk to a person")

    assert said.startswith(CALL_BACK)
    assert not caller.said.rings
    assert await db_call(Event.objects.filter(kind="person_wanted").exists)


async def test_without_a_number_no_call_back_is_promised(spoken):
    caller = await spoken(phone="")

    said = await caller("can i talk to a person")

    assert "call you back" not in said
    assert "please call again a little later" in said
    assert (await promised())[0] == Promise.Kind.NONE


async def test_the_salons_telephone_is_tried_once_and_she_returns(spoken, at_hand, settings):
    settings.SALON_PHONE = "+13125550100"
    caller = await spoken()
    await caller("can i talk to a person")

    through = await caller.does(asking.nobody_came, caller.on_call)
    await db_call(calls.begin_transfer, caller.call)
    failed = await caller.does(asking.transfer_failed, caller.on_call)
    await caller("can i talk to a person")
    again = await caller.does(asking.nobody_came, caller.on_call)

    assert through.transfers
    assert failed.text.startswith("I'm sorry, I couldn't put you through. One of the team will call you back")
    assert not again.transfers
    assert await caller.state == Call.State.ANSWERED


async def test_a_browser_is_never_put_through(spoken, settings):
    settings.SALON_PHONE = "+13125550100"
    caller = await spoken(channel=Call.Channel.BROWSER)

    await caller("can i talk to a person")

    assert not caller.said.transfers


async def test_a_person_who_takes_over_has_fulfilled_the_wish(spoken, at_hand):
    caller = await spoken()
    await caller("can i talk to a person")
    await db_call(calls.take_over, caller.call, by=at_hand)

    await db_call(asking.person_came, caller.on_call)

    wanted = await db_call(HelpRequest.objects.get)
    assert (wanted.closed_because, wanted.status) == (
        HelpRequest.ClosedBecause.TOLD_BY_PHONE,
        HelpRequest.Status.RESOLVED,
    )
    assert (await promised())[0:1] == (Promise.Kind.NONE,)
    assert await db_call(wanted.messages.count) == 0


async def test_a_take_over_without_that_wish_closes_nothing(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await db_call(calls.take_over, caller.call, by=at_hand)

    await db_call(asking.person_came, caller.on_call)

    assert (await db_call(HelpRequest.objects.get)).status == HelpRequest.Status.PENDING


# --- off the record ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["i don't want to be recorded", "Please don't transcribe this.", "stop recording"])
async def test_who_does_not_want_to_be_transcribed_is_obeyed_at_once(spoken, words):
    caller = await spoken()

    said = await caller(words)

    assert said.startswith("All right: from now on I keep nothing of what you say.")
    assert caller.on_call.call.off_the_record
    assert (await db_call(Call.objects.get, pk=caller.call.pk)).off_the_record


@pytest.mark.parametrize("words", ["no", "No, I don't agree.", "i do not consent to that", "I object"])
async def test_a_no_to_the_greeting_is_an_objection_and_elsewhere_it_is_none(spoken, words):
    greeted, later = await spoken(), await spoken()
    await greeted.hears(Said(render("greeting_spoken.txt", salon=greeted.on_call.salon)))
    await later("where can i park")

    await greeted(words)
    await later("no")

    assert greeted.on_call.call.off_the_record
    assert not later.on_call.call.off_the_record


@pytest.mark.parametrize("words", ["hello", "hi there", "where can i park"])
async def test_a_greeting_is_no_objection(spoken, words):
    caller = await spoken()
    await caller.hears(Said(render("greeting_spoken.txt", salon=caller.on_call.salon)))

    await caller(words)

    assert not caller.on_call.call.off_the_record


async def test_what_is_asked_beside_the_objection_is_answered(spoken):
    caller = await spoken()

    assert (await caller("don't record this. where can i park")).endswith(PARKING)


async def test_off_the_record_a_question_is_written_down_only_after_a_yes(spoken):
    caller = await spoken()
    await caller("don't record me")
    rows = await db_call(Utterance.objects.count)

    asked = await caller(UNKNOWN)
    before = await db_call(HelpRequest.objects.count)
    said = await caller("yes please")

    assert asked.endswith("Shall I write just this question down and ask my supervisor?")
    assert before == 0
    assert (await db_call(HelpRequest.objects.get)).question == UNKNOWN
    assert said.endswith("ending in 7 1?")
    assert await db_call(Utterance.objects.count) == rows


async def test_off_the_record_a_no_keeps_nothing(spoken):
    caller = await spoken()
    await caller("don't record me")
    await caller(UNKNOWN)

    assert await caller("no") == "All right, I have kept nothing of it."
    assert await db_call(HelpRequest.objects.count) == 0


async def test_off_the_record_both_of_two_questions_are_kept_after_a_yes(spoken):
    caller = await spoken()
    await caller("don't record me")
    await caller(f"{UNKNOWN}? do you sell snow tyres?")

    await caller("yes")

    assert await db_call(HelpRequest.objects.count) == 2


async def test_off_the_record_the_wish_for_a_person_keeps_none_of_his_words(spoken):
    caller = await spoken()
    await caller("don't record me")

    await caller("can i talk to a person")

    assert (await db_call(HelpRequest.objects.get)).question == "The caller would like to talk to a person."


async def test_a_question_about_recording_is_no_objection(spoken):
    caller = await spoken()

    await caller("do you record your calls")

    assert not caller.on_call.call.off_the_record


# --- a child ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["i am eight", "hi I'm 9 years old", "my mum is not here", "my mommy isn't home"])
async def test_a_child_is_asked_for_a_grown_up(spoken, words):
    caller = await spoken()

    said = await caller(words)

    assert said == render("child.txt")
    assert await db_call(HelpRequest.objects.count) == 0


async def test_a_child_gives_no_consent_and_gets_no_text_and_a_grown_up_is_called_back(spoken, at_hand):
    caller = await spoken()
    await caller("i am eight")

    said = await caller(UNKNOWN)
    await caller("yes you can text me")

    assert said.startswith("I'll ask my supervisor. We'll call a grown-up back at this number by")
    assert caller.said.asks == {}
    assert await db_call(Consent.objects.count) == 0
    assert (await db_call(HelpRequest.objects.earliest, "created_at")).customer_phone == ""


async def test_a_child_without_a_number_is_told_to_have_a_grown_up_call(spoken):
    caller = await spoken(phone="")
    await caller("i am eight")

    assert await caller(UNKNOWN) == "I'll ask my supervisor. Please ask a grown-up to call us; I shall know it then."


@pytest.mark.parametrize("words", ["i am 10 minutes away", "i am eight weeks pregnant", "my son is eight"])
async def test_who_is_no_child_is_not_taken_for_one(spoken, words):
    caller = await spoken()

    await caller(words)

    assert not caller.on_call.is_child


# --- silence, time, and the end ---------------------------------------------------------------------------------------


async def test_a_silent_caller_is_asked_twice_and_then_bidden_farewell(spoken):
    caller = await spoken()

    said = [await caller.does(asking.silence, caller.on_call, times) for times in (1, 2, 3)]

    assert said[0].text == "Are you still there?"
    assert said[1].text == "I can't hear you. Are you still there?"
    assert said[2].text.endswith("Please call again at any time. Goodbye!")
    assert [one.ends_call for one in said] == [False, False, True]


async def test_the_last_words_tell_the_truth_about_what_was_asked(spoken):
    caller = await spoken()
    await caller(UNKNOWN)

    said = await caller.does(asking.too_long, caller.on_call)

    assert said.text.startswith("Please call again, I shall know it then. I have to end this call now")
    assert (await promised())[1] == Promise.State.HEARD


@pytest.mark.parametrize(
    "words", ["bye", "okay thank you goodbye", "Thanks, bye!", "no that's all", "sorry wrong number"]
)
async def test_a_goodbye_ends_the_call(spoken, words):
    caller = await spoken()

    said = await caller(words)

    assert "Goodbye!" in said
    assert caller.said.ends_call


async def test_an_answer_does_not_end_the_call(spoken):
    caller = await spoken()

    await caller("where can i park")

    assert not caller.said.ends_call


async def test_every_sentence_of_a_shared_line_stands_in_a_template(salon):
    names = ["too_long", "person_here", "i_am_back", "putting_through", "transfer_failed", "still_there"]

    assert all(render(f"{name}.txt", salon=salon) for name in names)


# --- speech as it is transcribed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["sorry", "sorry what was that", "can you repeat that", "say that again slower",
    "i didn't catch that", "pardon me", "what did you say", "huh"])  # fmt: skip
async def test_who_did_not_hear_hears_it_again(spoken, words):
    caller = await spoken()
    await caller("where can i park")

    assert await caller(words) == PARKING


@pytest.mark.parametrize("words", ["hello are you there", "hello? are you still there?", "can you hear me"])
async def test_who_hears_nothing_is_told_that_she_is_there(spoken, words):
    caller = await spoken()
    await caller("where can i park")

    assert (await caller(words)).startswith("Yes, I'm here.")


async def test_who_holds_is_told_that_the_answer_is_still_waited_for(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("yes")

    assert await caller("hello are you there") == "Yes, I'm here, and still waiting for the answer."


async def test_two_questions_without_marks_are_both_answered(spoken):
    caller = await spoken()

    assert await caller("where can i park do you have wi-fi") == f"{PARKING} {WIFI}"


async def test_a_change_of_subject_is_followed(spoken):
    caller = await spoken()
    await caller("where can i park")

    assert await caller("um actually do you have wi-fi") == WIFI


async def test_greeting_says_only_what_is_on(salon):
    about = {"salon": salon}

    plain = render("greeting_spoken.txt", **about)
    all_on = render("greeting_spoken.txt", **about, listening=True, recording=True)

    assert plain == "Hello, this is Glow. I'm Grace, an AI; this call is transcribed. How can I help you?"
    assert "transcribed and recorded, and one of the team may listen." in all_on


async def test_an_answer_to_what_somebody_else_asked_is_not_resolved_by_hanging_up(spoken, at_hand):
    caller = await spoken()
    await caller("can i talk to a person")
    await db_call(lambda: lifecycle.claim(HelpRequest.objects.get(), by=at_hand))

    said = await caller.does(asking.nobody_came, caller.on_call)

    assert said.text.startswith(CALL_BACK)


async def test_who_dictates_without_end_is_heard_as_far_as_a_turn_goes(spoken):
    """An error here would leave him in silence, and what he said would be lost."""
    caller = await spoken()

    async def store(words: str) -> Utterance:
        return await db_call(calls.record_utterance, caller.call, speaker=Utterance.Speaker.CALLER, text=words)

    hers = Receptionist(caller.on_call, on_words=store)
    dictated = llm.ChatMessage(role="user", content=["and then another word " * 400])
    await hers.on_user_turn_completed(llm.ChatContext.empty(), dictated)

    stored = await db_call(Utterance.objects.get)
    assert len(stored.text) == screening.TURN_LIMIT
    assert dictated.text_content == stored.text
    assert await db_call(turns.is_complete, "and then another word " * 400, caller.on_call)
