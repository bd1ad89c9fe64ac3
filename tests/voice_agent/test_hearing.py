"""Marks that a transcript lacks, where they are certain."""

import pytest

from voice_agent.hearing import as_written, without_child, without_objection


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("where can i park do you have wifi", "where can i park? do you have wifi"),
        ("how much is a haircut do you take cards", "how much is a haircut? do you take cards"),
        ("yes when do you close", "yes, when do you close"),
        ("no i mean hair extensions", "no, i mean hair extensions"),
        ("what's you're hours", "what's your hours"),
        ("um do you cut hair", "do you cut hair"),
    ],
)
def test_a_mark_is_put_where_a_question_is_whole(words, written):
    assert as_written(words) == written


@pytest.mark.parametrize(
    "words",
    [
        "what kind of colors do you have",
        "how many stylists do you have",
        "do you know what time you close",
        "can you tell me what is the price of a haircut",
        "do you cut hair for men and how much is it",
        "i was wondering do you do perms",
        "Where can I park? Do you have WiFi?",
        "which of the treatments are you best at",
    ],
)
def test_a_question_that_goes_on_is_left_whole(words):
    assert as_written(words) == words


@pytest.mark.parametrize("words", ["i am 10 minutes away", "i am eight weeks pregnant", "my mom is here", "table 4"])
def test_only_certain_words_show_a_child(words):
    assert without_child(words) is None


def test_what_is_said_beside_is_kept():
    assert without_child("Hi, I'm eight. Do you cut hair?") == "Do you cut hair?"
    assert without_objection("don't record this where can i park") == "where can i park"
    assert without_objection("do you record your calls") is None


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("How much is actually, where can I park?", "where can I park?"),
        ("how much is um no wait where can i park", "where can i park"),
        ("Can you tell me if… forget it, what are your hours?", "what are your hours?"),
        ("What is actually included in a haircut?", "What is actually included in a haircut?"),
        ("A haircut, and actually, where can I park?", "A haircut, and actually, where can I park?"),
        ("Do you have wifi, actually can I park there", "Do you have wifi, actually can I park there"),
    ],
)  # fmt: skip
def test_what_is_begun_and_given_up_is_no_question(words, meant):
    assert as_written(words) == meant
