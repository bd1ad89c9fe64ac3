"""What short texts mean: the provider's own keywords, thanks, "that is not what I asked", "who is this?"; pure."""

import re
import unicodedata

# A text that is one of these words and nothing else: Twilio answers it itself, and blocks or lets through what follows.
STOPS = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"])
STARTS = frozenset(["START", "UNSTOP"])
STARTS_AGAIN = "YES"  # the same after one of the first, else an ordinary word
HELPS = frozenset(["HELP", "INFO"])
LONGEST = 200  # characters of a text that is only a reply: more says something of its own

_THANKS = re.compile(
    r"(?:(?:oh|ah|aw|wow|well|and|but|yay|hey|hi|yes|yep|yeah|ya|sure|ok|okay|k|kk|alright|all (?:right|good|set)"
    r"|great|perfect|awesome|amazing|wonderful|cool|nice|super|excellent|fantastic|brilliant|lovely|good|fine|sweet|fab"
    r"|got it|gotcha|understood|noted|will do|makes sense|good to know|sounds (?:good|great|perfect|lovely)|love it"
    r"|(?:that|this|it) (?:is|was|s)?(?: so| very| really)? ?(?:great|perfect|helpful|all|good|fine|awesome|kind"
    r"|what i (?:needed|wanted))(?: to (?:know|hear))?|that (?:helps|helped|works|answers (?:it|my question))"
    r"|(?:very|so|really|super) (?:helpful|kind|much)(?: of you)?|helpful|much appreciated|appreciated?|i appreciate it"
    r"|(?:i )?(?:really )?appreciate (?:it|that|your help)|(?:i )?(?:thank(?:s| you| u)?|thx|thnx|thanx|tnx|ty|tysm"
    r"|tyvm|tks|thks|cheers)|many|a (?:lot|bunch|million|ton)|so|again|for (?:all )?(?:the|your)(?: quick| fast)?"
    r" (?:info|information|help|answer|reply|response|update|text|message)|for (?:letting me know|getting back"
    r"(?: to me)?|that|everything|asking|answering|checking|finding out)|no (?:worries|problem|thanks)|you too"
    r"|you are the best|you(?: guys)? rock|see (?:you|ya)(?: then| soon| tomorrow| there| on \w+)?|bye(?: bye)?"
    r"|have a (?:good|great|nice|lovely) (?:day|one|evening|weekend|night)"
    r"|gracias|muchas|mil|vale|perfecto|genial|de acuerdo|danke(?: schon)?|vielen dank|prima|alles klar|merci"
    r"|beaucoup|parfait|d'accord) ?)+"
)
_IS_NOT = r"(?:is not|was not|isnt|wasnt|ain'?t|not)"
_NOT_THAT = re.compile(
    rf"^(?:no |sorry |but |um |well |hi |hey |oh |wait |thanks |thank you |ok )*(?:"
    rf"(?:(?:that|this|it|which)(?: answer| reply)? )?{_IS_NOT} (?:really |quite |exactly |at all |even )*"
    r"(?:what i (?:\w+ ){0,2}(?:ask\w*|mean\w*|want\w*|need\w*|said|looking for)|my question|an? (?:real )?answer"
    r"|the (?:right |correct )?(?:answer|question|one))"
    r"|i (?:did not|never) (?:ask(?:ed)?|said?|mean|meant) (?:you )?(?:that|this|about|for|it)\b"
    r"|i (?:asked|meant|was asking|am asking) (?:you )?(?:about|for|if|whether|when|how|what|something)\b"
    r"|wrong (?:answer|question)|(?:that|this|it) (?:does|did) not (?:really |even )?(?:answer|help)\b"
    r"|you (?:did not|have not|never|still did not) (?:really |even )?(?:answer(?:ed)?|underst\w+)\b"
    r"|you (?:misunderstood|misread|got (?:it|that|me) wrong)"
    r"|(?:that|this|it) (?:is|was) (?:wrong|incorrect|not right)$"
    r"|(?:eso |esa |esto )?no (?:es|era|fue) (?:lo que (?:yo )?pregunt\w+|mi pregunta)|(?:yo )?no pregunte eso"
    r"|das (?:habe ich nicht gefragt|war nicht meine frage|ist nicht meine frage)|falsche antwort"
    r"|ce n'est pas (?:ce que j'ai demande|ma question))"
)
_WHO = re.compile(
    r"(?:(?:hi|hey|hello|ok|sorry|excuse me|um|and|please) )*(?:(?:who|what|whose)(?: the \w+)? (?:is|are|s|am i)"
    r"(?: (?:this|you|it|these|that|number|texting|talking|with|to|from|me|here|again|please|guys|the|service|about))+"
    r"|who (?:dis|this)(?: please)?|(?:what|whose) number is this|(?:how|where) did you get (?:my|this) number"
    r"|why (?:are|do) you (?:keep )?text(?:ing)? me|do i know you|who sent (?:me )?this(?: text| message)?"
    r"|(?:is|are) (?:this|you|it)(?: a)? (?:scam|spam|robot|bot|real|real person|human|ai)"
    r"|help(?: me)?(?: please)?|info(?: please)?"
    r"|wer (?:ist das|bist du|sind sie|schreibt da)|quien (?:es|eres|son)(?: usted)?|qui (?:est ce|etes vous))"
)
_AGAIN = re.compile(
    r"(?:(?:please|ok|okay|hi|hey|yes|and|actually|sorry|now|i changed my mind) )*(?:"
    r"(?:you (?:can|may)|can you|start|i (?:want|would like) you to|feel free to)? ?(?:please )?(?:text|txt|message)"
    r"(?:ing)? me(?: again| now| once more| please| the answer)+|you (?:can|may) (?:text|message) me(?: again| now)?"
    r"|(?:please )?start(?: (?:sending|texting|messaging|the texts|texts|again|me|messages|please))+"
    r"|(?:re ?)?subscribe(?: me)?(?: again)?|opt(?: me)?(?: back)? in|unstop(?: please)?|start please"
    r"|i (?:do )?(?:want|would like)(?: to (?:get|receive|have))?(?: your| the)? (?:texts?|messages?|sms)"
    r"(?: again| back)?)(?: please| again| now)*"
)
_SHORT = {
    "don't": "do not", "dont": "do not", "didn't": "did not", "didnt": "did not", "doesn't": "does not",
    "doesnt": "does not", "isn't": "is not", "wasn't": "was not", "haven't": "have not", "havent": "have not",
    "that's": "that is", "thats": "that is", "it's": "it is", "who's": "who is", "whos": "who is", "what's": "what is",
    "whats": "what is", "this's": "this is", "i'm": "i am", "im": "i am", "you're": "you are", "u": "you", "r": "are",
    "pls": "please", "plz": "please", "wat": "what", "aint": "ain't", "i'd": "i would", "thankyou": "thank you",
    "ur": "your", "tht": "that", "wht": "what", "askd": "asked", "aksed": "asked", "questoin": "question",
}  # fmt: skip


def keyword(text: str) -> str:
    """The one word of a text that is nothing but one, in capitals; "" for anything else, also for "Stop."."""
    word = text.strip().upper()
    return word if word in STOPS | STARTS | HELPS | {STARTS_AGAIN} else ""


def is_thanks(text: str) -> bool:
    """Nothing but thanks, a yes to what was said, or signs of joy: it wants no reply."""
    said = _plain(text)
    if "?" in text or len(text) > LONGEST:
        return False
    return bool(_THANKS.fullmatch(said)) if said else bool(text.strip())


def is_not_that(text: str) -> bool:
    """What was answered is not what was asked."""
    return bool(_NOT_THAT.search(_plain(text[:LONGEST])))


def asks_who(text: str) -> bool:
    """Who are you, and why do you text me?"""
    return len(text) <= LONGEST and bool(_WHO.fullmatch(_plain(text)))


def wants_texts_again(text: str) -> bool:
    """Takes back that he wants no texts, in other words than the provider's."""
    return len(text) <= LONGEST and bool(_AGAIN.fullmatch(_plain(text)))


def _plain(text: str) -> str:
    """Lower case, without accents, marks and pictures, short forms written out."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    said = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_SHORT.get(word, word) for word in re.sub(r"[^\w\s']|_", " ", said).split())
