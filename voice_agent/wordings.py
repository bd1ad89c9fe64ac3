"""How people agree, refuse, and speak of texts and of waiting: phrases, taken from the front one by one; pure."""

import re
from enum import StrEnum

from voice_agent.replies import plain


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


_ME = (
    r"(?: me| us| it| that(?! is| would)| the answer| to me| to us| then| later| instead| when you know"
    r"| when you have it| if you want)*"
)
_WHILE = r"(?: on| for| a| the| line| here| bit| little| while| minute| moment| second| half| that| long| now| it)*"
_CANNOT = (
    r"(?:can not|could not|will not|would rather not|do not have time to"
    r"|do not(?: really)? (?:want|have time|have the time|wish|like) to)"
)
_PHRASES = {
    Says.NO_TEXT: (
        r"(?:please )?do not (?:text|message)(?: me| us| it| that)*",
        r"(?:but |and |please )?no (?:texts?|text messages?|messages?)(?! me| us| it)",
        r"(?:but )?(?:without|not) (?:(?:by|the|a|any) )*(?:texts?|texting|text messages?)",
        (
            r"(?:i )?(?:do not (?:want|need|like)|would rather not (?:have|get)) (?:(?:a|any|the|to get|to be) )*"
            r"(?:texts?|text messages?|texted|messages?)"
        ),
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
        (
            rf"(?:i (?:can|will|could|would|am going to|am happy to|do not mind to)|let me|happy to|i am glad to"
            rf"|i would be happy to|i would like to|just) (?:hold|wait|stay){_WHILE}"
        ),
        r"(?:i am |i do not mind )?(?:holding|waiting)(?: is)?(?: (?:fine|okay|ok|good))?(?: with me)?",
        r"i (?:can do that|have (?:the )?time|have a minute)",
    ),
    Says.OTHER: (
        (
            r"(?:(?:can|could|would) you )?(?:please )?(?:(?:text|send|use|message|try) )?(?:it |that |the answer "
            r"|me )*(?:to |on |at |for )*(?:(?:my|an|a|the|some) )?(?:other|another|different|second|husband's|"
            r"wife's|work|mobile|cell)(?: (?:number|phone|cell|mobile|one))+"
        ),
        r"(?:but |please )*not (?:to |on )?this (?:number|phone|one)",
        r"this is not (?:my|a) (?:number|phone|mobile|cell|cell phone|mobile phone)",
        r"this is (?:a|my) (?:landline|land line|home phone|office phone|work phone)",
    ),
    Says.OWN: (
        (
            r"(?:(?:text|send|use|it is|that is|to|on|at|just) )*(?:it |that )?(?:to |on )?(?:the|this)"
            r"(?: same)? (?:number|phone|one)(?: (?:i am|that i am|you see|i am calling|calling|i called|from|on"
            r"|with))*(?: is)?(?: (?:fine|okay|ok|good|right|correct|great))?"
        ),
        r"the (?:one|number) i am (?:calling|phoning) (?:from|on)(?: is)?(?: (?:fine|okay|ok|good|right|correct))?",
        r"same (?:number|phone|one)",
    ),
    Says.TEXT: (
        (
            rf"(?:(?:but|then|rather|just|please|you (?:can|may|could|should)|(?:can|could|would) you|go ahead and|"
            rf"i would (?:like|prefer|rather have)|i prefer|do|better) )*(?:text|message)(?: message)?{_ME}"
        ),
        (
            rf"(?:(?:just|please|you (?:can|may|could)|(?:can|could) you|rather) )*send{_ME} (?:a |it by |it as a )?"
            rf"text(?: message)?{_ME}"
        ),
        (
            r"(?:i would (?:like|prefer|rather have) |i prefer |just |rather )?(?:a|by|the|via|with)? ?"
            r"(?:text|text message|texting)(?: (?:is|would be|works|sounds)(?: (?:fine|okay|ok|good|great"
            r"|better|best))?)?"
        ),
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
        "yes", "yeah", "yep", "yup", "yea", "ya", "sure", "sure thing", "okay", "ok", "all right", "alright",
        "of course", "certainly", "absolutely", "definitely", "exactly", "correct", "right", "perfect", "great",
        "fine", "indeed",
        "uh huh", "mm hmm", "mhm", "si", "yes i do", "yes you can", "yes you may", "you can", "you may", "please do",
        "go ahead", "go for it", "yes it is", "it is", "that is it", "that is right", "that is correct", "i can",
        "that is my number", "that is the one", "you got it", "by all means", "no problem", "no problem at all",
        "not a problem", "i do not mind", "i do not mind at all", "why not", "to both", "both", "both are fine",
        "both is fine", "yes to both", "and yes", "i agree", "i would like that", "i would love that",
        (
            r"(?:that|it|this) (?:is|would be|will be|sounds|works)(?: (?:all|for))?"
            r"(?: (?:fine|okay|ok|good|great|perfect|alright|right|nice|lovely|wonderful|me))+"
        ),
        "that works", "sounds good", "sounds great", "works for me", "you bet", "do that", "please go ahead",
    ),
    Says.NOTHING: (
        "um", "uh", "er", "erm", "hm", "hmm", "well", "oh", "so", "and", "but", "then", "also", "thanks", "thank you",
        "sorry", "actually", "just", "please", "for now", "sir", "ma'am", "i mean", "let me see", "you know", "with me",
        "if you want", "if that is okay", "if you like", "dear", "so much", "very much", "hey", "now", "too", "hello",
        "wait",
        "i said", "honey", "if it takes longer", "if it takes too long", "at all",
    ),
}  # fmt: skip
_FORMS = [(re.compile(rf"(?:{form})(?= |$)"), says) for says, forms in _PHRASES.items() for form in forms]
_CLAUSES = re.compile(r"[,.;:!?]+(?:\s+|$)|\s[–—-]+\s")


def taken_apart(words: str) -> tuple[set[Says], str]:
    """What is said at the beginning, phrase by phrase, always the longest; and what is left over."""
    if plain(words) == "please":
        return {Says.YES}, ""
    said: set[Says] = set()
    clauses = [plain(clause) for clause in _CLAUSES.split(words)]
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
