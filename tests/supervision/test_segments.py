"""How much room a text takes; the values are those of 3GPP TS 23.038 and of Twilio's own calculator."""

import pytest

from supervision.segments import BASIC, EXTENSION, GSM_7, TWINS, UCS_2, measure, plain

TEN = "1234567890"
# The lengths of Twilio's published tests (message-segment-calculator) and of the network's own arithmetic.
REFERENCE = [
    ("", GSM_7, 0, 0),
    ("a", GSM_7, 1, 1),
    (TEN * 16, GSM_7, 160, 1),
    (TEN * 16 + "1", GSM_7, 161, 2),
    ("{" + TEN * 15 + "12345678", GSM_7, 160, 1),
    ("{" + TEN * 15 + "123456789", GSM_7, 161, 2),
    ("a" * 306, GSM_7, 306, 2),
    ("a" * 307, GSM_7, 307, 3),
    ("a" * 459, GSM_7, 459, 3),
    ("a" * 460, GSM_7, 460, 4),
    ("€" * 80, GSM_7, 160, 1),
    ("€" * 81, GSM_7, 162, 2),
    ("a" * 152 + "€" + "a" * 152, GSM_7, 306, 3),  # the sign does not fit the first one's last place
    ("a" * 151 + "€" + "a" * 153, GSM_7, 306, 2),
    ("ç" + "a" * 69, UCS_2, 70, 1),
    ("ç" + "a" * 70, UCS_2, 71, 2),
    ("ç" + "a" * 133, UCS_2, 134, 2),
    ("ç" + "a" * 134, UCS_2, 135, 3),
    ("😜" + "a" * 68, UCS_2, 70, 1),
    ("😜" + "a" * 69, UCS_2, 71, 2),
    ("😜" * 35, UCS_2, 70, 1),
    ("😜" * 66, UCS_2, 132, 2),  # 33 of them in each: half of one has no place
    ("😜" * 67, UCS_2, 134, 3),
    ("שלום", UCS_2, 4, 1),
]


@pytest.mark.parametrize(("text", "alphabet", "units", "segments"), REFERENCE)
def test_a_text_weighs_what_the_network_says(text, alphabet, units, segments):
    size = measure(text)

    assert (size.alphabet, size.units, size.segments) == (alphabet, units, segments)
    assert size.characters == len(text)


def test_the_alphabet_is_the_one_of_the_standard():
    assert len(BASIC) == len(set(BASIC)) == 127  # 128 places, one of which is the escape
    assert len(EXTENSION) == len(set(EXTENSION)) == 10
    assert not set(BASIC) & set(EXTENSION)
    assert [BASIC.index(one) for one in "@\n !"] == [0, 10, 31, 32]
    assert BASIC[0x41 - 1] == "A"  # the places from the escape at 0x1B on are one further than here
    assert BASIC[-1] == "à"


def test_what_makes_a_text_cost_double_is_named_once():
    assert measure("Açaí, ça va? 💅").costly == ("ç", "í", "💅")
    assert measure("Déjà €5 [ok]").costly == ()


def test_every_twin_is_in_the_alphabet_and_replaces_what_is_not():
    for character, twin in TWINS.items():
        assert measure(twin).alphabet == GSM_7
        assert measure(character).alphabet == UCS_2


def test_plain_keeps_the_accents_and_joins_those_written_apart():
    assert plain("“Don’t” – we’re open…") == "\"Don't\" - we're open..."
    assert plain("façade, crème") == "façade, crème"
    assert measure(plain("cre\u0300me")).alphabet == GSM_7
