"""What people say that asks nothing of the business, and the kinds of it that she has words for."""

import re
from enum import StrEnum

from supervision import screening


class SmallTalk(StrEnum):
    """Each is a template in templates/voice_agent/small_talk/."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    HOW_ARE_YOU = "how_are_you"
    WHO_ARE_YOU = "who_are_you"
    PERSON = "person"
    REPEAT = "repeat"
    ACKNOWLEDGED = "acknowledged"
    NOT_UNDERSTOOD = "not_understood"
    WAIT = "wait"
    WRONG_NUMBER = "wrong_number"
    ABUSE = "abuse"
    WHY_NUMBER = "why_number"
    PRIVATE_NUMBER = "private_number"
    MORE = "more"
    HERE = "here"  # "hello? are you there?", in the middle of a spoken call


_PHRASES = {
    SmallTalk.GOODBYE: (
        "bye", "bye bye", "goodbye", "good bye", "see you", "see you soon", "see you later", "see ya", "take care",
        "have a nice day", "have a good day", "have a great day", "have a nice evening", "have a nice weekend",
        "that is all", "that was all", "that will be all", "talk soon", "that is everything", "nothing else",
        "i am all set", "no more questions", "i am good",
    ),
    SmallTalk.GREETING: (
        "hi", "hello", "hey", "hiya", "howdy", "good morning", "good afternoon", "good evening", "good day",
        "hi there", "hello there", "hey there", "anybody there", "is anybody there", "are you there",
    ),
    SmallTalk.THANKS: (
        "thanks", "thank you", "thx", "cheers", "much appreciated", "thanks for your help", "thank you for your help",
        "thanks for the help", "thanks for your time", "that is very helpful", "that was very helpful", "many thanks",
    ),
    SmallTalk.HOW_ARE_YOU: (
        "how are you", "how are you doing", "how are you doing today", "how are you today", "how is it going",
        "what is up", "how do you do",
    ),
    SmallTalk.WHO_ARE_YOU: (
        "who are you", "who is this", "who am i talking to", "who am i speaking to", "who am i speaking with",
        "what is your name", "what are you", "are you real", "are you human", "are you a human", "are you a person",
        "are you a real person", "are you a robot", "are you a bot", "are you an ai", "are you ai", "are you a machine",
        "are you a computer", "are you a chatbot", "is this a robot", "is this a bot", "is this an ai",
        "is this a real person", "is this a recording", "are you a robot or a human", "are you a human or a robot",
        "am i talking to a robot", "am i talking to a real person", "am i talking to a human", "are you a real human",
    ),
    SmallTalk.WAIT: (
        "wait", "hold on", "hang on", "one moment", "one second", "just a moment", "just a second", "one sec",
        "give me a minute", "give me a second", "one more thing", "wait one more thing", "one more question",
        "let me think", "wait a minute", "wait a second",
    ),
    SmallTalk.WRONG_NUMBER: (
        "wrong number", "wrong number sorry", "sorry wrong number", "i have the wrong number",
        "i dialed the wrong number", "i think i have the wrong number",
    ),
    SmallTalk.WHY_NUMBER: (
        "why do you need it", "why do you need my number", "what do you need it for", "what do you need my number for",
        "why do you want my number", "what will you do with it", "what will you do with my number",
    ),
    SmallTalk.REPEAT: (
        "repeat", "repeat that", "can you repeat that", "could you repeat that", "say that again",
        "can you say that again", "could you say that again", "say again", "what", "pardon", "pardon me", "sorry",
        "come again", "excuse me", "what did you say", "what was that", "i beg your pardon", "once more", "again",
        "say that again slower",
        "say that again slowly", "say that again more slowly", "can you say that again slower", "slower", "more slowly",
        "can you repeat that more slowly", "can you speak slower", "can you speak more slowly", "speak slower",
        "can you speak up", "speak up", "louder", "huh", "sorry what", "sorry what was that", "what did you just say",
        "i did not catch that", "i did not hear that", "i did not hear you", "i did not get that", "i can not hear you",
        "sorry i did not catch that", "sorry i did not hear that", "sorry can you repeat that", "sorry say that again",
        "could you repeat", "can you repeat", "say what", "one more time", "say that one more time", "you what",
        "what was that again", "can you say it again", "could you say it again", "repeat it", "repeat please",
    ),
    SmallTalk.ACKNOWLEDGED: (
        "ok", "okay", "k", "alright", "all right", "fine", "great", "good", "cool", "perfect", "lovely", "nice",
        "wonderful", "i see", "got it", "understood", "sounds good", "no problem", "sure", "yes", "yeah", "no", "nope",
        "no worries", "never mind", "nevermind", "that is fine", "that is good", "that is great", "not really", "right",
    ),
}  # fmt: skip
_KIND_OF = {phrase: kind for kind, phrases in _PHRASES.items() for phrase in phrases}
_THERE = re.compile(
    r"(?:hello |hi |hey |hm |um |sorry )*(?:are you (?:still )?there|anybody there|is anybody there|is anyone there|"
    r"anyone there|you there|still there|are you (?:still )?(?:with me|here)|can you hear me|hello hello(?: hello)*)"
    r"(?: hello| now| please)*"
)
_BEFORE = re.compile(
    r"^(?:ok|okay|oh|well|so|and|no|nope|yes|yeah|um|uh|alright|great|perfect|lovely|thanks|thank you|hi|hello"
    r"|please)\s"
)
_AFTER = re.compile(r"\s(?:please|then|now|again|there|so much|very much|a lot|for now|everyone|thanks|thank you)$")
_PERSON = re.compile(
    r"""(?:(?:can|could|may|might|would)\ (?:i|you)\ |i\ (?:would\ )?(?:like|want|need|prefer|have)\ (?:to\ )?|
        let\ me\ |please\ |just\ |is\ there\ |get\ me\ |give\ me\ |put\ me\ |connect\ me\ |transfer\ me\ |rather\ )*
    (?:talk\ |speak\ |put\ me\ |connect\ me\ |transfer\ me\ |get\ me\ |be\ put\ )?
    (?:through\ )?(?:to\ |with\ )*
    (?:(?:a|an|some|the|your|any)\ ?)?(?:real\ |actual\ |live\ |human\ )*
    (?:person|human|being|someone|somebody|anyone|anybody|manager|supervisor|operator|boss|owner|representative|staff)
    (?:\ (?:else|there|instead|today|i\ can\ (?:talk|speak)\ (?:to|with)))*""",
    re.VERBOSE,
)
_ANYBODY = re.compile(r"\b(?:someone|somebody|anyone|anybody|staff|being)\b")
_TALKS = re.compile(r"\b(?:talk|speak|connect|transfer|put|human)\b")
_SEE_YOU = re.compile(
    r"(?:(?:great|perfect|and|so|then) )*see you(?: (?:on|at|this|next|soon|then|later|tomorrow|today|tonight|again|"
    r"around|there|\d{1,2}|am|pm|in|a|the|few|bit|week|morning|afternoon|evening|noon|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day))*"
)
_PRAISE = re.compile(
    r"(?:thanks |thank you |so |much )*you (?:are|have been|were)(?: so| very| really| a| the| such)*"
    r" (?:great|helpful|kind|wonderful|amazing|awesome|best|lovely|nice|sweet|star|angel|help)(?: help)?|i love you"
)
_INSULT = re.compile(
    r"(?:you|this (?:thing|bot|machine|robot))(?: are| is)?(?: \w+){0,3}"
    r" (?:stupid|useless|idiots?|dumb|moron|suck|sucks|worthless|bitch|garbage|trash|shit)(?: \w+){0,2}"
    r"|(?:fuck|screw)(?: you| off| this)?(?: \w+)?|shut up|go to hell|asshole|bitch|idiot|stupid(?: \w+)?"
)
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHORT = {"what's": "what is", "who's": "who is", "how's": "how is", "that's": "that is", "it's": "it is"}
_SHORT |= {"didn't": "did not", "can't": "can not", "couldn't": "could not", "where's": "where is"}
_SHORT |= {"i'd": "i would", "that'll": "that will", "i'm": "i am", "you're": "you are", "you've": "you have"}


def recognise(words: str) -> SmallTalk | None:
    """The kind of small talk that these words are and nothing else; None when they may ask for something."""
    if (kind := _kind(words)) or "?" in words:
        return kind
    kinds = [_kind(clause) for clause in re.split(r"[,.!;]+\s+", words.strip(" ,.!;"))]
    if not all(kinds):
        return None
    return next((kind for kind in _LAST_WORD if kind in kinds), kinds[-1])


_LAST_WORD = (SmallTalk.PERSON, SmallTalk.WRONG_NUMBER, SmallTalk.GOODBYE, SmallTalk.WAIT, SmallTalk.THANKS)


def asks_if_she_is_there(words: str) -> bool:
    """ "Hello? Are you there?", which in the middle of a call is no greeting."""
    return bool(_THERE.fullmatch(_plain(words)))


def _kind(words: str) -> SmallTalk | None:
    plain = _plain(words)
    if not plain or _is_nonsense(plain):
        return SmallTalk.NOT_UNDERSTOOD
    whole = plain
    while plain not in _KIND_OF and (shorter := _without_an_end(plain)) != plain:
        plain = shorter
    return _KIND_OF.get(plain) or _by_form(whole) or _by_form(plain)


def _plain(words: str) -> str:
    said = re.sub(r"[^\w\s']", " ", words.lower().replace("’", "'")).split()
    return " ".join(_SHORT.get(word, word) for word in said)


def _by_form(plain: str) -> SmallTalk | None:
    forms = {SmallTalk.GOODBYE: _SEE_YOU, SmallTalk.THANKS: _PRAISE, SmallTalk.ABUSE: _INSULT}
    found = next((kind for kind, form in forms.items() if form.fullmatch(plain)), None)
    return found or (SmallTalk.PERSON if _asks_for_a_person(plain) else None)


def _without_an_end(plain: str) -> str:
    shorter = _AFTER.sub("", plain)
    return shorter if shorter != plain else _BEFORE.sub("", plain)


def _asks_for_a_person(plain: str) -> bool:
    """ "I need someone today" asks for an appointment; "can I talk to someone" for a person."""
    return bool(_PERSON.fullmatch(plain)) and bool(not _ANYBODY.search(plain) or _TALKS.search(plain))


def _is_nonsense(plain: str) -> bool:
    """Digits alone, in figures or in words, or a hand on the keys."""
    if not re.search(r"[^\W\d_]", screening.written(plain, fewest=1)):
        return True
    keys = any(plain[start : start + 5] in row for row in _KEYS for start in range(max(1, len(plain) - 4)))
    return " " not in plain and len(plain) > 4 and keys
