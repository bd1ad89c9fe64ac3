"""The number to text: taken by voice or by keys, read back digit by digit, corrected, and agreed to."""

import asyncio
import time

from tests.telephone.phone import HERS

BYE = "Thank you very much, goodbye."
SPOKEN = "Four one five, five five five, two seven nine nine."
WRONG = "No, the last digit is one."
RIGHT = "Yes, that is right."
OTHER = "Please text it to my other number."
ANSWER = "Yes, on Mondays."
CONSENT = (
    "select c.words, c.withdrawn_at is null from supervision_consent c "
    "join supervision_caller p on p.id = c.caller_id where p.phone = ?"
)


async def is_texted(salon, question: str, number: str) -> None:
    await asyncio.to_thread(salon.answer_to, question, ANSWER)
    salon.wait_for_rows("select 1 from supervision_message where state = 'sent' and recipient = ?", number)
    assert [ANSWER in text for text in salon.texts(number)] == [True]


async def test_a_withheld_number_is_asked_for_read_back_and_corrected_by_voice(salon, vendors):
    question, number = "Do you cut fringes for free?", "+14155552791"
    vendors.learn(question, SPOKEN, WRONG, RIGHT, BYE)
    salon.leave_desk()
    async with salon.phone(number="") as caller:
        await caller.hears()
        asked = await caller.ask(question)
        first = await caller.ask(SPOKEN)
        second = await caller.ask(WRONG)
        promised = await caller.ask(RIGHT)
        goodbye = await caller.ask(BYE)
        ended_at = goodbye.end
        await caller.is_hung_up_on(within=3)
        gone_after = time.time() - ended_at

    assert asked.says("What number may we text the answer to?")
    assert first.says("Is that right?")
    assert second.says("Is that right?")
    assert "2 7 9 1" in " ".join("".join(second.text.replace(",", "").split())), second
    assert "by text" in promised, promised
    assert goodbye.says("Thank you for calling Glow Beauty Salon.")
    assert gone_after < 2.5  # `hears` itself has waited for 0.9 s
    assert salon.call(caller, "ended_because") == "goodbye"
    [(words, stands)] = salon.rows(CONSENT, number)
    assert stands
    assert "What number may we text the answer to?" in words
    assert RIGHT.rstrip(".") in words
    await is_texted(salon, question, number)


async def test_another_number_is_keyed_in_and_confirmed_by_hash(salon, vendors):
    question, own, number = "Do you sew on buttons?", "+14155552707", "+14155552792"
    vendors.learn(question, OTHER)
    salon.leave_desk()
    async with salon.phone(number=own) as caller:
        await caller.hears()
        offer = await caller.ask(question)
        asked = await caller.ask(OTHER)
        await caller.press("41*")  # he begins anew
        await caller.first_sound(after=time.time(), track=HERS)
        await caller.press("4155552792")  # ten digits need no hash
        read_back = await caller.hears_after(time.time())
        pressed_at = time.time()
        await caller.press("#")
        promised = await caller.hears_after(pressed_at)

    assert "ending in" in offer
    assert asked.says("What number may we text the answer to?")
    assert read_back.says("Is that right?")
    assert "by text" in promised, promised
    assert salon.rows(CONSENT, own) == []
    [(words, _)] = salon.rows(CONSENT, number)
    assert "Is that right?" in words
    await is_texted(salon, question, number)
    assert salon.texts(own) == []
