"""How people talk: aloud while they think, two things at once, something else in the middle, and "sorry?"."""

import numpy as np

from tests.telephone import speech
from tests.telephone.phone import HERS

THOUGHT, REST = "I would like to know, um,", "whether you do nail art for weddings."
BREATH = "Where can I park and do you have wifi?"
BEGUN, INSTEAD = "How much is", "actually, where can I park?"
SORRY = "Sorry?"
PARKING, WIFI = "There are six free spaces behind the salon", "Yes, free wifi for guests."


def with_pauses(*pieces: str, seconds: float) -> np.ndarray:
    between = np.zeros(int(seconds * speech.RATE), np.int16)
    return np.concatenate([one for piece in pieces for one in (speech.by_telephone(piece), between)][:-1])


async def test_a_caller_talks_as_people_do(salon, vendors):
    vendors.learn(THOUGHT, REST, BREATH, BEGUN, INSTEAD, SORRY)
    salon.leave_desk()
    async with salon.phone(number="+14155552708") as caller:
        await caller.hears()
        both = await caller.ask(BREATH)
        again = await caller.ask(SORRY)
        changed = await caller.hears_after(await caller.play(with_pauses(BEGUN, INSTEAD, seconds=0.4)))
        thinking = caller.play(with_pauses(THOUGHT, REST, seconds=0.9))
        begun = caller.last_sound(HERS)
        ended = await thinking
        interrupted = [frame for frame in caller.since(begun + 0.2, HERS) if frame.level > 300 and frame.at < ended]
        asked = await caller.hears_after(ended)

    assert both.says(PARKING)
    assert both.says(WIFI)
    assert again.says(PARKING)
    assert again.says(WIFI)
    assert changed.says(PARKING), changed
    assert interrupted == []
    assert "check with my supervisor" in asked
    [(question,)] = salon.rows("select question from supervision_helprequest where question like '%nail art%'")
    assert "I would like to know" in question  # one turn
