"""A question that she cannot answer: the caller holds, and a supervisor's answer reaches him whatever he does."""

import asyncio
import time

from tests.telephone import speech
from tests.telephone.phone import HERS
from tests.telephone.test_faults_agents import until

YES = "Yes, that is fine."
OFFER = "Can you hold for half a minute while I ask?"
WIFI = "Do you have wifi?"
REPEAT = "Sorry, can you repeat that?"
NO_TEXTS = "Please don't text me."
ANSWER = "Yes, we do that on Mondays."
LONG_ANSWER = "Yes, with pleasure, and we take about two hours for it, so please come before noon on a weekday."
SECOND_ANSWER = "No, I am sorry, we do not."
CUT_OFF = "In case we were cut off:"
STATE = (
    "select m.state from supervision_message m join supervision_helprequest h on h.id = m.help_request_id "
    "where h.question = ?"
)
SAID = (
    "select u.text from supervision_utterance u join supervision_call c on c.id = u.call_id "
    "where c.room = ? and u.speaker = 'receptionist' and not u.interrupted and u.text like '{}'"
)


async def asks_and_holds(salon, vendors, caller, question: str) -> None:
    await asyncio.to_thread(vendors.learn, question, YES)
    await asyncio.to_thread(salon.open_desk)
    await caller.hears()
    offer = await caller.ask(question)
    assert offer.says(OFFER), offer
    assert (await caller.ask(YES)).end
    assert salon.call(caller) == "holding"


async def answers(salon, question: str, words: str = ANSWER) -> float:
    return await asyncio.to_thread(salon.answer_to, question, words)


async def test_the_answer_is_spoken_while_the_caller_holds_and_is_not_texted(salon, vendors):
    question, number = "Do you offer keratin treatments?", "+14155552701"
    vendors.learn(REPEAT)
    async with salon.phone(number=number) as caller:
        await asks_and_holds(salon, vendors, caller, question)
        begun = caller.last_sound()
        await asyncio.sleep(4)
        silence = caller.dead_air(begun, begun + 4)
        answered_at = await answers(salon, question)
        heard = await caller.hears_after(answered_at)
        again = await caller.ask(REPEAT)

    assert silence < 2
    assert heard.start - answered_at < 2
    assert heard.says(ANSWER)
    assert again.says(ANSWER)
    assert salon.rows(STATE, question) == [("told",)]
    assert salon.texts(number) == []


async def test_who_talks_while_it_is_answered_hears_first_what_he_asks_himself(salon, vendors):
    question = "Can you put beads into my hair?"
    vendors.learn(WIFI)
    async with salon.phone(number="+14155552702") as caller:
        await asks_and_holds(salon, vendors, caller, question)
        spoken = caller.talk(WIFI)
        await answers(salon, question)
        heard = await caller.hears_after(await spoken, pause=2)

    hers = [text for speaker, text in salon.transcript(caller) if speaker == "receptionist"]
    assert heard.says("Yes, free wifi for guests.")
    assert heard.says(ANSWER)
    assert [ANSWER in text for text in hers[-2:]] == [False, True]


async def test_an_answer_is_said_again_once_and_then_sent_as_a_text(salon, vendors):
    question, number = "Do you do tattoos?", "+14155552703"
    vendors.learn(WIFI)
    async with salon.phone(number=number) as caller:
        await asks_and_holds(salon, vendors, caller, question)
        own_answers = SAID.format("Yes, free wifi%")
        at = await answers(salon, question, LONG_ANSWER)
        for times in (1, 2):
            begun = await caller.first_sound(after=at, track=HERS)
            await caller.first_sound(after=begun + 2.0, track=HERS)
            await caller.say(WIFI)
            await until(lambda: len(salon.rows(own_answers, caller.room_name)) == times)  # noqa: B023
            at = time.time()
        salon.wait_for_rows("select 1 from supervision_message where state = 'sent' and recipient = ?", number)
        await caller.is_silent(seconds=2, track=HERS)

    [text] = salon.texts(number)
    assert text.startswith(CUT_OFF)
    assert LONG_ANSWER in text
    told = [text for speaker, text in salon.transcript(caller) if speaker == "receptionist" and "has answered" in text]
    assert len(told) == 2


async def test_two_questions_share_a_window_and_what_comes_after_it_is_spoken_or_texted(salon, vendors):
    first, second, number = "Do you pierce ears?", "Do you sell wigs?", "+14155552704"
    vendors.learn(second)
    async with salon.phone(number=number) as caller:
        await asks_and_holds(salon, vendors, caller, first)
        begun = caller.last_sound(HERS)
        also = await caller.ask(second)
        passed = await caller.hears(within=12)
        passed_row = salon.rows(SAID.format("%no answer yet%"), caller.room_name)
        await answers(salon, second, SECOND_ANSWER)
        spoken = await caller.hears()

    async with salon.phone(number=number) as again:
        await again.first_sound(after=again.dialled_at)
        known = await again.ask(first)
        await answers(salon, first)
        told = await again.hears()

    assert also.says("I'm asking that too.")
    assert passed.says("I'm sorry, there is no answer yet, and I won't keep you waiting.")
    assert "get it by text by" in passed_row[0][0]
    assert 8 < passed.start - begun < 13  # of the first: the second opens no window of its own
    assert spoken.says(SECOND_ANSWER)
    assert known.says("I have already asked my supervisor that.")
    assert told.says(ANSWER)
    assert salon.texts(number) == []


async def test_who_wants_no_texts_gets_none_and_is_told_the_truth(salon, vendors):
    question, number = "Do you wash dogs?", "+14155552705"
    vendors.learn(NO_TEXTS)
    async with salon.phone(number=number) as caller:
        await asks_and_holds(salon, vendors, caller, question)
        asked_at = await caller.say(NO_TEXTS)
        await until(lambda: salon.rows(SAID.format("%no answer yet%"), caller.room_name))
        heard = await caller.hears_after(asked_at, pause=2)

    assert heard.says("All right, you won't get any texts from us.")
    assert heard.says("Please call again, I shall know it then.")
    salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)
    await answers(salon, question)
    assert salon.rows(STATE, question) == [("cancelled",)]
    assert salon.texts(number) == []


async def test_who_hangs_up_while_holding_gets_the_answer_as_a_text(salon, vendors):
    question, number = "Do you dye beards?", "+14155552706"
    async with salon.phone(number=number) as caller:
        await asks_and_holds(salon, vendors, caller, question)
        caller.play(speech.by_telephone(WIFI)[: speech.RATE // 2])  # he is cut off while he speaks

    salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)
    await answers(salon, question)
    salon.wait_for_rows("select 1 from supervision_message where state = 'sent' and recipient = ?", number)

    assert [ANSWER in text for text in salon.texts(number)] == [True]
