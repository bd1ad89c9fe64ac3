"""The ears that recognise what they know beforehand: a test that trusts them must be able to fail."""

import numpy as np
import pytest

from tests.telephone import speech
from tests.telephone.ears import Ears, errors, words

KNOWN = (
    "Do you have wifi?", "Where can I park?", "What are your opening hours?", "Yes, please.", "No, thank you.",
    "How much is a haircut for a man?", "I come by car, so where do I leave it?",
)  # fmt: skip
SILENCE = np.zeros(speech.RATE // 2, np.int16)


@pytest.fixture(scope="module")
def ears() -> Ears:
    pytest.importorskip("hibari")
    ears = Ears()
    for text in KNOWN:
        ears.learn(text)
    return ears


def heard(*texts: str, noise: float = 0.0) -> np.ndarray:
    pieces = [SILENCE, *(piece for text in texts for piece in (speech.by_telephone(text), SILENCE))]
    samples = np.concatenate(pieces)
    return (samples + np.random.default_rng(1).normal(0, noise, len(samples))).astype(np.int16)


@pytest.mark.parametrize("text", KNOWN)
def test_what_is_known_is_recognised_also_in_noise(ears, text):
    assert ears.recognise(heard(text)) == text
    assert ears.recognise(heard(text, noise=100)) == text


@pytest.mark.parametrize("text", ["Can I bring my dog to the salon tomorrow?", "My sister comes on Friday.", ""])
def test_what_is_not_known_is_not_recognised(ears, text):
    assert ears.recognise(heard(text) if text else SILENCE) == ""


def test_two_in_one_breath_are_both_heard_in_their_order(ears):
    assert ears.recognise(heard("Where can I park?", "Do you have wifi?")) == "Where can I park? Do you have wifi?"


def test_of_a_sentence_that_is_cut_off_the_beginning_is_heard(ears):
    whole = heard("How much is a haircut for a man?")

    assert ears.recognise(whole[: len(whole) // 2]).startswith("How much is")


def test_words_are_compared_as_they_sound():
    assert words("It's $25, at 9 o'clock") == words("its 25 at nine oclock")
    assert words("twenty-five") == ["25"]
    assert errors("We are open from nine to five.", "we are open from 9 to 5") == 0
    assert errors("one two three four", "1 2 4") == 0.25
    assert errors("one two", "well, one and two it is") == 0.5
    assert errors("one two", "well, one two it is") == 0
