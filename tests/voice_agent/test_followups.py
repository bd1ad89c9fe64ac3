"""Short questions that are about what was asked before."""

import pytest

from voice_agent.followups import combined, is_elliptical

FRIDAY = "are you open on Friday?"


@pytest.mark.parametrize(
    ("last", "service", "words", "whole"),
    [
        (FRIDAY, "", "and on Saturday?", "are you open on Saturday?"),
        (FRIDAY, "", "sorry, I meant Saturday", "are you open on Saturday?"),
        (FRIDAY, "", "no I said Saturday", "are you open on Saturday?"),
        (FRIDAY, "", "not Friday, Thursday", "are you open on Thursday?"),
        (FRIDAY, "", "what about tomorrow?", "are you open tomorrow?"),
        ("What are your hours?", "", "and tomorrow?", "What are your hours tomorrow?"),
        ("do you do balayage?", "Balayage", "how much?", "how much is Balayage?"),
        ("do you do balayage?", "Balayage", "and how long does that take?", "how long does Balayage take?"),
        ("how much is a women's haircut?", "Women's haircut", "and for men?", "how much is a men's haircut?"),
        ("how much is a haircut?", "", "for kids?", "how much is a children's haircut?"),
        ("how much is a balayage?", "Balayage", "and a gel manicure?", "how much is a gel manicure?"),
    ],
)
def test_a_short_question_is_completed_from_the_one_before(last, service, words, whole):
    assert whole in list(combined(words, last=last, service=service))


@pytest.mark.parametrize("words", ["how much?", "and on Saturday?", "what about tomorrow?", "for kids?"])
def test_nothing_is_completed_from_nothing(words):
    assert list(combined(words, last="", service="")) == []
    assert is_elliptical(words)


@pytest.mark.parametrize(
    "words", ["Where can I park?", "do you do nails", "how much is a balayage?", "Saturday night fever"]
)
def test_a_whole_question_stands_for_itself(words):
    assert not is_elliptical(words)
