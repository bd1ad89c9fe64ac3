"""A caller who says nothing is asked, asked again, and told goodbye."""


async def test_a_silent_caller_is_asked_twice_and_then_told_goodbye(prepared, own_salon, vendors):
    own_salon.agent(SILENCE="2s", AGENT_PROCESSES="1")

    async with own_salon.phone() as caller:
        greeting = await caller.hears()
        first = await caller.hears()
        second = await caller.hears()
        goodbye = await caller.hears()
        await caller.is_hung_up_on(within=5)

    assert 1.5 < first.start - greeting.end < 4
    assert "still there" in first or "hear me" in first, first
    assert second.text
    assert "goodbye" in goodbye or "good bye" in goodbye, goodbye
    own_salon.wait_for_rows("select 1 from supervision_call where room = ? and state = 'ended'", caller.room_name)


async def test_a_call_whose_time_is_up_is_ended_with_words(own_salon, vendors):
    own_salon.agent(CALL_MAX_MINUTES="0", AGENT_PROCESSES="1")

    async with own_salon.phone() as caller:
        await caller.is_hung_up_on(within=25)
        heard = await caller.hears(pause=0.1)

    assert heard.says("I have to end this call now, because its time is up.")
    assert heard.says("Goodbye!") or "goodbye" in heard.text.lower()
    own_salon.wait_for_rows("select 1 from supervision_call where ended_because = 'too_long' and state = 'ended'")
