"""A question that she does not know, in a call: may he hold, may she text, and what is promised in the end."""

import pytest

from supervision import lifecycle, outbox
from supervision.models import Call, Caller, Consent, HelpRequest, Message, Promise
from tests.voice_agent.conftest import PARKING, PHONE
from voice_agent import asking
from voice_agent.bridge import db_call

UNKNOWN = "do you offer keratin treatments"
OTHER = "do you sell snow tyres"
HOLD = "Can you hold for half a minute while I ask?"
HOLD_OR_TEXT = f"{HOLD} And if it takes longer, may we text you the answer?"
MAY_TEXT = "May we text you the answer at the number you are calling from, ending in 7 1?"
WHAT_NUMBER = "What number may we text the answer to?"
CALL_AGAIN = "please call again, I shall know it then"
HOLDING, ANSWERED = Call.State.HOLDING, Call.State.ANSWERED


async def promise_of(**about) -> Promise:
    return await db_call(Promise.objects.get, **about)


async def consents() -> list[Consent]:
    return await db_call(lambda: list(Consent.objects.select_related("caller")))


async def agreed(phone: str = PHONE) -> None:
    """The caller said yes to texts in an earlier call."""
    caller, _ = await db_call(Caller.objects.get_or_create, phone=phone)
    await db_call(caller.consents.create, words="yes")


async def test_with_a_supervisor_at_hand_she_asks_to_hold_and_whether_she_may_text(spoken, at_hand):
    caller = await spoken()

    said = await caller(UNKNOWN)

    assert said == f"I don't know that myself, so I'll check with my supervisor. {HOLD_OR_TEXT}"
    assert await db_call(HelpRequest.objects.count) == 1  # the desk rings already
    assert await caller.state == ANSWERED


async def test_a_yes_holds_and_is_kept_with_the_sentence_that_it_was_said_to(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)

    said = await caller("yes that's fine")

    assert said.startswith("Thank you. Please stay on the line; if it takes longer, you'll get the answer by text by")
    assert caller.said.holds
    assert await caller.state == HOLDING
    (consent,) = await consents()
    assert (consent.caller.phone, consent.words) == (PHONE, f"“{HOLD_OR_TEXT}” “yes that's fine”")
    promise = await promise_of()
    assert (promise.kind, promise.state) == (Promise.Kind.TEXT, Promise.State.HEARD)


@pytest.mark.parametrize(
    "words", ["yes but don't text me", "sure I'll hold but no texts", "I can hold", "yes I'll hold"]
)
async def test_holding_alone_is_no_consent(spoken, at_hand, words):
    caller = await spoken()
    await caller(UNKNOWN)

    said = await caller(words)

    assert said == "Thank you. Please stay on the line."
    assert caller.said.holds
    assert await consents() == []
    assert not await db_call(Caller.objects.opted_out().exists)


@pytest.mark.parametrize("words", ["just text me", "No, text me.", "no text me please", "I can't hold, text me"])
async def test_a_text_without_holding_is_promised(spoken, at_hand, words):
    caller = await spoken()
    await caller(UNKNOWN)

    said = await caller(words)

    assert said.startswith("You'll get the answer by text by")
    assert await caller.state == ANSWERED
    assert len(await consents()) == 1
    assert (await promise_of()).state == Promise.State.HEARD


async def test_after_a_no_she_asks_once_whether_to_text_and_then_asks_to_call_again(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)

    first = await caller("no")
    second = await caller("no thanks")

    assert first == MAY_TEXT
    assert CALL_AGAIN in second
    assert await consents() == []
    promise = await promise_of()
    assert (promise.kind, promise.state) == (Promise.Kind.NONE, Promise.State.HEARD)
    assert "text" not in await caller(OTHER)


async def test_a_yes_to_the_text_alone_is_a_promise(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("no I have to go")

    said = await caller("yes you can")

    assert "you'll get the answer by text by" in said
    assert (await consents())[0].words == f"“{MAY_TEXT}” “yes you can”"


async def test_who_is_unclear_is_asked_once_more_and_then_taken_as_a_no(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)

    first = await caller("maybe")
    second = await caller("hmm I guess")

    assert first == f"I'm sorry, I didn't get that. {HOLD_OR_TEXT}"
    assert second == MAY_TEXT
    assert await consents() == []


async def test_who_has_agreed_before_is_asked_only_to_hold(spoken, at_hand):
    await agreed()
    caller = await spoken()

    first = await caller(UNKNOWN)
    second = await caller("no")

    assert first.endswith(HOLD)
    assert "text" not in first
    assert second.startswith("You'll get the answer by text by")


@pytest.mark.parametrize("phone", ["", "+442079460000"])
async def test_without_a_mobile_number_she_asks_only_to_hold_and_otherwise_for_a_number(spoken, at_hand, phone):
    caller = await spoken(phone=phone)

    first = await caller(UNKNOWN)
    second = await caller("no")

    assert first.endswith(HOLD)
    assert second == WHAT_NUMBER


async def test_who_has_opted_out_is_asked_only_to_hold(spoken, at_hand):
    caller = await spoken()
    await db_call(lifecycle.opt_out, caller.on_call.call.caller)

    first = await caller(UNKNOWN)
    second = await caller("no")

    assert first.endswith(HOLD)
    assert CALL_AGAIN in second


async def test_with_nobody_at_hand_she_asks_whether_to_text(spoken):
    caller = await spoken()

    said = await caller(UNKNOWN)

    assert said == f"I don't know that myself, so I'll check with my supervisor. {MAY_TEXT}"
    assert await consents() == []


async def test_with_nobody_at_hand_and_a_yes_from_before_the_text_is_promised_at_once(spoken):
    await agreed()
    caller = await spoken()

    assert "You'll get the answer by text by" in await caller(UNKNOWN)


async def test_a_yes_to_a_question_that_was_cut_off_is_no_consent(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller.hears(caller.said, until="And if it takes longer")

    said = await caller("yes")

    assert said == "Thank you. Please stay on the line."
    assert await consents() == []


async def test_a_yes_into_the_last_words_of_a_question_is_one(spoken):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller.hears(caller.said, until="in 7 1?")

    assert "you'll get the answer by text by" in await caller("yes")


async def test_a_yes_to_still_there_is_neither_a_yes_to_holding_nor_to_texts(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller.does(asking.silence, caller.on_call, 1)

    said = await caller("yes")

    assert said == HOLD_OR_TEXT
    assert await caller.state == ANSWERED
    assert await consents() == []


async def test_what_he_asks_while_he_holds_is_answered_and_the_line_still_holds(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("yes")

    assert await caller("where can i park") == PARKING
    assert await caller.state == HOLDING
    assert caller.on_call.holds


async def test_two_questions_held_are_one_promise_and_one_window(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("yes")

    said = await caller(OTHER)

    assert said == "I'm asking that too. If it takes longer, you'll get that answer by text as well."
    assert not caller.said.holds
    assert caller.said.asks == {}
    assert {promise.kind for promise in await db_call(lambda: list(Promise.objects.all()))} == {Promise.Kind.TEXT}


async def test_two_unknown_questions_in_one_turn_are_held_and_texted_together(spoken, at_hand):
    caller = await spoken()
    asked = await caller(f"{UNKNOWN}? {OTHER}?")
    await caller("yes")

    assert asked.count("supervisor") == 1
    assert asked.count(HOLD) == 1
    promises = await db_call(lambda: list(Promise.objects.values_list("kind", "state")))
    assert promises == [(Promise.Kind.TEXT, Promise.State.HEARD)] * 2


async def test_when_the_window_has_passed_the_text_is_promised(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("yes")

    said = await caller.does(asking.stop_holding, caller.on_call)

    assert said.text.startswith(
        "I'm sorry, there is no answer yet, and I won't keep you waiting. You'll get it by text"
    )
    assert await caller.state == ANSWERED
    assert "hold" not in await caller(OTHER)


async def test_when_the_window_has_passed_without_consent_she_asks_for_it(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("I can hold")

    asked = await caller.does(asking.stop_holding, caller.on_call)
    said = await caller("yes please")

    assert asked.text.endswith(MAY_TEXT)
    assert "you'll get the answer by text" in said
    assert len(await consents()) == 1


async def test_when_the_window_has_passed_and_texts_were_refused_he_is_asked_to_call_again(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("yes but don't text me")

    said = await caller.does(asking.stop_holding, caller.on_call)

    assert said.text.endswith("Please call again, I shall know it then.")
    assert (await promise_of()).state == Promise.State.HEARD


async def test_when_the_window_has_passed_without_a_number_she_asks_for_one(spoken, at_hand):
    caller = await spoken(phone="")
    await caller(UNKNOWN)
    await caller("yes")

    said = await caller.does(asking.stop_holding, caller.on_call)

    assert said.text.endswith(WHAT_NUMBER)


async def test_when_the_answer_came_just_in_time_the_window_has_nothing_to_say(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("yes")
    await db_call(lambda: lifecycle.resolve(HelpRequest.objects.get(), answer="Yes.", by=at_hand))
    await told(caller, "Yes.")

    said = await db_call(asking.stop_holding, caller.on_call)

    assert said.text == ""


async def told(caller, answer: str) -> bool:
    """A supervisor answers and she says it; whether the line still holds."""
    message = await db_call(Message.objects.filter(state=Message.State.HELD).first)
    assert message.help_request_id
    await db_call(outbox.take, message)
    return await db_call(asking.after_news, caller.on_call)


async def test_the_line_holds_until_the_last_answer_was_told(spoken, at_hand):
    caller = await spoken()
    await caller(f"{UNKNOWN}? {OTHER}?")
    await caller("yes")
    first, second = await db_call(lambda: list(HelpRequest.objects.order_by("created_at")))

    await db_call(lifecycle.resolve, first, answer="Yes, from $150.", by=at_hand)
    still = await told(caller, "Yes, from $150.")
    await db_call(lifecycle.resolve, second, answer="No.", by=at_hand)
    over = not await told(caller, "No.")

    assert (still, over) == (True, True)
    assert await caller.state == ANSWERED


async def test_an_answer_that_was_faster_than_the_yes_takes_the_question_back(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)
    await db_call(lambda: lifecycle.resolve(HelpRequest.objects.get(), answer="Yes.", by=at_hand))
    await told(caller, "Yes.")

    said = await caller("yes")

    assert "hold" not in said
    assert await consents() == []
    assert await caller.state == ANSWERED


@pytest.mark.parametrize("before", [[], ["yes"], ["no"]])
async def test_danger_comes_first_in_every_state(spoken, at_hand, before):
    caller = await spoken()
    for words in [UNKNOWN, *before]:
        await caller(words)

    said = await caller("i can't breathe")

    assert said.startswith("If this is an emergency, hang up and call 911 now.")


@pytest.mark.parametrize("before", [[], ["yes"], ["no"]])
async def test_opting_out_for_ever_is_obeyed_in_every_state(spoken, at_hand, before):
    caller = await spoken()
    for words in [UNKNOWN, *before]:
        await caller(words)

    said = await caller("stop texting me")

    assert said.startswith("All right, you won't get any texts")
    assert await db_call(Caller.objects.opted_out().exists)
    assert (await promise_of()).kind == Promise.Kind.NONE


@pytest.mark.parametrize("before", [[], ["yes"], ["no"]])
async def test_card_numbers_are_refused_in_every_state(spoken, at_hand, before):
    caller = await spoken()
    for words in [UNKNOWN, *before]:
        await caller(words)

    said = await caller("my card is 4242 4242 4242 4242")

    assert "Please don't tell me card" in said
    assert len(await consents()) == (1 if before == ["yes"] else 0)


async def test_who_asks_something_else_is_answered_and_asked_again_once(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)

    first = await caller("where can i park")
    second = await caller("do you have wi-fi")
    third = await caller("yes")

    assert first == f"{PARKING} {HOLD_OR_TEXT}"
    assert second.endswith("For the other answer, please call again: I shall know it then.")
    assert "text" not in third
    assert await consents() == []
    assert (await promise_of()).state == Promise.State.HEARD


async def test_sorry_says_it_again_and_the_question_stays_open(spoken, at_hand):
    caller = await spoken()
    first = await caller(UNKNOWN)

    again = await caller("sorry")
    await caller("yes")

    assert again == first
    assert await caller.state == HOLDING


async def test_who_says_goodbye_instead_hears_that_he_must_call_again(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)

    said = await caller("goodbye")

    assert said == "Please call again, I shall know it then. Thank you for calling Glow. Goodbye!"
    assert caller.said.ends_call
    assert (await promise_of()).state == Promise.State.HEARD


async def test_typed_conversations_are_promised_at_once_also_with_a_supervisor_at_hand(talk, at_hand):
    caller = await talk()

    assert "hold" not in await caller("Do you offer keratin treatments?")
