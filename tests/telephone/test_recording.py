"""A recording: only where it is on, only after the greeting that says so, and gone when the caller says no."""

import asyncio

HOURS = "What are your opening hours?"
NO = "Please do not record this call."


async def test_a_call_is_recorded_on_this_machine_and_a_no_deletes_it(own_salon, vendors):
    vendors.learn(HOURS, NO)
    own_salon.agent(RECORD_CALLS="yes")

    async with own_salon.phone() as caller:
        assert "recorded" in await caller.hears()
        await caller.ask(HOURS)
    async with own_salon.phone(number="+14155552674") as other:
        await other.hears()
        await other.ask(NO)
        await other.ask(HOURS)

    ended = "select recording from supervision_call where room = ? and state = 'ended' and usage != '{}'"
    own_salon.wait_for_rows(ended, other.room_name)
    await asyncio.sleep(1)
    [(name,)] = own_salon.wait_for_rows(f"{ended} and recording != ''", caller.room_name)
    recordings = own_salon.folder / "recordings"
    assert [file.name for file in recordings.iterdir()] == [name]
    assert (recordings / name).stat().st_size > 5_000
    assert own_salon.call(other, "recording") == ""
    assert ("caller", HOURS) not in own_salon.transcript(other)
