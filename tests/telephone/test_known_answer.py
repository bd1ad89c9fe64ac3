"""A caller asks what the salon knows, hears it, and hangs up."""

QUESTION = "What are your opening hours?"


async def test_a_known_question_is_answered_and_the_call_is_on_record(salon, vendors):
    vendors.learn(QUESTION)

    async with salon.phone() as caller:
        greeting = await caller.hears()
        answer = await caller.ask(QUESTION)

    assert "glow beauty salon" in greeting
    [(speaker, _), (asker, asked), (_, answered)] = salon.transcript(caller)
    assert answer.says(answered)
    assert (speaker, asker, asked) == ("receptionist", "caller", QUESTION)
    salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)
