"""Two callers at once: each hears his own answer, and nothing of the other's call."""

import asyncio

WIFI, PARKING = "Do you have wifi?", "Where can I park?"
ANSWERS = {
    WIFI: "Yes, free wifi for guests. The password stands on every mirror.",
    PARKING: "There are six free spaces behind the salon",
}


async def test_each_of_two_callers_hears_his_own_answer(salon, vendors):
    vendors.learn(WIFI, PARKING)

    async def ask(question: str, number: str):
        async with salon.phone(number=number) as caller:
            await caller.hears()
            return caller, await caller.ask(question)

    calls = await asyncio.gather(ask(WIFI, "+14155552671"), ask(PARKING, "+14155552672"))

    for question, (caller, answer) in zip((WIFI, PARKING), calls, strict=True):
        assert answer.says(ANSWERS[question])
        assert [text for speaker, text in salon.transcript(caller) if speaker == "caller"] == [question]
