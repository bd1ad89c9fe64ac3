"""A packed dictionary answers as the dict did that it was made from."""

from voice_agent.packed import Packed

WORDS = {
    "read": {"DEFAULT": "ɹˈid", "VBD": "ɹˈɛd"},
    "": "nothing",
    "zoë": "zˈOi",
    "a": None,
    "b": -2.5,
    "reads": "ɹˈidz",
}


def test_every_word_has_the_value_it_had():
    packed = Packed(WORDS)

    assert {word: packed.get(word) for word in WORDS} == WORDS
    assert all(word in packed for word in WORDS)


def test_a_word_that_was_not_there_has_none():
    packed = Packed(WORDS)

    for word in ("rea", "readable", "zz", "zoe"):
        assert packed.get(word) is None
        assert word not in packed
    assert Packed({}).get("read", "?") == "?"
