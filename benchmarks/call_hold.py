"""How soon a supervisor's answer is heard by the caller who holds for it.

`python -m benchmarks.call_hold` calls a salon through LiveKit's real server, asks what nobody knows, says yes to
holding, and holds. After two to three seconds a supervisor answers, in a process of its own that tells the time at
which it had committed; the time ends with the first sound of her voice in the caller's ear, the hold sound not counted.
Two callers hold at a time, sixteen answers in all; the vendors are doubles with typical delays. The answer must be the
one that was given, word for word, on record as told. About 4 min.
"""

import asyncio
import random
from collections.abc import Callable

from benchmarks.telephone import (
    TYPICAL,
    Supervisor,
    Turn,
    at_once,
    described,
    finish,
    quantile,
    salon,
    say,
    supervisor,
    turns,
)
from tests.scratch import wait_for
from tests.telephone import speech
from tests.telephone.phone import HERS, Phone
from tests.telephone.salon import Salon

ASKED = {  # what nobody knows before, and is known ever after
    "Do you offer keratin treatments?": "Yes, on Fridays with Anna.",
    "Do you do tattoos?": "No, but the shop next door does.",
    "Can you braid beads into my hair?": "Yes, please bring your own.",
    "Do you rent out the salon?": "Yes, on Sundays, for parties.",
    "Do you pierce ears?": "Yes, with studs of gold.",
    "Do you make wigs?": "Yes, by order only.",
    "Do you teach makeup classes?": "Yes, once a month.",
    "Can you straighten a beard?": "Yes, with a hot comb.",
    "Do you have a sauna?": "No, we have steam.",
    "Do you buy long hair?": "Yes, we pay by weight.",
    "Can I charge my electric car?": "Not yet, next year.",
    "Do you tan people with spray?": "Yes, in the back room.",
    "Are you looking for an apprentice?": "Yes, please send us a letter.",
    "Do you sharpen scissors?": "No, we send ours away.",
    "Can you come to the hospital?": "Yes, on Mondays.",
    "Do you have magazines in Spanish?": "Yes, a whole shelf.",
}
YES = "Yes, that is fine."
ROUNDS = turns(8)  # for each of two callers
NUMBERS = ("+14155552671", "+14155552672")
SINCE_ASKED = """
select 1 from supervision_utterance u join supervision_call c on c.id = u.call_id
where c.room = ? and u.speaker = 'receptionist' and u.text like {}
and u.id > (select max(q.id) from supervision_utterance q where q.call_id = c.id and q.text = ?)
"""
OFFERED, HELD = SINCE_ASKED.format("'%Can you hold%'"), SINCE_ASKED.format("'%stay on the line%'")  # and heard whole
TOLD = """
select count(*) from supervision_utterance u join supervision_message m on m.id = u.message_id
where m.state = 'told' and u.text like '%' || ? || '%'
"""


async def main() -> None:
    with salon(HELP_REQUESTS_PER_CALL="100", HOLD_WINDOW="60s") as place:
        place.vendors.learn(YES, *ASKED)
        for answer in ASKED.values():
            speech.spoken(answer)  # the double's voice takes it from there
        place.vendors.groq(**TYPICAL["groq"])
        place.vendors.eleven(**TYPICAL["eleven"])
        with supervisor(place) as at_desk:
            found = await at_once(*(calls(place, at_desk, caller) for caller in range(2)))
        told = sum(place.rows(TOLD, answer)[0][0] for answer in ASKED.values())

    say(described("answers to callers who hold", found) + f"{told} of {len(found)} on record as told word for word\n")
    times = [one.ms for one in found if one.is_answered] if told == len(found) else []
    finish({"p95_ms": quantile(times, 0.95), "p50_ms": quantile(times, 0.5), "answers": len(times)})


async def calls(place: Salon, at_desk: Supervisor, caller: int) -> list[Turn]:
    """Half of the questions each: what has been answered once is known."""
    await asyncio.sleep(3 * caller)
    mine, heard = list(ASKED.items())[caller::2], []
    async with Phone(place.livekit, place.agent_name, number=NUMBERS[caller]) as phone:
        await phone.hears()
        for question, answer in mine[:ROUNDS]:
            heard.append(await hold(place, phone, question, answer, at_desk=at_desk))
    return heard


async def hold(place: Salon, phone: Phone, question: str, answer: str, *, at_desk: Supervisor) -> Turn:
    await asyncio.to_thread(at_desk.is_at_hand)
    begun = await phone.say(question)
    await until(lambda: place.rows(OFFERED, phone.room_name, question))
    await phone.say(YES)
    await until(lambda: place.call(phone) == "holding")
    await until(lambda: place.rows(HELD, phone.room_name, question))
    await phone.is_silent(seconds=1.0, track=HERS)
    await asyncio.sleep(random.random())
    committed = await asyncio.to_thread(at_desk.answer, phone.room_name, answer)
    try:
        first = await phone.first_sound(after=committed, within=8, track=HERS)
    except AssertionError:
        return Turn(question, begun, committed)
    await phone.is_silent(seconds=1.0, track=HERS)
    return Turn(question, begun, committed, first)


async def until(what: Callable[[], object]) -> None:
    await asyncio.to_thread(wait_for, what, seconds=20.0)


if __name__ == "__main__":
    asyncio.run(main())
