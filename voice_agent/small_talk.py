"""What people say that asks nothing of the business, and the kinds of it that she has words for."""

import re
from enum import StrEnum


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


_PHRASES = {
    SmallTalk.GOODBYE: (
        "bye", "bye bye", "goodbye", "good bye", "see you", "see you soon", "see you later", "see ya", "take care",
        "have a nice day", "have a good day", "have a great day", "have a nice evening", "have a nice weekend",
        "that is all", "that was all", "that will be all", "talk soon",
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
    SmallTalk.REPEAT: (
        "repeat", "repeat that", "can you repeat that", "could you repeat that", "say that again",
        "can you say that again", "could you say that again", "say again", "what", "pardon", "pardon me", "sorry",
        "come again", "excuse me", "what did you say", "what was that", "i beg your pardon", "once more", "again",
    ),
    SmallTalk.ACKNOWLEDGED: (
        "ok", "okay", "k", "alright", "all right", "fine", "great", "good", "cool", "perfect", "lovely", "nice",
        "wonderful", "i see", "got it", "understood", "sounds good", "no problem", "sure", "yes", "yeah", "no", "nope",
        "no worries", "never mind", "nevermind", "that is fine", "that is good", "that is great", "not really", "right",
    ),
}  # fmt: skip
_KIND_OF = {phrase: kind for kind, phrases in _PHRASES.items() for phrase in phrases}
_BEFORE = re.compile(
    r"^(?:ok|okay|oh|well|so|and|um|uh|alright|great|perfect|lovely|thanks|thank you|hi|hello|please)\s"
)
_AFTER = re.compile(
    r"\s(?:please|then|now|again|there|so much|very much|a lot|today|for now|everyone|thanks|thank you)$"
)
_PERSON = re.compile(
    r"""(?:(?:can|could|may|might|would)\ (?:i|you)\ |i\ (?:would\ )?(?:like|want|need|prefer|have)\ (?:to\ )?|
        let\ me\ |please\ |just\ |is\ there\ |get\ me\ |give\ me\ |put\ me\ |connect\ me\ |transfer\ me\ |rather\ )*
    (?:talk\ |speak\ |put\ me\ |connect\ me\ |transfer\ me\ |get\ me\ |be\ put\ )?
    (?:through\ )?(?:to\ |with\ )*
    (?:(?:a|an|some|the|your|any)\ ?)?(?:real\ |actual\ |live\ |human\ )*
    (?:person|human|being|body|someone|somebody|one|anyone|manager|supervisor|operator|boss|owner|representative|staff)
    (?:\ (?:else|there|instead|i\ can\ (?:talk|speak)\ (?:to|with)))*""",
    re.VERBOSE,
)
_SHORT = {"what's": "what is", "who's": "who is", "how's": "how is", "that's": "that is", "it's": "it is"}
_SHORT |= {"i'd": "i would", "that'll": "that will", "i'm": "i am"}


def recognise(words: str) -> SmallTalk | None:
    """The kind of small talk that these words are and nothing else; None when they may ask for something."""
    said = re.sub(r"[^\w\s']", " ", words.lower().replace("’", "'")).split()
    plain = " ".join(_SHORT.get(word, word) for word in said)
    if not plain:
        return SmallTalk.NOT_UNDERSTOOD
    while plain not in _KIND_OF and (shorter := _without_an_end(plain)) != plain:
        plain = shorter
    return _KIND_OF.get(plain) or (SmallTalk.PERSON if _asks_for_a_person(plain) else None)


def _without_an_end(plain: str) -> str:
    shorter = _AFTER.sub("", plain)
    return shorter if shorter != plain else _BEFORE.sub("", plain)


def _asks_for_a_person(plain: str) -> bool:
    return plain not in ("one", "being", "body") and bool(_PERSON.fullmatch(plain))
