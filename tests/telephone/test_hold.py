"""A question that she cannot answer: the caller holds, and a supervisor's answer reaches him whatever he does."""

import asyncio

KERATIN, BEADS, TATTOOS = "Do you offer keratin treatments?", "Can you put beads into my hair?", "Do you do tattoos?"
YES = "Yes, that is fine."
ANSWER = "Yes, from one hundred and fifty dollars."
NUMBER = "+14155552671"


async def asks_and_holds(salon, vendors, caller, question: str) -> None:
    vendors.learn(question, YES)
    await asyncio.to_thread(salon.open_desk)
    await caller.hears()
    offer = await caller.ask(question)
    assert "can you hold" in offer
    held = await caller.ask(YES)
    assert "stay on the line" in held


async def test_the_answer_is_spoken_while_the_caller_holds_and_is_not_texted(salon, vendors):
    async with salon.phone() as caller:
        await asks_and_holds(salon, vendors, caller, KERATIN)
        assert salon.call(caller) == "holding"
        answered_at = await asyncio.to_thread(salon.answer_as_supervisor, ANSWER)
        heard = await caller.hears()

    assert heard.start - answered_at < 2
    assert heard.says(ANSWER)
    salon.wait_for_rows(
        "select m.state from supervision_message m join supervision_call c on c.id = m.call_id "
        "where c.room = ? and m.state = 'told'",
        caller.room_name,
    )
    assert salon.texts(NUMBER) == []


async def test_who_holds_is_never_left_in_silence(salon, vendors):
    async with salon.phone(number="+14155552672") as caller:
        await asks_and_holds(salon, vendors, caller, BEADS)
        begun = caller.last_sound()
        await asyncio.sleep(5)

        assert caller.dead_air(begun, begun + 5) < 2


async def test_who_hangs_up_while_holding_gets_the_answer_as_a_text(own_salon, vendors):
    number = "+14155552673"
    own_salon.agent()
    own_salon.worker()
    async with own_salon.phone(number=number) as caller:
        await asks_and_holds(own_salon, vendors, caller, TATTOOS)

    own_salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)
    own_salon.answer_as_supervisor(ANSWER)
    own_salon.wait_for_rows("select 1 from supervision_message where state = 'sent' and recipient = ?", number)

    assert [ANSWER in text for text in own_salon.texts(number)] == [True]
