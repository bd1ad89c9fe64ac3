"""What she asked, and what a caller's next words mean for it: pure, so that no model can read a yes into them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from supervision import screening


class Asked(StrEnum):
    """The kinds of `Utterance.asks`."""

    DO_YOU_MEAN = "do_you_mean"
    NUMBER = "number"
    NUMBER_RIGHT = "number_right"  # spoken calls only, as all that follow
    HOLD = "hold"  # and, where that is needed, whether she may text
    TEXT = "text"
    PASS_ON = "pass_on"  # off the record: may the question be written down?
    SAY_MORE = "say_more"  # what an unfinished question means; no reply is waited for


class Meaning(StrEnum):
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    NUMBER = "number"
    OWN_NUMBER = "own_number"
    OTHER_NUMBER = "other_number"
    AGAIN = "again"  # the number, from the beginning


@dataclass(frozen=True)
class Reply:
    """`rest` is what the caller said beside it, such as another question; `number` as it was typed or spoken.

    `is_plain` where a yes or a no stands for itself: only then may it change anything for others. `holds` and `texts`
    say what a yes or a no is for, where two things were asked; None where nothing was said about it.
    """

    meaning: Meaning
    rest: str = ""
    number: str = ""
    is_plain: bool = True
    holds: bool | None = None
    texts: bool | None = None
    place: str = ""  # of a correction: "start" or "end"
    words: str = ""  # all of what was said


YES = (
    "yes", "yes please", "yes i do", "yes i mean that", "yes it is", "yes that", "yes that is it", "yep", "yup", "yeah",
    "yea", "ya", "yess", "y", "si", "sure", "ok", "okay", "right", "correct", "exactly", "of course", "absolutely",
    "definitely", "indeed", "that is right", "that is it", "that one", "this one", "i do", "that is correct",
    "that is what i mean", "that is what i asked", "please do", "uh huh", "mm hmm", "mhm", "go ahead", "you bet",
    "affirmative", "yes exactly", "yes of course", "yes sure", "yes that is right", "please", "i mean that",
)  # fmt: skip
HEDGED = (
    "i think so",
    "i guess so",
    "i guess",
    "yes i think",
    "yes i think so",
    "yes i guess",
    "probably",
    "i suppose",
)
NO = (
    "no", "no thanks", "no thank you", "nope", "nah", "n", "no i do not", "no i mean something else", "not that",
    "not really", "not at all", "i do not", "wrong", "that is wrong", "something else", "neither", "no it is not",
    "not what i mean", "that is not what i mean", "that is not it", "incorrect", "negative", "no that is not it",
    "absolutely not", "of course not", "definitely not", "hell no", "no way", "not exactly", "not quite",
    "that is not what i asked", "not what i asked",
)  # fmt: skip
UNSURE = (
    "maybe", "perhaps", "possibly", "kind of", "sort of", "not sure", "i am not sure", "i do not know", "yes and no",
    "no and yes", "more or less", "depends", "it depends",
)  # fmt: skip
REFUSED = (
    "i would rather not", "i would rather not say", "i prefer not to", "i prefer not to say", "i do not want to",
    "i do not want that", "i will not", "no texts", "no text", "no number", "no phone", "no text please",
    "i have no number", "i have no phone", "i do not have one", "i do not have a number", "i do not have a phone",
    "never mind", "nevermind", "forget it", "do not text me", "please do not text me", "do not text", "skip", "skip it",
    "skip that", "none", "never", "later", "maybe later", "not now", "i will call again", "i will call back",
    "none of your business", "that is none of your business", "email me instead", "i do not want to give it",
    "i do not want to give you my number", "i do not want to give my number", "i am not giving you my number",
    "i will not give you my number", "you do not need it", "you do not need my number",
)  # fmt: skip
SHORT = {
    "that's": "that is", "it's": "it is", "i'd": "i would", "i'll": "i will", "don't": "do not", "dont": "do not",
    "isn't": "is not", "won't": "will not", "thats": "that is", "what's": "what is", "i'm": "i am", "sí": "si",
    "can't": "can not", "you're": "you are", "i've": "i have", "there's": "there is", "doesn't": "does not",
    "couldn't": "could not", "you'll": "you will", "cannot": "can not", "wouldn't": "would not",
}  # fmt: skip
_AFTER = re.compile(r" (?:please|thanks|thank you|sir|ma'am|madam|miss|dear|honey|man|dude)$")
_NUMBER = re.compile(r"\+?\(?\d(?:[\s().,/-]*\d)*")
_DATE_OR_PRICE = re.compile(r"\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?|\d{4}-\d{2}-\d{2}|0*\d{1,2}")
_ABOUT_NUMBER = re.compile(r"\b(?:number|phone|telephone|mobile|cell|text me)\b", re.IGNORECASE)
_NOT_THIS = re.compile(
    r"(?:\b(?:not|no|don't|dont|do not|never|isn't|wrong|old|instead of|except|stop)\b|n't\b)[^,;.!?]*$", re.IGNORECASE
)
_OFFERS = re.compile(
    r"\b(?:can|could|would|will) you (?:please )?(?:text|send|use|reach|message|try|call)\b", re.IGNORECASE
)
FEWEST_DIGITS = 7


def read(words: str, *, asks: dict) -> Reply | None:
    """What these words mean for what she asked; None when they are no reply to it but something new."""
    if asks.get("kind") == Asked.DO_YOU_MEAN:
        return _yes_or_no(words)
    if asks.get("kind") == Asked.NUMBER:
        return _number(words) or _refusal(words)
    return None


def _yes_or_no(words: str) -> Reply | None:
    """One clause after the other, as long as they say yes or no; what contradicts itself says neither."""
    found, rest = _leading(words, {YES: Meaning.YES, HEDGED: Meaning.YES, NO: Meaning.NO, UNSURE: Meaning.UNCLEAR})
    if not found:
        return None
    also = _leading(rest, {REFUSED: Meaning.NO})[0] if rest else []
    meanings = {meaning for meaning, _ in found} | {meaning for meaning, _ in also}
    if also or len(meanings) > 1:
        rest = ""
    meaning = meanings.pop() if len(meanings) == 1 else Meaning.UNCLEAR
    hedged = any(said in HEDGED for _, said in found)
    return Reply(meaning, without_and(rest), is_plain=not hedged and (not rest or rest.endswith("?")))


def _refusal(words: str) -> Reply | None:
    found, rest = _leading(words, {(*NO, *REFUSED): Meaning.NO})
    return Reply(Meaning.NO, without_and(rest)) if found else None


def _leading(words: str, table: dict[tuple[str, ...], Meaning]) -> tuple[list[tuple[Meaning, str]], str]:
    """The clauses at the beginning that are phrases of the table, with what they mean, and what follows them.

    A phrase counts only when it stands apart, by a comma, a stop or "and": "yes, and when do you close?" but not
    "right side or left side?".
    """
    meaning_of = {phrase: meaning for phrases, meaning in table.items() for phrase in phrases}
    found: list[tuple[Meaning, str]] = []
    rest = words.strip()
    while rest:
        clause, after = _first_clause(rest, meaning_of)
        said = _shortened(plain(clause), meaning_of)
        if said in ("thanks", "thank you") and found:
            rest = after
            continue
        several = [meaning_of[word] for word in said.split() if word in meaning_of]
        if said in meaning_of:
            found.append((meaning_of[said], said))
        elif said and len(several) == len(said.split()):
            found += [(meaning, said) for meaning in several]
        else:
            break
        rest = after
    return found, rest


def _first_clause(words: str, meaning_of: dict[str, Meaning]) -> tuple[str, str]:
    first, *rest = re.split(r"[,.;:!?\n–—-]+(?:\s+|$)|…", words, maxsplit=1)
    if _shortened(plain(first), meaning_of) not in meaning_of and re.search(r"\band\b|\bbut\b", first, re.IGNORECASE):
        first, *rest = re.split(r"(?<=\s)(?=(?:and|but)\b)", words, maxsplit=1, flags=re.IGNORECASE)
    return first, rest[0].strip() if rest else ""


def _shortened(said: str, meaning_of: dict[str, Meaning]) -> str:
    """Without what is said out of politeness, twice, or drawn out: "yes yes", "no sir", "nooooo"."""
    while said not in meaning_of and (shorter := _AFTER.sub("", said)) != said:
        said = shorter
    drawn = re.sub(r"(\w)\1{2,}", r"\1", said)
    said = drawn if drawn in meaning_of else said
    words = said.split()
    return words[0] if len(words) > 1 and len(set(words)) == 1 and words[0] in meaning_of else said


def _number(words: str) -> Reply | None:
    """A number that the caller gives for the answer: not one that he forbids, or asks about."""
    said = screening.written(words)
    numbers = [found for found in _NUMBER.finditer(said) if _is_meant_as_one(found, said)]
    if not numbers:
        return None
    sentence_ends_asking = "?" in said[numbers[-1].end() :].split(".")[0][:1] or _asks_about(said, numbers[0])
    if sentence_ends_asking and re.search(r"[^\W\d_]", said) and not _OFFERS.search(said):
        return None
    allowed = [found for found in numbers if not _NOT_THIS.search(said[: found.start()])]
    different = {re.sub(r"\D", "", found[0]) for found in allowed}
    if not allowed:
        return Reply(Meaning.NO)
    if len(different) > 1:
        return Reply(Meaning.UNCLEAR)
    return Reply(Meaning.NUMBER, rest=_question_in(said[numbers[-1].end() :]), number=allowed[0][0].strip(" ,."))


def _is_meant_as_one(found: re.Match, said: str) -> bool:
    """Seven digits or more anywhere, or fewer where the caller plainly means a number."""
    digits = sum(letter.isdigit() for letter in found[0])
    if said[: found.start()].endswith(("$", "€", "£", ":")) or said[found.end() :].startswith((":", "%", "$", "€")):
        return False
    if digits and not re.search(r"[^\W\d_]", said):
        return True
    if _DATE_OR_PRICE.fullmatch(found[0].strip()):
        return False
    about_a_number = digits >= 3 and _ABOUT_NUMBER.search(said) and "?" not in said
    return digits >= FEWEST_DIGITS or bool(about_a_number)


def _asks_about(said: str, number: re.Match) -> bool:
    """ "What will you do with my number 4155552671?" """
    before = re.split(r"[.!?]\s", said[: number.start()])[-1].lower()
    return bool(re.match(r"\W*(?:and |but )?(?:what|why|who|how|where|when|will|do|does|is|are|did)\b", before))


def without_and(rest: str) -> str:
    return re.sub(r"^(?:and|but|also)\b[\s,]*", "", rest, flags=re.IGNORECASE)


def _question_in(rest: str) -> str:
    rest = without_and(rest.strip(" ,.;!"))
    return rest if rest.endswith("?") and len(rest) > 1 else ""


def plain(words: str) -> str:
    """Lower case, without marks, short forms written out."""
    said = re.sub(r"[^\w\s']", " ", words.lower().replace("’", "'"))
    return " ".join(SHORT.get(word, word) for word in said.split())
