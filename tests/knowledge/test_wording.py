import pytest
from django.core.exceptions import ValidationError

from knowledge.word_guard import names_a_date
from knowledge.wording import clean, clean_question, content_words, key_of, normalised, stems


@pytest.mark.parametrize(
    "text",
    [
        "What is your address?",
        "what's your address",
        "WHATS YOUR ADDRESS???",
        "Hi, what’s your address?",
        "Good morning! Um, can you tell me what is your address please",
        "hello there, quick question: what is your address, thanks",
        "  what   is\nyour\taddress  ",
        "ｗhat is your address",
    ],
)
def test_same_question_however_it_is_typed(text):
    assert normalised(text) == "what is your address"
    assert key_of(text) == key_of("what is your address")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("are you open on monday", "are you open on tuesday"),
        ("can I bring my dog", "can I not bring my dog"),
        ("do you do perms", "do you do perms at home"),
        ("is it 10 dollars", "is it 100 dollars"),
        ("💅", "💇"),
    ],
)
def test_different_questions_stay_different(one, other):
    assert key_of(one) != key_of(other)


def test_fillers_alone_are_a_text_of_their_own():
    assert normalised("thank you") == "thank you"
    assert normalised("hello") == "hello"
    assert normalised("hi there please") == "please"


def test_emoji_alone_are_a_text_of_their_own():
    assert normalised(" 💅 ") == "💅"


def test_control_characters_and_broken_surrogates_are_dropped():
    assert clean(" a\x00b\x1b\ud800\n\tc\x7f ") == "ab\n\tc"


def test_words_that_say_what_it_is_about_are_left():
    assert content_words("How much is a keratin treatment tomorrow at 5?") == ["keratin", "treatment"]


def test_stems_join_singular_and_plural():
    assert stems("treatments") == stems("treatment")


def test_question_of_4000_characters_is_still_taken():
    assert clean_question("q" * 4000)
    with pytest.raises(ValidationError):
        clean_question("q" * 4001)


@pytest.mark.parametrize(
    "question", ["come on march 3", "in november", "on 12/24", "the 26th", "november 25 2027", "in may"]
)
def test_date_is_noticed(question):
    assert names_a_date(question)


@pytest.mark.parametrize("question", ["when may I come", "march right in", "at 9.30", "for 2 people", "on Sunday"])
def test_what_is_no_date_is_not_taken_for_one(question):
    assert not names_a_date(question)
