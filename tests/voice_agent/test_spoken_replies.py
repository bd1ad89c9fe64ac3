"""What spoken words agree to, and what they do not: every case is one that somebody may be held to."""

import pytest

from voice_agent.replies import Meaning
from voice_agent.spoken_replies import read

HOLD = {"kind": "hold", "texts": True}
TEXT = {"kind": "text"}
NUMBER = {"kind": "number"}
RIGHT = {"kind": "number_right"}


@pytest.mark.parametrize(
    ("words", "holds", "texts"),
    [
        ("yes", True, True),
        ("yes please that would be great thanks", True, True),
        ("no problem", True, True),
        ("yes i can hold and you can text me", True, True),
        ("you can text me that's fine", True, True),
        ("yes but don't text me", True, False),
        ("i can hold", True, None),
        ("yes i'll hold", True, None),
        ("alright i'll wait", True, None),
        ("just text me", False, True),
        ("No, text me.", False, True),
        ("I'm driving, just send me a text", False, True),
        ("no i can't hold but yes text me", False, True),
        ("no", False, None),
        ("i can't hold that long", False, None),
        ("no please don't text me", False, False),
    ],
)
def test_a_reply_is_for_holding_for_texts_or_for_both(words, holds, texts):
    reply = read(words, asks=HOLD)

    assert (reply.holds, reply.texts) == (holds, texts)


@pytest.mark.parametrize("words", ["maybe", "yes no", "um i guess", "how long will it take", "right side or left side"])
def test_what_is_not_clear_is_no_consent(words):
    assert read(words, asks=HOLD).meaning == Meaning.UNCLEAR


@pytest.mark.parametrize("asks", [HOLD, TEXT, NUMBER, RIGHT])
@pytest.mark.parametrize("words", ["where can i park", "do you have wifi", "what are your opening hours on friday"])
def test_a_question_is_something_new(words, asks):
    assert read(words, asks=asks) is None


@pytest.mark.parametrize("asks", [HOLD, TEXT, RIGHT])
@pytest.mark.parametrize("words", ["yes what", "yes? who is this?", "okay so what", "yes what do you mean", "sure why"])
def test_a_yes_that_asks_back_has_agreed_to_nothing(words, asks):
    reply = read(words, asks=asks)

    assert (reply.meaning, reply.texts) == (Meaning.UNCLEAR, None)


def test_a_question_after_a_yes_is_kept():
    assert read("yes and when do you close", asks=HOLD).rest == "when do you close"


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("yes", True),
        ("sure text me", True),
        ("please", True),
        ("no", False),
        ("don't text me", False),
        ("yes no", None),
    ],
)
def test_a_text_needs_a_clear_yes(words, texts):
    assert read(words, asks=TEXT).texts == texts


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("four one five double five five oh one two three", "4155550123"),
        ("four one five five five five to six seven one", "4155552671"),
        ("it's four one five", "415"),
        ("plus four nine one seven oh", "+49170"),
        ("my number is 415-555-2671", "4155552671"),
    ],
)
def test_digits_are_taken_as_they_are_heard(words, digits):
    assert read(words, asks=NUMBER).number == digits


def test_figures_in_another_sentence_are_no_number():
    assert read("two haircuts for tomorrow please", asks=NUMBER) is None


@pytest.mark.parametrize(
    ("words", "digits", "place"),
    [
        ("no 2672 at the end", "2672", "end"),
        ("the last four are 2672", "2672", "end"),
        ("no the area code is 416", "416", "start"),
        ("no it's 415 555 2672", "4155552672", ""),
    ],
)
def test_a_correction_names_its_place(words, digits, place):
    reply = read(words, asks=RIGHT)

    assert (reply.number, reply.place) == (digits, place)


@pytest.mark.parametrize("asks", [HOLD, TEXT, RIGHT])
@pytest.mark.parametrize("words", ["is fine", "s right", "'s okay."])
def test_a_reply_whose_beginning_was_lost_is_asked_for_again_and_is_no_new_question(words, asks):
    assert read(words, asks=asks).meaning == Meaning.UNCLEAR


@pytest.mark.parametrize("words", ["is it okay?", "nail art", "what about parking"])
def test_a_short_question_is_no_reply(words):
    assert read(words, asks=HOLD) is None
