"""A caller who speaks while she speaks."""

LONG, SHORT = "What are your opening hours?", "Do you have wifi?"
ANSWER = "Yes, free wifi for guests."


async def test_she_falls_silent_at_once_and_answers_what_was_said_over_her(salon, vendors):
    vendors.learn(LONG, SHORT)

    async with salon.phone() as caller:
        await caller.hears()
        asked_until = await caller.say(LONG)
        speaks_since = await caller.first_sound(after=asked_until, track="roomio_audio")
        begun = await caller.first_sound(after=speaks_since + 1.5, track="roomio_audio")
        spoken = caller.talk(SHORT)
        silent_since = await caller.is_silent(seconds=0.6, track="roomio_audio")
        said_until = await spoken
        answer = await caller.hears_after(said_until)

    assert silent_since - begun < 1.5
    assert answer.says(ANSWER)
    speakers = [speaker for speaker, _ in salon.transcript(caller)]
    assert speakers == ["receptionist", "caller", "receptionist", "caller", "receptionist"]
    cut = salon.transcript(caller)[2][1]
    assert cut.startswith("We are open")
    assert not cut.endswith("Thanksgiving.")


async def test_the_greeting_too_gives_way_from_its_first_word(salon, vendors):
    vendors.learn(SHORT)

    async with salon.phone() as caller:
        begun = await caller.first_sound(after=caller.dialled_at)
        spoken = caller.talk(SHORT)
        silent_since = await caller.is_silent(seconds=0.6, track="roomio_audio")
        answer = await caller.hears_after(await spoken)

    assert silent_since - begun < 1.6
    assert answer.says(ANSWER)
    assert ("caller", SHORT) in salon.transcript(caller)
