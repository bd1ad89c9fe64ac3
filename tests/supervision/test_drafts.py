"""A draft is put together from what is near, and says nothing that those answers do not."""

import pytest

from knowledge.search import Candidate
from supervision import drafts


def near(*answers, score=0.7):
    return [Candidate(f"learned:{number}", "?", answer, score) for number, answer in enumerate(answers)]


def test_it_says_what_each_says_once_without_the_verdict_on_another_question():
    candidates = near("Yes, gel manicures are $45.", "No, we are closed on Sunday", "Yes, gel manicures are $45.")

    assert drafts.compose(candidates) == "Gel manicures are $45. We are closed on Sunday."


def test_what_is_not_near_is_left_out():
    candidates = [*near("Gel is $45.", "Art is $12."), *near("Parking is free.", score=0.4)]

    assert drafts.compose(candidates) == "Gel is $45. Art is $12."


@pytest.mark.parametrize(
    "candidates", [[], near("Gel is $45."), near("Gel is $45.", "Gel is $45."), near("Yes.", "No!")]
)
def test_where_fewer_than_two_say_something_there_is_none(candidates):
    assert drafts.compose(candidates) == ""


def test_it_is_never_longer_than_an_answer_may_be():
    text = drafts.compose(near("a" * 600, "b" * 600, "c" * 300))

    assert text == f"A{'a' * 599}. C{'c' * 299}."
