"""What makes two wordings the same question, and which of its words carry meaning."""

import hashlib
import re
import sys
import threading
import unicodedata
from functools import lru_cache
from importlib.util import find_spec, module_from_spec

from django.core.exceptions import ValidationError

QUESTION_LIMIT = 4000
ANSWER_LIMIT = 1000

SHORT_FORMS = {
    "what's": "what is", "whats": "what is", "where's": "where is", "wheres": "where is", "when's": "when is",
    "how's": "how is", "who's": "who is", "it's": "it is", "that's": "that is", "there's": "there is",
    "i'm": "i am", "im": "i am", "i'd": "i would", "i've": "i have", "you're": "you are", "youre": "you are",
    "ur": "your", "u": "you", "r": "are", "d'you": "do you", "don't": "do not", "dont": "do not",
    "can't": "can not", "cannot": "can not", "y'all": "you", "pls": "please", "o'clock": "",
    "2day": "today", "2nite": "tonight", "2night": "tonight", "2morrow": "tomorrow", "2moro": "tomorrow",
    "tmrw": "tomorrow", "tmr": "tomorrow", "tmw": "tomorrow", "wat": "what", "wats": "what is",
}  # fmt: skip
# Said before or after a question without changing it; the longest come first.
FILLERS = sorted(
    (
        "hi", "hello", "hey", "hi there", "hello there", "hey there", "good morning", "good afternoon", "good evening",
        "um", "uh", "er", "erm", "hmm", "so", "well", "ok", "okay", "alright", "right", "yeah", "yes", "and", "oh",
        "please", "thanks", "thank you", "thank you very much", "thanks a lot", "actually", "just wondering",
        "i was wondering", "i was just wondering", "i was wondering if", "i am wondering", "i wonder",
        "can you tell me", "could you tell me", "can you please tell me", "could you please tell me",
        "would you tell me", "tell me", "can you say", "do you know", "do you happen to know", "i would like to know",
        "i want to know", "i wanted to know", "i would like to ask", "i want to ask", "i wanted to ask",
        "i just wanted to ask", "may i ask", "can i ask", "could i ask", "can i ask you", "let me ask you",
        "i have a question", "i have got a question", "quick question", "i have a quick question", "one question",
        "i am calling to ask", "i am calling to find out", "just one question", "excuse me", "sorry",
    ),
    key=len,
    reverse=True,
)  # fmt: skip
# Say nothing about the subject, but frame it.
_FUNCTION_WORDS = """
    a about after again all also am an and answer any anybody anyone anything anywhere are as ask at available be
    because been before being but by call called can charge charges come cost costs could did do does doing done
    each ever every few find first for from further get give given go going got guys had has have having he hello
    help her here hey hi him his how i if in into is it its just kind kinds know let like long look looking make
    many may me might mine more most much must my need no nor not now of off offer offered offering ok on once one
    only or other our out over own per please possible price prices pricing provide question questions same say see
    sell shall she should so some somebody someone something somewhere soon sort sorts still such take takes tell
    than thank thanks that the their them then there these they thing things think this those through time to too
    try type types under until up us use usually very want wants was way we well were what when where which while
    who whom whose why will wish with within without wonder wondering would yes yet you your yours
"""
_CALENDAR = """
    today tonight tomorrow yesterday morning afternoon evening night noon week weekend month year day days
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december
"""
CALENDAR_WORDS = frozenset(_CALENDAR.split())
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split()) | CALENDAR_WORDS


def _english_stemmer():
    """Without running the package itself, which would load the stemmers of thirty languages: 3 MB in each process."""
    sys.modules.setdefault("snowballstemmer", module_from_spec(find_spec("snowballstemmer")))
    from snowballstemmer.english_stemmer import EnglishStemmer

    return EnglishStemmer()


_stemming = threading.Lock()  # the stemmer keeps the word it works on in itself
_stemmer = _english_stemmer()
_BEFORE = re.compile(rf"^(?:(?:{'|'.join(FILLERS)}) )+")
_AFTER = re.compile(r"(?: (?:please|thanks|thank you|thank you very much|thanks a lot|then|ma am|sir))+$")


def clean(text: str) -> str:
    """The text without control characters (newline and tab stay), broken surrogates and outer space."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def clean_question(text: str) -> str:
    """As `clean`; raises ValidationError when nothing or too much is left."""
    text = clean(text)
    if not text:
        raise ValidationError("Write the question first.", code="empty_question")
    if len(text) > QUESTION_LIMIT:
        raise ValidationError(f"A question may have {QUESTION_LIMIT:,} characters; this one has {len(text):,}.")
    return text


def clean_answer(text: str) -> str:
    """As `clean`; raises ValidationError when nothing or too much is left."""
    text = clean(text)
    if not text:
        raise ValidationError("Write the answer first.", code="empty_answer")
    if len(text) > ANSWER_LIMIT:
        raise ValidationError(f"An answer may have {ANSWER_LIMIT:,} characters; this one has {len(text):,}.")
    return text


def words(text: str) -> list[str]:
    """The words of a text as they are compared: folded, short forms written out, without punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'").replace("&", " and ")
    found = re.findall(r"\d+(?:[:/.-]\d+)+|[^\W_]+(?:'[^\W_]+)*", folded)
    return " ".join(SHORT_FORMS.get(word, word.removesuffix("'s").replace("'", "")) for word in found).split()


def normalised(text: str) -> str:
    """One question, however it is typed: "Hi, can you tell me: what's your address?" is "what is your address"."""
    said = _AFTER.sub("", _BEFORE.sub("", " ".join(words(text))))
    return said or " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def key_of(text: str) -> str:
    """sha256 of the normalised text, in hex: a unique index on long text is not possible."""
    return hashlib.sha256(normalised(text).encode()).hexdigest()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    with _stemming:
        return _stemmer.stemWord(word)


def content_words(text: str) -> list[str]:
    """The words that say what a question is about: without function words and phrases such as "how much is"."""
    return [word for word in words(text) if word not in FUNCTION_WORDS and not word[0].isdigit()]


def stems(text: str) -> frozenset[str]:
    """The stems of the content words."""
    return frozenset(map(stem, content_words(text)))
