"""Questions that ask the same: found by likeness, and kept apart by the words that differ."""

import pytest

from knowledge import alike as module
from knowledge.alike import LIKE, SAME, likeness
from knowledge.embedding import ModelFilesWrong
from knowledge.search import alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do you offer keratin treatments?", "Hi, is keratin treatment something you have?"),
        ("How much is nail art?", "what does nail art cost"),
        ("Is there parking?", "Do you have parking"),
        ("Do you have a discount for students?", "student discount?"),
    ],
)
def test_the_same_in_other_filling_words_is_the_same(one, other):
    assert likeness(one, other) == likeness(other, one) == SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do you sell gift cards?", "can I buy a gift card"),
        ("Is there parking?", "Is there a parking lot nearby?"),
        ("Do you have a chair for kids?", "is there a chair for children"),
    ],
)
def test_what_means_about_the_same_is_for_a_person_to_look_at(one, other):
    assert likeness(one, other) == LIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do you offer keratin treatments?", "Do you offer balayage treatments?"),
        ("Do you sell shampoo?", "Do you sell conditioner?"),
        ("Do you do bridal makeup?", "Do you do bridal hair?"),
        ("Do you have a discount for students?", "Do you have a discount for seniors?"),
        ("Do you braid thick hair?", "Do you braid thin hair?"),
        ("Is the toilet upstairs?", "Is the toilet downstairs?"),
        ("Do you offer facials?", "Do you offer beards?"),
        ("Does Maria work on Friday?", "Does Anna work on Friday?"),
        ("Are you open on Monday?", "Are you open on Tuesday?"),
        ("Are you open at 7?", "Are you open at 8?"),
        ("How much is nail art?", "How long does nail art take?"),
        ("Do you do nail art?", "How much is nail art?"),
        ("Is keratin safe when pregnant?", "Is keratin not safe when pregnant?"),
        ("Do you offer keratin treatments?", "Is the keratin treatment safe when pregnant?"),
        ("Can I come before lunch?", "Can I come after lunch?"),
        ("How much is it?", "How much is it?"),  # about two things, as far as anybody knows
        ("", "?"),
    ],
)
def test_what_differs_in_a_word_that_counts_is_another_question(one, other):
    assert likeness(one, other) == likeness(other, one) == 0


def test_every_question_is_in_one_group_in_the_order_given():
    asked = ("Is there parking?", "Do you sell wigs?", "Do you have parking", "Is there a parking lot nearby?")

    groups = alike(asked)

    assert [list(group) for group in groups] == [[0, 2, 3], [1]]
    assert [sorted(group.same) for group in groups] == [[2], []]


def test_an_open_page_that_asks_again_embeds_nothing(monkeypatch):
    asked = tuple(f"Do you sell product number {number}?" for number in range(20))
    groups = alike(asked)
    monkeypatch.setattr(module, "embed", lambda text: pytest.fail("embedded again"))

    assert alike(asked) is groups
    assert len(alike((*asked[:10], *asked[11:]))) == 19


@pytest.fixture
def no_model(monkeypatch):
    def broken(text):
        raise ModelFilesWrong("missing")

    monkeypatch.setattr(module, "embed", broken)
    yield
    module._read.cache_clear()
    module.likeness.cache_clear()


def test_without_the_model_only_the_same_words_are_the_same(no_model):
    assert likeness("Do you dye eyebrows green?", "hi, do you dye eyebrows green") == SAME
    assert likeness("Do you dye eyebrows green?", "Are green eyebrows dyed?") == 0
