"""What she has said once, she says again without anybody's help."""

KNOWN = {"Where can I park?": "There are six free spaces"}


async def test_a_sure_answer_that_was_spoken_once_needs_no_voice(salon, vendors):
    ((question, answer),) = KNOWN.items()
    vendors.learn(question)
    async with salon.phone() as caller:
        await caller.hears()
        assert (await caller.ask(question)).says(answer)
    spoken = len(vendors.log()["eleven"]["spoken"])

    async with salon.phone() as caller:
        greeting = await caller.hears()
        vendors.eleven(voice="closed")
        asked_until = await caller.say(question)
        again = await caller.hears_after(asked_until)

    print(f"kept answer heard {again.start - asked_until:.2f} s after the question")  # noqa: T201
    assert greeting.says("How can I help you?")
    assert again.says(answer)
    assert len(vendors.log()["eleven"]["spoken"]) == spoken  # neither the greeting nor the answer was asked for
