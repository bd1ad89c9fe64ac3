"""The texts that callers get: they fit, they quote no more than there is room for, and lead to nobody else."""

import pytest
from django.core.exceptions import ValidationError

from supervision import lifecycle, links, texts
from supervision.models import Message
from supervision.segments import measure

LONG = "We use formaldehyde-free products only, and the treatment lasts for about three months on most hair. "
QUESTION = "Do you offer keratin treatments for very long hair, and how long would that last on a child's hair?"


def answer_text(request, answer, **how):
    return lifecycle.resolve(request, answer=answer, by=None, **how).messages.get().text


def test_a_text_quotes_the_question_and_has_no_punctuation_that_costs_double(ask):
    text = answer_text(ask("What’s “keratin”?"), "It’s a treatment – from $150…")

    assert """asked us "What's "keratin"?". It's a treatment - from $150...""" in text
    assert measure(text).alphabet == "GSM-7"


def test_the_quoted_question_is_shortened_first_and_the_answer_never(ask, settings):
    answer = (LONG * 4)[:370]
    settings.MESSAGE_SEGMENTS = 4
    in_four = answer_text(ask(QUESTION, phone="+14155552672"), answer)
    settings.MESSAGE_SEGMENTS = 3

    text = answer_text(ask(QUESTION), answer)

    assert measure(in_four).segments == 4
    assert measure(text).segments == 3
    assert answer.strip() in text
    assert 0 < len(text.split('"')[1]) < len(in_four.split('"')[1])
    assert text.split('"')[1].endswith("...")


def test_a_quote_that_alone_makes_the_text_cost_double_goes_before_the_answer_does(ask):
    answer = (LONG * 4)[:300]

    text = answer_text(ask("هل تقدمون علاج الكيراتين للشعر الطويل؟"), answer)

    assert 'you asked us "...".' in text
    assert answer.strip() in text
    assert measure(text).segments == 3


def test_what_does_not_fit_is_refused_with_the_numbers_of_the_whole_text(ask):
    request = ask("Hi?")
    answer = "a" * 459  # three texts by itself, without the words around it

    with pytest.raises(ValidationError) as refused:
        lifecycle.resolve(request, answer=answer, by=None)

    request.refresh_from_db()
    around = measure(texts.fitted(texts.frame("answer"), "Hi?", "")).units
    (words,) = refused.value.messages
    assert words.startswith("With the question quoted this makes 4 texts; at most 3 are sent.")
    assert words.endswith(f"Shorten the answer by about {around} characters.")
    assert (request.status, request.messages.count()) == ("pending", 0)
    answer_text(request, answer[around:])


def test_what_costs_double_is_named_where_a_text_does_not_fit(ask):
    with pytest.raises(ValidationError, match="These make it cost double: ç 💅"):
        lifecycle.resolve(ask(), answer="ç 💅 " + "a" * 200, by=None)


def test_another_alphabet_is_not_spelled_out(ask):
    with pytest.raises(ValidationError, match=r"In this alphabet a text holds less than half"):
        lifecycle.resolve(ask(), answer="نعم، من 150 دولارًا. " * 14, by=None)


def test_who_cannot_be_texted_gets_no_text_that_could_be_too_long(ask):
    request = lifecycle.resolve(ask(phone=""), answer="a" * 900, by=None)

    assert request.messages.get().cancelled_because == Message.CancelledBecause.UNREACHABLE


def test_a_held_answer_fits_too_for_the_line_may_break(ask, listen):
    request = ask()
    listen(request.call, at=request.created_at)

    with pytest.raises(ValidationError, match="at most 3"):
        lifecycle.resolve(request, answer="a" * 900, by=None)


def test_what_is_repeated_says_why_where_there_is_room(db):
    assert texts.cut_off("Yes.") == "In case we were cut off: Yes."
    assert texts.cut_off("a" * 459) == "a" * 459


@pytest.mark.parametrize("own", ["https://desk.glow.example/book", "desk.glow.example", "WWW.GLOWSALON.COM/nails"])
def test_the_salons_own_links_may_be_sent(ask, settings, own):
    settings.PUBLIC_URL, settings.SALON_LINKS = "https://desk.glow.example", ["glowsalon.com"]

    assert own in answer_text(ask(), f"Yes: {own}.")


@pytest.mark.parametrize(
    "link",
    ["https://evil.com/x", "www.evil.com", "evil.com", "bit.ly/3abc", "https://glowsalon.com@evil.com/", "h.in/now",
     "glowsalon.com.evil.org", "notglowsalon.com", "ftp://1.2.3.4/x", "http://[::1"],
)  # fmt: skip
def test_no_other_link_may(ask, settings, link):
    settings.SALON_LINKS = ["glowsalon.com"]

    with pytest.raises(ValidationError, match="Only the salon's own links may be sent") as refused:
        lifecycle.resolve(ask(), answer=f"Look at {link}, please.", by=None)

    assert link.strip("[") in refused.value.messages[0]


@pytest.mark.parametrize(
    "words", ["Closed.It opens at 9.30", "Mail hello@glow.com", "from $1.50", "Sun. 9-5", "e.g. no"]
)
def test_words_are_no_links(words):
    assert links.links(words) == []


def test_a_callers_link_is_quoted_as_a_word(ask):
    text = answer_text(ask("Is https://evil.com/win?x=1 or evil.net/free you?"), "No.")

    assert '"Is (link) or (link) you?"' in text
