"""What a caller means who answers by voice: may she ask him to hold, may she text, is the number right; pure.

A transcript may have no punctuation, so phrases are taken from the front one after the other. Whatever is left over
makes an answer unclear: nobody has consented by a word that was taken out of its sentence.
"""

import re
from dataclasses import replace
from enum import StrEnum

from supervision import screening
from voice_agent import replies
from voice_agent.replies import Asked, Meaning, Reply

SPOKEN = (Asked.HOLD, Asked.TEXT, Asked.NUMBER, Asked.NUMBER_RIGHT, Asked.PASS_ON)


class Says(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    HOLDS = "holds"
    NO_HOLD = "no_hold"
    TEXT = "text"
    NO_TEXT = "no_text"
    OTHER = "other"
    OWN = "own"
    NOTHING = "nothing"


_ME = r"(?: me| us| it| that(?! is| would)| the answer| to me| to us| then| later| instead| when you know| when you have it| if you want)*"
_WHILE = r"(?: on| for| a| the| line| here| bit| little| while| minute| moment| second| half| that| long| now| it)*"
_CANNOT = r"(?:can not|cannot|could not|will not|do not(?: really)? (?:want|have time|have the time|wish|like) to|would rather not|do not have time to)"
_PHRASES = {
    Says.NO_TEXT: (
        r"(?:please )?(?:do not|never) (?:text|message)(?: me| us| it| that)*",
        r"(?:but |and |please )?no (?:texts?|text messages?|messages?)(?! me| us| it)",
        r"(?:but )?(?:without|not) (?:(?:by|the|a|any) )*(?:texts?|texting|text messages?)",
        r"(?:i )?(?:do not (?:want|need|like)|would rather not (?:have|get)) (?:(?:a|any|the|to get|to be) )*"
        r"(?:texts?|text messages?|texted|messages?)",
        r"(?:please )?do not send(?: me| us)?(?: (?:a|any|the))? (?:texts?|text messages?|messages?)",
        r"you (?:may|can) not text me",
    ),
    Says.NO_HOLD: (
        rf"(?:i )?{_CANNOT} (?:hold|wait|stay){_WHILE}",
        r"(?:not|no) (?:holding|waiting)",
        r"i (?:have to|need to|must|got to|have got to) (?:go|leave|run|hang up)(?: now)?",
        r"i am (?:driving|at work|in a hurry|in a rush|busy|in a meeting)(?: (?:right )?now)?",
        r"i (?:do not have|have no) time(?: now| for that| right now)?",
    ),
    Says.HOLDS: (
        rf"(?:i (?:can|will|could|would|am going to|am happy to|do not mind to)|let me|happy to|i am glad to"
        rf"|i would be happy to|i would like to|just) (?:hold|wait|stay){_WHILE}",
        r"(?:i am |i do not mind )?(?:holding|waiting)(?: is)?(?: (?:fine|okay|ok|good))?(?: with me)?",
        r"i (?:can do that|have (?:the )?time|have a minute)",
    ),
    Says.OTHER: (
        r"(?:(?:can|could|would) you )?(?:please )?(?:(?:text|send|use|message|try) )?(?:it |that |the answer |me )*"
        r"(?:to |on |at |for )*(?:(?:my|an|a|the|some) )?(?:other|another|different|second|husband's|wife's|work|mobile|"
        r"cell)(?: (?:number|phone|cell|mobile|one))+",
        r"(?:but |please )*not (?:to |on )?this (?:number|phone|one)",
        r"this is not (?:my|a) (?:number|phone|mobile|cell|cell phone|mobile phone)",
        r"this is (?:a|my) (?:landline|land line|home phone|office phone|work phone)",
    ),
    Says.OWN: (
        r"(?:(?:text|send|use|it is|that is|to|on|at|just) )*(?:it |that )?(?:to |on )?(?:the|this)"
        r"(?: same)? (?:number|phone|one)(?: (?:i am|that i am|you see|i am calling|calling|i called|from|on|with))*"
        r"(?: is)?(?: (?:fine|okay|ok|good|right|correct|great))?",
        r"the (?:one|number) i am (?:calling|phoning) (?:from|on)(?: is)?(?: (?:fine|okay|ok|good|right|correct))?",
        r"same (?:number|phone|one)",
    ),
    Says.TEXT: (
        rf"(?:(?:but|then|rather|just|please|you (?:can|may|could|should)|(?:can|could|would) you|go ahead and|"
        rf"i would (?:like|prefer|rather have)|i prefer|do|better) )*(?:text|message)(?: message)?{_ME}",
        rf"(?:(?:just|please|you (?:can|may|could)|(?:can|could) you|rather) )*send{_ME} (?:a |it by |it as a )?text"
        rf"(?: message)?{_ME}",
        r"(?:i would (?:like|prefer|rather have) |i prefer |just |rather )?(?:a|by|the|via|with)? ?"
        r"(?:text|text message|texting)(?: (?:is|would be|works|sounds)(?: (?:fine|okay|ok|good|great|better|best|perfect))?)?",
        r"texts? (?:are|is) (?:fine|okay|ok|good|great|better)",
    ),
    Says.UNSURE: (
        "maybe", "perhaps", "possibly", "i guess", "i guess so", "i think so", "i suppose", "i suppose so", "probably",
        "kind of", "sort of", "not sure", "i am not sure", "i do not know", "it depends", "depends", "more or less",
        r"how long(?: (?:will|does|is|would) (?:it|that|this)(?: (?:take|be|going to take))?)?",
    ),
    Says.NO: (
        "no", "nope", "nah", "no thanks", "no thank you", "not really", "i would rather not", "i can not", "i do not",
        "i will not", "i do not want to", "i do not want that", "i prefer not to", "rather not", "never mind",
        "forget it", "not now", "not that", "wrong", "that is wrong", "that is not right", "it is not", "incorrect",
        "that is not it", "that is not correct", "not quite", "not right", "absolutely not", "neither", "no way",
        "i have no phone", "i do not have one", "i do not have a phone", "i have no number", "none", "skip it",
        "i do not want to give it", "i will call again", "i will call back", "i do not have a mobile",
    ),
    Says.YES: (
        "yes", "yeah", "yep", "yup", "yea", "ya", "sure", "sure thing", "okay", "ok", "all right", "alright", "of course",
        "certainly", "absolutely", "definitely", "exactly", "correct", "right", "perfect", "great", "fine", "indeed",
        "uh huh", "mm hmm", "mhm", "si", "yes i do", "yes you can", "yes you may", "you can", "you may", "please do",
        "go ahead", "go for it", "yes it is", "it is", "that is it", "that is right", "that is correct", "i can",
        "that is my number", "that is the one", "you got it", "by all means", "no problem", "no problem at all",
        "not a problem", "i do not mind", "i do not mind at all", "why not", "to both", "both", "both are fine",
        "both is fine", "yes to both", "and yes", "i agree", "please", "i would like that", "i would love that",
        r"(?:that|it|this) (?:is|would be|will be|sounds|works)(?: (?:all|for))?"
        r"(?: (?:fine|okay|ok|good|great|perfect|alright|right|nice|lovely|wonderful|me))+",
        "that works", "sounds good", "sounds great", "works for me", "you bet", "do that", "please go ahead",
    ),
    Says.NOTHING: (
        "um", "uh", "er", "erm", "hm", "hmm", "well", "oh", "so", "and", "but", "then", "also", "thanks", "thank you",
        "sorry", "actually", "just", "please", "for now", "sir", "ma'am", "i mean", "let me see", "you know", "with me",
        "if you want", "if that is okay", "if you like", "dear", "so much", "very much", "hey", "now", "too", "hello",
        "i said", "honey", "if it takes longer", "if it takes too long", "at all",
    ),
}  # fmt: skip
_FORMS = [(re.compile(rf"(?:{form})(?= |$)"), says) for says, forms in _PHRASES.items() for form in forms]
_QUESTION = re.compile(
    r"(?:and |but |also |so )*(?:what|where|when|who|why|how|which|is|are|do|does|did|can|could|would|will|should|may)\b"
)
_AGAIN = re.compile(r"\b(?:start (?:over|again)|begin again|from the (?:start|beginning)|scratch that)\b")
_PART = re.compile(
    r"\b(?:the )?(?:last|first|final) (?:two|three|four|five|six|seven|\d)?(?: digits?| numbers?| ones?)?\b"
)
_AT_START = re.compile(r"\b(?:area code|at the (?:start|beginning|front)|first|begins? with|starts? with)\b")
_AROUND = frozenset(
    "yes yeah sure okay ok um uh er so well and then it is that my the number phone mobile cell area code please thanks "
    "thank you text me at on plus no not sorry end start beginning front digit digits are should be ends end in with "
    "starts begins i said wait oh actually again use you can here go rest next there of course send answer other "
    "dash hyphen space reach us course ready have its it's".split()
)
_SLIPS = {"to": "two", "too": "two", "for": "four", "ate": "eight", "won": "one"}
_DIGIT = re.compile(r"\d+|zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple")
WHOLE = 7  # digits from which on they are a number by themselves
MOST_LEFT = 5  # words left over after a yes or a no; with more it is something new


def read(words: str, *, asks: dict) -> Reply | None:
    """As `replies.read`, for the questions that she asks in spoken calls."""
    kind = asks.get("kind")
    if kind == Asked.NUMBER:
        reply = _number(words)
    elif kind == Asked.NUMBER_RIGHT:
        reply = _number_right(words)
    elif kind in (Asked.HOLD, Asked.TEXT, Asked.PASS_ON):
        reply = _agreement(words, kind)
    else:
        return replies.read(words, asks=asks)
    return reply and replace(reply, words=words)


def declines_texts(words: str, *, asks: dict) -> bool:
    """ "Yes, but don't text me", to a question about texts: no consent, but no wish for ever either."""
    said, rest = _taken_apart(words)
    return bool(asks.get("texts", True)) and Says.NO_TEXT in said and not rest


def wants_another_number(words: str) -> bool:
    """Said by itself, whatever was asked before: "text it to my other number"."""
    said, rest = _taken_apart(words)
    return not rest and Says.OTHER in said and not said & {Says.NO, Says.NO_TEXT}


# --- may she ask him to hold, may she text ------------------------------------------------------------------------


def _agreement(words: str, kind: str) -> Reply | None:
    given = replies.read(words, asks={"kind": Asked.NUMBER})
    said, rest = _taken_apart(words)
    if given and given.meaning == Meaning.NUMBER:
        return Reply(Meaning.OTHER_NUMBER, number=given.number, holds=Says.YES in said or None)
    asks_more = bool(rest) and bool(_QUESTION.match(rest))
    if not said or (rest and not asks_more and len(rest.split()) > MOST_LEFT):
        return None
    if (rest and not asks_more) or Says.UNSURE in said:
        return Reply(Meaning.UNCLEAR)
    reply = _to_hold(said) if kind == Asked.HOLD else _to_texts(said)
    return replace(reply, rest=replies.without_and(rest))


def _to_hold(said: set[Says]) -> Reply:
    holds, texts = _about_holding(said), _about_texts(said)
    if Says.OTHER in said:
        return Reply(Meaning.OTHER_NUMBER, holds=holds)
    if holds is None and texts is True:
        holds = False  # "just text me"
    if holds is None:
        return Reply(Meaning.UNCLEAR, texts=texts)
    return Reply(Meaning.YES if holds else Meaning.NO, holds=holds, texts=texts)


def _about_holding(said: set[Says]) -> bool | None:
    if said & {Says.HOLDS, Says.NO_HOLD}:
        return None if said >= {Says.HOLDS, Says.NO_HOLD} else Says.HOLDS in said
    if said >= {Says.YES, Says.NO}:
        return False if said & {Says.TEXT, Says.NO_TEXT} else None
    if said & {Says.YES, Says.NO}:
        return Says.YES in said
    return None


def _about_texts(said: set[Says]) -> bool | None:
    """Only a yes that names texts, or that stands alone after a sentence that named them, is one."""
    if said >= {Says.TEXT, Says.NO_TEXT}:
        return None
    if said & {Says.TEXT, Says.NO_TEXT, Says.OWN}:
        return Says.NO_TEXT not in said
    alone = Says.YES in said and not said & {Says.NO, Says.HOLDS, Says.NO_HOLD}
    return True if alone else None


def _to_texts(said: set[Says]) -> Reply:
    if Says.OTHER in said:
        return Reply(Meaning.OTHER_NUMBER)
    texts = _about_texts(said)
    if texts is None and said & {Says.NO, Says.NO_HOLD} and not said & {Says.YES, Says.TEXT}:
        texts = False
    if texts is None:
        return Reply(Meaning.UNCLEAR)
    return Reply(Meaning.YES if texts else Meaning.NO, texts=texts)


# --- a number, said in one go or in several -------------------------------------------------------------------------


def _number(words: str) -> Reply | None:
    digits, _ = _digits(words)
    if _AGAIN.search(words.lower()):
        return Reply(Meaning.AGAIN, number=digits)
    if digits:
        return Reply(Meaning.NUMBER, number=digits)
    said, rest = _taken_apart(words)
    if not rest and said:
        return _without_digits(said)
    return replies.read(words, asks={"kind": Asked.NUMBER})


def _without_digits(said: set[Says]) -> Reply:
    if Says.OWN in said:
        return Reply(Meaning.OWN_NUMBER)
    if said & {Says.NO, Says.NO_TEXT} and Says.YES not in said:
        return Reply(Meaning.NO)
    return Reply(Meaning.UNCLEAR)


def _number_right(words: str) -> Reply | None:
    digits, place = _digits(words)
    if digits:
        return Reply(Meaning.NUMBER, number=digits, place="" if len(digits) >= WHOLE else place or "end")
    said, rest = _taken_apart(words)
    asks_more = bool(rest) and bool(_QUESTION.match(rest))
    if not said or (rest and not asks_more and len(rest.split()) > MOST_LEFT):
        return None
    if said & {Says.OTHER, Says.OWN} and Says.YES not in said:
        return Reply(Meaning.OTHER_NUMBER if Says.OTHER in said else Meaning.OWN_NUMBER)
    if (rest and not asks_more) or Says.UNSURE in said or len(said & {Says.YES, Says.NO}) != 1:
        return Reply(Meaning.UNCLEAR)
    return Reply(Meaning.YES if Says.YES in said else Meaning.NO, rest=replies.without_and(rest))


def _digits(words: str) -> tuple[str, str]:
    """The digits, where hardly anything else is said, and the place of a correction; "" for what there is not."""
    plain = replies.plain(words)
    place = "start" if _AT_START.search(plain) else ""
    said = screening.written(" ".join(_without_slips(_PART.sub(" ", plain).split())), fewest=1)
    around = re.findall(r"[^\W\d_']+(?:'[^\W\d_]+)?", said)
    digits = "".join(re.findall(r"\d", said))
    if not digits or not _AROUND.issuperset(around):
        return "", ""
    is_abroad = re.search(r"\+\s*\d", words) or re.search(r"\bplus \d", said)
    return f"+{digits}" if is_abroad else digits, place


def _without_slips(said: list[str]) -> list[str]:
    """A recogniser hears "two" and "four" as words that sound alike: digits where digits stand around them."""
    heard = list(said)
    for at, word in enumerate(heard):
        before = at > 0 and _DIGIT.fullmatch(heard[at - 1])
        after = at + 1 == len(heard) or _DIGIT.fullmatch(heard[at + 1]) or heard[at + 1] in _SLIPS
        if word in _SLIPS and before and after:
            heard[at] = _SLIPS[word]
    return heard


# --- phrases, one after the other -----------------------------------------------------------------------------------


def _taken_apart(words: str) -> tuple[set[Says], str]:
    """What is said at the beginning, phrase by phrase, always the longest; and what is left over."""
    said: set[Says] = set()
    clauses = [replies.plain(clause) for clause in re.split(r"[,.;:!?]+(?:\s+|$)|\s[–—-]+\s", words)]
    for number, clause in enumerate(clauses):
        left = clause
        while left and (found := _first_phrase(left)):
            end, says = found
            said.add(says)
            left = left[end:].strip()
        if left:
            return said - {Says.NOTHING}, " ".join([left, *clauses[number + 1 :]])
    return said - {Says.NOTHING}, ""


def _first_phrase(words: str) -> tuple[int, Says] | None:
    found = ((form.match(words), says) for form, says in _FORMS)
    ends = [(match.end(), says) for match, says in found if match and match.end()]
    return max(ends, key=lambda one: one[0], default=None)
