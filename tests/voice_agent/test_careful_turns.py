"""Turns in which a careless receptionist does harm: danger, consent, private numbers, slips of the tongue."""

import pytest
from livekit.agents import llm

from supervision import calls
from supervision.models import Call, Caller, Consent, Event, HelpRequest, Promise
from tests.voice_agent.conftest import KERATIN, PARKING, WIFI
from voice_agent import deciding
from voice_agent.bridge import db_call
from voice_agent.call import OnCall
from voice_agent.turn import Turn

UNKNOWN = "Do you offer keratin treatments?"
NUMBER = "415 555 2671"


@pytest.mark.parametrize("words", ["I can't breathe", "please call 911", "there is a fire in the salon"])
async def test_somebody_in_danger_is_told_whom_to_call_and_the_desk_is_alarmed(talk, words):
    caller = await talk()

    said = await caller(words)

    assert said.startswith("If this is an emergency, hang up and call 911 now.")
    assert "text the answer" not in said
    assert "by text" not in said
    assert (await db_call(HelpRequest.objects.get)).priority == HelpRequest.Priority.URGENT
    assert await db_call(Event.objects.filter(kind="emergency").exists)


async def test_the_number_of_an_emergency_is_the_countrys(talk, salon):
    salon.region = "DE"
    await db_call(salon.save)
    caller = await talk()

    assert "112" in await caller("I can't breathe")
    assert "112" in await caller("Es brennt!")


async def test_an_emergency_that_cannot_be_stored_is_answered_all_the_same(talk, monkeypatch):
    caller = await talk()

    def gone(*_, **__):
        raise RuntimeError("no database")

    monkeypatch.setattr("supervision.lifecycle.raise_alarm", gone)

    assert await caller("call 911") == "If this is an emergency, hang up and call 911 now."


async def test_a_card_number_is_refused_and_asks_nobody(talk):
    caller = await talk()

    said = await caller("my card is 4242 4242 4242 4242 12 27 123")

    assert said.startswith("Please don't tell me card")
    assert "4242" not in caller.said.text
    assert await db_call(HelpRequest.objects.count) == 0


def test_no_model_sees_a_card_number_that_was_said_in_several_turns(salon):
    context = llm.ChatContext.empty()
    for piece in ("it's 4242 4242", "4242", "and 4242"):
        context.add_message(role="user", content=piece)
        context.add_message(role="assistant", content="Sorry?")
    context.items.pop()

    seen = deciding.told(context, Turn("and 4242"), OnCall(Call(), salon))

    assert "4242" not in str([item.text_content for item in seen.items])


async def test_what_is_asked_beside_a_card_number_is_answered(talk):
    caller = await talk()

    said = await caller("My card is 4242 4242 4242 4242. Where can I park?")

    assert said.endswith(PARKING)


async def test_stop_is_obeyed_for_every_number_of_the_call_and_the_question_is_answered(talk):
    caller = await talk(phone="+13125550187")
    await caller(UNKNOWN)

    said = await caller("stop texting me and where can I park?")

    assert said.startswith("All right, you won't get any texts")
    assert said.endswith(PARKING)
    assert await db_call(Promise.objects.filter(kind=Promise.Kind.TEXT).count) == 0


async def test_after_stop_she_asks_for_no_number_and_promises_no_text(talk):
    caller = await talk(phone="")
    await caller(UNKNOWN)
    await caller(NUMBER)
    await caller("no texts please")

    again = await caller(UNKNOWN)
    other = await caller("Do you sell snow tyres?")

    for said in (again, other):
        assert "by text" not in said
        assert "What number" not in said
    assert await db_call(Caller.objects.opted_out().count) == 1


async def test_a_number_said_in_a_call_opens_nobodys_questions(talk):
    owner = await talk()
    await owner(UNKNOWN)
    stranger = await talk(phone="")
    await stranger("Do you sell snow tyres?")
    await stranger(NUMBER)

    said = await stranger(UNKNOWN)

    assert "already asked" not in said
    assert await db_call(Call.objects.filter(caller=None).count) == 1


async def test_a_second_question_goes_to_the_number_that_was_given(talk):
    caller = await talk(phone="")
    await caller(UNKNOWN)
    await caller(NUMBER)

    assert "by text by" in await caller("Do you sell snow tyres?")


async def test_what_a_number_was_refused_for_is_not_texted(talk):
    caller = await talk(phone="")
    await caller(UNKNOWN)
    await caller("no")
    await db_call(calls.record_confirmation, caller.row)
    await caller("Do you sell snow tyres?")

    await caller(NUMBER)

    phones = await db_call(lambda: dict(HelpRequest.objects.values_list("question", "customer_phone")))
    assert phones == {UNKNOWN: "", "Do you sell snow tyres?": "+14155552671"}


async def test_a_forbidden_number_is_no_consent(talk):
    caller = await talk(phone="")
    await caller(UNKNOWN)

    await caller("don't use 4155552671")

    assert await db_call(Consent.objects.count) == 0


async def test_she_asks_for_a_number_twice_in_a_call(talk):
    caller = await talk(phone="")

    said = [await caller(f"Do you sell {what}?") for what in ("snow tyres", "cement mixers", "submarines")]

    assert sum("What number" in words for words in said) == 2
    assert said[2].endswith("Please call again, I shall know it then.")
    assert "by text by" in await caller(NUMBER)


async def test_a_contradiction_is_asked_about_once_more_and_then_goes_to_a_supervisor(talk, asked_back):
    caller = await talk()
    await caller(asked_back)

    again = await caller("ok, no")
    third = await caller("maybe")

    assert again.endswith("Do you mean: do you offer keratin treatments?")
    assert "check with my supervisor" in third
    assert KERATIN not in again + third


async def test_no_more_than_so_many_questions_in_a_call(talk, settings):
    settings.HELP_REQUESTS_PER_CALL = 1
    caller = await talk()
    await caller(UNKNOWN)

    said = await caller("Do you sell snow tyres?")

    assert said.startswith("I have asked my supervisor a lot")
    assert await db_call(HelpRequest.objects.count) == 1


async def test_another_language_is_passed_on_with_words_that_are_true(talk):
    caller = await talk()

    said = await caller("¿Cuánto cuesta un corte de pelo para mi hija?")

    assert said.startswith("I'm sorry, I speak only English so far.")
    assert await db_call(HelpRequest.objects.count) == 1


async def test_a_short_question_without_one_before_is_asked_back_once(talk):
    caller = await talk()

    first = await caller("how much?")
    second = await caller("how much?")

    assert first == "What would you like to know about that?"
    assert "check with my supervisor" in second


async def test_six_known_questions_are_all_answered(talk):
    caller = await talk()

    said = await caller(
        "Where can I park? Do you have Wi-Fi? Hello! Where can I park? Do you have Wi-Fi? Do you sell snow tyres?"
    )

    assert PARKING in said
    assert WIFI in said
    assert (await db_call(HelpRequest.objects.get)).question == "Do you sell snow tyres?"
