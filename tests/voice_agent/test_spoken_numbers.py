"""The number to text, taken by voice or by keys, and read back before it counts."""

import pytest
from django.utils import timezone

from supervision import lifecycle
from supervision.models import Caller, Consent, HelpRequest, Promise
from tests.voice_agent.conftest import PARKING, PHONE
from voice_agent import asking
from voice_agent.bridge import db_call
from voice_agent.keypad import Key, Keypad, Pressed

UNKNOWN = "do you offer keratin treatments"
WHAT_NUMBER = "What number may we text the answer to?"
READ_BACK = "4 1 5, 5 5 5, 2 6 7 1. Is that right?"
CALL_AGAIN = "please call again, I shall know it then"


async def number_of_the_request() -> str:
    return (await db_call(HelpRequest.objects.get)).customer_phone


@pytest.fixture
def withheld(spoken):
    """A call without a number, in which she has just asked for one."""

    async def begin(**about):
        caller = await spoken(**{"phone": "", **about})
        assert (await caller(UNKNOWN)).endswith(WHAT_NUMBER)
        return caller

    return begin


@pytest.mark.parametrize(
    "words",
    [
        "four one five five five five two six seven one",
        "it's four one five triple five two six seven one",
        "four one five five five five to six seven one",
        "um my number is 415-555-2671 thanks",
        "area code four one five then five five five twenty six seventy one",
    ],
)
async def test_a_number_is_read_back_in_groups_before_it_counts(withheld, words):
    caller = await withheld()

    said = await caller(words)

    assert said == READ_BACK
    assert await number_of_the_request() == ""
    assert await db_call(Consent.objects.count) == 0


async def test_a_yes_to_what_was_read_back_is_the_consent(withheld):
    caller = await withheld()
    await caller("415 555 2671")

    said = await caller("yes that's right")

    assert said.startswith("Thank you. I'm checking with my supervisor, and you'll get the answer by text by")
    assert await number_of_the_request() == PHONE
    consent = await db_call(Consent.objects.get)
    assert consent.words == f"“{WHAT_NUMBER}” “{READ_BACK}” “yes that's right”"
    promise = await db_call(Promise.objects.get)
    assert (promise.kind, promise.state) == (Promise.Kind.TEXT, Promise.State.HEARD)


async def test_to_a_number_that_texts_did_not_reach_none_is_promised_and_another_is_asked_for(spoken):
    caller = await spoken(phone=PHONE)
    await db_call(_is_a_landline_that_has_agreed)

    said = await caller(UNKNOWN)

    assert said.endswith(WHAT_NUMBER)
    assert await number_of_the_request() == ""
    assert (await caller("the number I'm calling from")).startswith("We can't send texts to that number.")
    assert (await caller("312 555 0187")).endswith("Is that right?")
    assert "you'll get the answer by text" in await caller("yes")
    assert await number_of_the_request() == "+13125550187"


def _is_a_landline_that_has_agreed():
    Caller.objects.update(unreachable_since=timezone.now())
    Caller.objects.get().consents.create(words="yes please")


async def test_a_yes_to_half_of_a_number_is_none(withheld):
    caller = await withheld()
    await caller("415 555 2671")
    await caller.hears(caller.said, until=", 2 6 7 1")

    assert await caller("yes") == READ_BACK
    assert await number_of_the_request() == ""


@pytest.mark.parametrize(
    ("words", "read_back"),
    [
        ("no 2672 at the end", "4 1 5, 5 5 5, 2 6 7 2. Is that right?"),
        ("no it's two six seven two", "4 1 5, 5 5 5, 2 6 7 2. Is that right?"),
        ("the last two are seven four", "4 1 5, 5 5 5, 2 6 7 4. Is that right?"),
        ("no the area code is 312", "3 1 2, 5 5 5, 2 6 7 1. Is that right?"),
        ("no it's 312 555 0187", "3 1 2, 5 5 5, 0 1 8 7. Is that right?"),
    ],
)
async def test_a_correction_changes_what_it_names_and_is_read_back(withheld, words, read_back):
    caller = await withheld()
    await caller("415 555 2671")

    assert await caller(words) == read_back
    assert await number_of_the_request() == ""


async def test_a_no_asks_for_the_number_again_and_not_for_ever(withheld):
    caller = await withheld()
    for _ in range(2):
        await caller("415 555 2671")
        assert (await caller("no that's wrong")).startswith("Please say the number again, digit by digit")
    await caller("415 555 2671")

    assert CALL_AGAIN in await caller("no")


async def test_a_number_may_be_said_in_parts(withheld):
    caller = await withheld()

    first = await caller("four one five")
    second = await caller("five five five")
    third = await caller("two six seven one")

    assert first == "I have 3 digits so far: 4 1 5. Please go on."
    assert second == "I have 6 digits so far: 4 1 5, 5 5 5. Please go on."
    assert third == READ_BACK


async def test_who_begins_anew_is_not_held_to_what_was_before(withheld):
    caller = await withheld()
    await caller("four one six")

    assert await caller("415 555 2671") == READ_BACK


async def test_start_over_forgets_the_digits(withheld):
    caller = await withheld()
    await caller("four one six")

    await caller("no start over")

    assert await caller("415 555 2671") == READ_BACK


async def test_a_number_that_cannot_be_texted_is_asked_for_again_with_the_reason(withheld):
    caller = await withheld()

    said = await caller("plus four four two oh seven nine four six double oh double oh")

    assert said.startswith("We cannot send texts to numbers of that country.")
    assert await caller("415 555 2671") == READ_BACK


async def test_a_number_whose_owner_wants_no_texts_is_refused_without_saying_why(withheld, salon):
    owner = await db_call(Caller.objects.create, phone=PHONE)
    await db_call(lifecycle.opt_out, owner)
    caller = await withheld()
    await caller("415 555 2671")

    said = await caller("yes")

    assert said.startswith("We can't send texts to that number. Is there another?")
    assert await number_of_the_request() == ""


async def test_a_question_in_between_is_answered_and_the_digits_are_kept(withheld):
    caller = await withheld()
    await caller("four one five")

    said = await caller("where can i park")

    assert said == f"{PARKING} I have 3 digits so far: 4 1 5. Please go on."
    assert await caller("555 2671") == READ_BACK


async def test_a_number_may_be_refused(withheld):
    caller = await withheld()

    assert CALL_AGAIN in await caller("no I'd rather not")


@pytest.mark.parametrize(
    "words", ["text it to my other number", "can you text it to another number", "this is a landline"]
)
async def test_another_number_than_the_callers_is_asked_for(spoken, words):
    caller = await spoken()
    await caller(UNKNOWN)

    first = await caller(words)
    second = await caller("three one two five five five oh one eight seven")
    await caller("yes")

    assert first == WHAT_NUMBER
    assert second == "3 1 2, 5 5 5, 0 1 8 7. Is that right?"
    assert await number_of_the_request() == "+13125550187"
    assert await db_call(lambda: Consent.objects.get().caller.phone) == "+13125550187"


async def test_another_number_may_be_said_with_the_yes(spoken, at_hand):
    caller = await spoken()
    await caller(UNKNOWN)

    said = await caller("yes but text it to 312 555 0187")

    assert said == "3 1 2, 5 5 5, 0 1 8 7. Is that right?"
    assert caller.said.holds


async def test_another_number_may_be_wished_after_the_promise(spoken):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("yes")

    first = await caller("actually text it to my other number")
    await caller("312 555 0187")
    await caller("yes")

    assert first == WHAT_NUMBER
    assert await number_of_the_request() == "+13125550187"


async def test_where_nothing_is_waited_for_there_is_nothing_to_text(spoken):
    caller = await spoken()

    assert (await caller("text it to my other number")).startswith("There is no answer to be texted yet.")


@pytest.mark.parametrize("words", ["no wait use the number I'm calling from", "the number I'm calling from is fine"])
async def test_the_number_one_calls_from_is_asked_about_before_it_is_a_yes(spoken, words):
    caller = await spoken()
    await caller(UNKNOWN)
    await caller("text it to another number")

    said = await caller(words)
    before = await db_call(Consent.objects.count)
    await caller("yes")

    assert said.endswith("ending in 7 1?")
    assert before == 0
    assert await number_of_the_request() == PHONE


async def test_a_withheld_number_cannot_be_texted(withheld):
    caller = await withheld()

    assert (await caller("the number I'm calling from")).startswith("I can't see a number that I can text.")


async def test_a_landline_is_asked_for_another_number(withheld):
    caller = await withheld(phone="+442079460000")

    assert caller.on_call.call.caller is None


async def test_a_number_keyed_in_is_read_back_and_hash_confirms_it(withheld):
    caller = await withheld()

    said = await caller.presses("4155552671")
    done = await caller.presses("#")

    assert said.text == READ_BACK
    assert "by text by" in done.text
    assert await number_of_the_request() == PHONE


async def test_star_begins_the_number_again(withheld):
    caller = await withheld()

    again = await caller.presses("416*")
    said = await caller.presses("14155552671")

    assert again.text.startswith("Please say the number again")
    assert said.text == READ_BACK


async def test_a_zero_within_a_number_is_a_digit(withheld):
    caller = await withheld()

    said = await caller.presses("3125550187")

    assert said.text == "3 1 2, 5 5 5, 0 1 8 7. Is that right?"


async def test_keys_that_mean_nothing_are_passed_over(spoken):
    caller = await spoken()

    assert await caller.presses("5*#9") is None


def test_the_keypad_collects_until_hash_or_until_the_number_is_whole():
    keypad = Keypad()

    events = [keypad.press(key, collects=True) for key in "0170#"]

    assert events == [None, None, None, None, Pressed(Key.NUMBER, "0170")]
    assert keypad.press("7", collects=True, whole=1) == Pressed(Key.NUMBER, "7")
    assert keypad.press("#", collects=True) == Pressed(Key.CONFIRMED)
    assert keypad.press("0", collects=False) == Pressed(Key.PERSON)


async def test_the_window_of_holding_does_not_lose_the_digits(spoken, at_hand):
    caller = await spoken(phone="")
    await caller(UNKNOWN)
    await caller("yes but text it to my other number")
    await caller("four one five")

    said = await caller.does(asking.stop_holding, caller.on_call)

    assert said.text.endswith("I have 3 digits so far: 4 1 5. Please go on.")
