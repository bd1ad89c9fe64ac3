"""What thumbs type, and what it means: whoever meets another way of writing adds a line."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supervision.shorthand import Shorthand, Verb, read

CODE = "PD"
MEANT = {
    "yes from $150": Shorthand(Verb.ANSWER, "", "yes from $150"),
    "Yes": Shorthand(Verb.ANSWER, "", "Yes"),
    "\u201cyes, from $150\u201d": Shorthand(Verb.ANSWER, "", "yes, from $150"),
    "K7PD yes from $150": Shorthand(Verb.ANSWER, "K7", "yes from $150"),
    "k7pd: yes from $150": Shorthand(Verb.ANSWER, "K7", "yes from $150"),
    "K7 PD yes from $150": Shorthand(Verb.ANSWER, "K7", "yes from $150"),
    "k 7 pd - yes from $150": Shorthand(Verb.ANSWER, "K7", "yes from $150"),
    "\u201cK7PD\u201d yes from $150": Shorthand(Verb.ANSWER, "K7", "yes from $150"),
    "K712PD\nYes.\nFrom $150.": Shorthand(Verb.ANSWER, "K712", "Yes.\nFrom $150."),
    "K7PD -10% for students": Shorthand(Verb.ANSWER, "K7", "-10% for students"),
    "Yes from $150 K7PD": Shorthand(Verb.ANSWER, "K7", "Yes from $150"),
    "K7PD": Shorthand(Verb.ANSWER, "K7", ""),
    "take k7pd": Shorthand(Verb.TAKE, "K7"),
    "K7PD take": Shorthand(Verb.TAKE, "K7"),
    "Take K7PD!": Shorthand(Verb.TAKE, "K7"),
    "LATER K7PD": Shorthand(Verb.LATER, "K7"),
    "later": Shorthand(Verb.LATER),
    "PRIVATE K7PD your deposit is paid": Shorthand(Verb.PRIVATE, "K7", "your deposit is paid"),
    "k7pd private: your deposit is paid": Shorthand(Verb.PRIVATE, "K7", "your deposit is paid"),
    "k7pd private rooms cost $20 more": Shorthand(Verb.ANSWER, "K7", "private rooms cost $20 more"),
    "Undo.": Shorthand(Verb.UNDO),
    "undo that please": Shorthand(Verb.UNDO),
    "UNDO K7PD": Shorthand(Verb.UNDO, "K7"),
    "on": Shorthand(Verb.ON),
    "Off!": Shorthand(Verb.OFF),
    "Stop.": Shorthand(Verb.OFF),
    "?": Shorthand(Verb.NOT_FOR_CALLERS, words="?"),
    "👍": Shorthand(Verb.NOT_FOR_CALLERS, words="👍"),
    "": Shorthand(Verb.NOT_FOR_CALLERS),
    "ok, thanks": Shorthand(Verb.ANSWER, "", "ok, thanks"),
    "OK": Shorthand(Verb.NOT_FOR_CALLERS, words="OK"),
    "what did she mean?": Shorthand(Verb.NOT_FOR_CALLERS, words="what did she mean?"),
    "Take the second door on the left": Shorthand(Verb.ANSWER, "", "Take the second door on the left"),
    "Later in the week is fine": Shorthand(Verb.ANSWER, "", "Later in the week is fine"),
    "A 2 hr treatment is $90": Shorthand(Verb.ANSWER, "", "A 2 hr treatment is $90"),
    "Sí, desde $150": Shorthand(Verb.ANSWER, "", "Sí, desde $150"),
    "是的": Shorthand(Verb.ANSWER, "", "是的"),
    "private yes her deposit is paid": Shorthand(Verb.UNCLEAR),
    "K7PD yes, K9PD no": Shorthand(Verb.UNCLEAR),
    "tell K7PD yes": Shorthand(Verb.UNCLEAR, "K7"),
    "K7XX yes": Shorthand(Verb.WRONG),
    "K7 yes": Shorthand(Verb.WRONG),
    "K7, yes": Shorthand(Verb.WRONG),
    "K7PDyes": Shorthand(Verb.WRONG),
    "yes from $150 K7XX": Shorthand(Verb.WRONG),
    "take K7XX": Shorthand(Verb.WRONG),
    "PRIVATE K7 yes": Shorthand(Verb.WRONG),
    "undo K7XX": Shorthand(Verb.WRONG),
    "STOP": Shorthand(Verb.STOP),
    " stopall ": Shorthand(Verb.STOP),
    "start": Shorthand(Verb.START),
    "HELP": Shorthand(Verb.HELP),
    "info": Shorthand(Verb.HELP),
}


@pytest.mark.parametrize(("typed", "meant"), MEANT.items(), ids=MEANT)
def test_what_is_typed_means(typed, meant):
    assert read(typed, CODE) == meant


@pytest.mark.parametrize("how", ["Liked", "Loved", "Laughed at", "Emphasized", "Reacted 😂 to"])
def test_a_tap_on_our_text_is_no_answer(how):
    assert read(f"{how} “K7PD: 'Do you offer keratin treatments?'”", CODE).verb == Verb.NOT_FOR_CALLERS


@given(st.text(max_size=200), st.text(alphabet='pdPD kK7xX:.-"', max_size=40))
@example("", "K7XX")
def test_nothing_but_the_right_code_names_a_question(words, guess):
    for text in (guess + words, f"{words} {guess}"):
        meant = read(text, CODE)

        assert not meant.reference or CODE.lower() in text.lower()
        assert meant.verb != Verb.ANSWER or any(letter.isalnum() for letter in text)


@given(
    st.sampled_from("ACDEFHJKLMNPRTUVWXY"), st.integers(0, 999), st.text(alphabet="ABCDEFGHXYZ", min_size=2, max_size=2)
)
def test_a_guess_is_never_an_answer(letter, number, guess):
    if guess != CODE:
        assert read(f"{letter}{number}{guess} yes from $150", CODE).verb == Verb.WRONG
