"""What a caller's words mean for what she had asked."""

import pytest

from voice_agent.replies import Meaning, read

MEAN = {"kind": "do_you_mean"}
NUMBER = {"kind": "number"}


@pytest.mark.parametrize("words", ["yes", "Yes please.", "Yeah, that's it", "yep!", "That's right.", "sure, thanks",
    "y", "yes yes",
    "yess", "si", "yes ma'am", "mhm", "go ahead"])  # fmt: skip
def test_a_plain_yes_is_a_yes(words):
    assert read(words, asks=MEAN).meaning == Meaning.YES


@pytest.mark.parametrize("words", ["no", "No thanks.", "nope", "No, that's not it.", "not that", "something else",
    "n", "no no no",
    "nooooo", "NO!!!", "no sir", "absolutely not", "not exactly"])  # fmt: skip
def test_a_plain_no_is_a_no(words):
    assert read(words, asks=MEAN).meaning == Meaning.NO


@pytest.mark.parametrize("words", ["Do you do perms?", "right side or left side?", "know what, forget it", "👍?"])
def test_anything_else_is_something_new(words):
    assert read(words, asks=MEAN) is None


def test_a_question_after_a_yes_is_kept():
    reply = read("Yes, and when do you close?", asks=MEAN)

    assert (reply.meaning, reply.rest) == (Meaning.YES, "when do you close?")


def test_what_is_meant_instead_is_kept_after_a_no():
    reply = read("no, I mean hair extensions", asks=MEAN)

    assert (reply.meaning, reply.rest) == (Meaning.NO, "I mean hair extensions")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("+1 415 555 0123", "+1 415 555 0123"),
        ("(415) 555-0123", "(415) 555-0123"),
        ("It's 415.555.0123, thanks", "415.555.0123"),
        ("four one five, five five five, zero one two three", "4155550123"),
        ("my number is 123", "123"),
        ("12345", "12345"),
    ],
)
def test_a_number_is_found_as_it_was_typed_or_spoken(words, number):
    reply = read(words, asks=NUMBER)

    assert (reply.meaning, reply.number) == (Meaning.NUMBER, number)


@pytest.mark.parametrize("words", ["are you open at 10?", "how much is 1 haircut for 2?", "Where can I park?"])
def test_a_question_with_a_figure_in_it_is_no_telephone_number(words):
    assert read(words, asks=NUMBER) is None


@pytest.mark.parametrize("words", ["no", "I'd rather not.", "No, don't text me", "never mind", "I don't have one"])
def test_a_number_may_be_refused_in_many_words(words):
    assert read(words, asks=NUMBER).meaning == Meaning.NO


def test_a_question_after_the_number_is_kept():
    reply = read("415 555 0123. Where can I park?", asks=NUMBER)

    assert reply.rest == "Where can I park?"


def test_nothing_is_a_reply_where_nothing_was_asked():
    assert read("yes", asks={}) is None


@pytest.mark.parametrize(
    "words",
    [
        "ok, no", "yeah, nah", "yes. no.", "right, wrong", "okay... no", "sure, nope", "yes? no!", "ok, never mind",
        "okay, forget it", "right... something else", "no, yes", "no, sure", "yes and no", "yeah nah", "maybe",
        "I don't know",
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_neither_yes_nor_no(words):
    assert read(words, asks=MEAN).meaning == Meaning.UNCLEAR


@pytest.mark.parametrize("words", ["I think so", "I guess so", "Yes, but for my husband", "no, at home"])
def test_a_yes_with_a_but_teaches_nothing(words):
    assert not read(words, asks=MEAN).is_plain


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("not 4155552671, use 4155552672", "4155552672"),
        ("use 4155552671 not 4155552672", "4155552671"),
        ("four one five triple five two six seven one", "4155552671"),
        ("four fifteen, five fifty five, twenty six seventy one", "4155552671"),
        ("can you text me at 415 555 2671?", "415 555 2671"),
        ("415 555 2671?", "415 555 2671"),
        ("no, 4155552671", "4155552671"),
    ],
)
def test_the_number_that_is_meant_is_taken(words, number):
    assert read(words, asks=NUMBER).number == number


@pytest.mark.parametrize(
    "words", ["don't use 4155552671", "my number isn't 4155552671", "skip it", "none of your business"]
)
def test_a_number_that_is_forbidden_is_a_refusal(words):
    assert read(words, asks=NUMBER).meaning == Meaning.NO


@pytest.mark.parametrize(
    "words",
    [
        "what will you do with my number 4155552673?", "it's 150 right", "it is at 10:30 on 11/24",
        "my appointment is on 12/01/2026 at 3:30",
    ],
)  # fmt: skip
def test_digits_that_are_no_telephone_number_given_are_no_reply(words):
    assert read(words, asks=NUMBER) is None


def test_of_two_numbers_none_is_taken():
    assert read("at work 3125550187 or home 3125550188", asks=NUMBER).meaning == Meaning.UNCLEAR
