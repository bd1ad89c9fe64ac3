"""What is never stored, and words that must be obeyed."""

import pytest

from supervision import screening

MASK = screening.MASK


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("my card is 4111111111111111 ok", f"my card is {MASK} ok"),
        ("4111-1111-1111-1111", MASK),
        ("5500 0000 0000 0004, 3782 822463 10005", f"{MASK}, {MASK}"),
        ("my social is 219-09-9999", f"my social is {MASK}"),
        ("social security number 219099999", f"social security number {MASK}"),
    ],
)
def test_card_and_identity_numbers_are_masked(said, stored):
    assert screening.said(said) == stored


@pytest.mark.parametrize(
    "said",
    [
        "call me at 415-555-2671",
        "+1 (415) 555-2671",
        "+4915123456789012",
        "does it cost $150 or $1,500?",
        "on 2026-06-03 at 10:30",
        "4111111111111112",  # no card has this check digit
        "order 123456789",
    ],
)
def test_other_numbers_stay(said):
    assert screening.said(said) == said


def test_control_characters_are_dropped_and_lines_stay():
    assert screening.clean(" a\x00b\x1b[31m\n\tc\ud800 ") == "ab[31m\n\tc"


@pytest.mark.parametrize(
    "said",
    [
        "STOP", "stop.", "Unsubscribe", "please stop texting me", "Stop sending me texts", "don't text me",
        "Don’t message me again", "no more texts please", "I want to opt out", "take me off your list",
        "do not send me any more messages", "END", "remove my number",
    ],
)  # fmt: skip
def test_opting_out_is_understood_in_many_words(said):
    assert screening.wants_no_texts(said)


@pytest.mark.parametrize(
    "said",
    [
        "Where does the bus stop?", "Can you text me?", "Can I cancel my appointment?", "When does it end?",
        "Do you do split ends?", "I'd like to stop by later", "please text me the answer", "No, thank you",
        "Don't you text people?",
    ],
)  # fmt: skip
def test_other_words_are_not_taken_for_opting_out(said):
    assert not screening.wants_no_texts(said)
