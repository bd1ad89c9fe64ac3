"""Callers who think aloud, go on after a pause, or call from a room full of people."""

import time

import numpy as np

from tests.telephone import speech
from tests.voice_agent import rooms

QUESTION, ANSWER = "Do you have wifi?", "Yes, free wifi for guests."
THINKING = "I would like to know"
HOURS = "What are your opening hours?"
MORE = "for my laptop?"


def with_pause(first: str, seconds: float, then: str) -> np.ndarray:
    between = np.zeros(int(seconds * speech.RATE), np.int16)
    return np.concatenate([speech.by_telephone(first), between, speech.by_telephone(then)])


def said_by_caller(salon, caller) -> list[str]:
    return [words for speaker, words in salon.transcript(caller) if speaker == "caller"]


async def test_a_caller_who_thinks_aloud_is_not_cut_off(salon, vendors):
    vendors.learn(THINKING, QUESTION)

    async with salon.phone() as caller:
        await caller.hears()
        begun = time.time()
        ended = await caller.play(with_pause(THINKING, 0.6, QUESTION))
        answer = await caller.hears_after(ended)

    assert not [frame for frame in caller.since(begun + 0.3) if frame.level > 300 and frame.at < ended]
    assert answer.says(ANSWER) or "wifi" in answer.text.lower()
    assert len(said_by_caller(salon, caller)) == 1


async def test_what_follows_a_whole_question_at_once_belongs_to_it(salon, vendors):
    vendors.learn(QUESTION, MORE)

    async with salon.phone() as caller:
        await caller.hears()
        ended = await caller.play(with_pause(QUESTION, 0.7, MORE))
        await caller.hears_after(ended)

    assert said_by_caller(salon, caller) in ([QUESTION, MORE], [f"{QUESTION} {MORE}"])


async def test_among_other_voices_her_caller_is_answered_soon(salon, vendors):
    vendors.learn(QUESTION)
    level = float(np.sqrt(np.mean(np.square(speech.by_telephone(QUESTION).astype(float)))))
    around = (rooms.others(7, 20 * speech.RATE) * level * 10 ** (-15 / 20)).astype(np.int16)

    async with salon.phone(noise=around) as caller:
        await caller.hears()
        answer = await caller.ask(QUESTION)

    assert answer.says(ANSWER)
