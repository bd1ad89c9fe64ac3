"""A caller asks what the salon knows, hears it, and hangs up."""

QUESTION = "Do you have wifi?"
ANSWER = "Yes, free wifi for guests. The password stands on every mirror."


async def test_a_known_question_is_answered_and_the_call_is_on_record(salon, vendors):
    vendors.learn(QUESTION)

    async with salon.phone() as caller:
        greeting = await caller.hears()
        answer = await caller.ask(QUESTION)

    assert greeting.says("How can I help you?")
    assert answer.says(ANSWER)
    salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)
    assert salon.call(caller, "channel") == "phone"
    assert salon.transcript(caller)[1:] == [("caller", QUESTION), ("receptionist", ANSWER)]


async def test_what_the_model_chose_is_spoken_as_it_is_stored(salon, vendors):
    asked = "I come by car, so where do I leave it?"
    vendors.learn(asked)
    vendors.groq(knows={asked: "Where can I park?"})

    async with salon.phone() as caller:
        await caller.hears()
        answer = await caller.ask(asked)

    assert answer.says("There are six free spaces behind the salon")
    assert salon.transcript(caller)[1] == ("caller", asked)
