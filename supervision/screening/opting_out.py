"""Who wants no texts says so in any words; what else he says is still answered. Pure."""

import re
import unicodedata

_TEXTS = r"(?:texts?|text messages?|txts?|sms|messages?|messaging|texting|notifications?)"
_VERB = r"(?:text|txt|sms|message|contact|call|ring|phone|bother|spam|write|send)"
_DOING = (
    r"(?:texting|txting|messaging|contacting|calling|ringing|phoning|bothering|spamming|writing|sending|harassing"
    r"|bugging|annoying)"
)
# Said around the wish without changing it.
_BEFORE = (
    r"(?:(?:please|just|ok|okay|and|but|so|well|hey|look|listen|also|then|now|kindly|seriously|from now on|i said|yes"
    r"|no"
    r"|sorry|thanks|wrong number|(?:i am )?not interested|this is (?:spam|a scam)|spam"
    r"|i told you(?: to)?|i (?:want|need|would like|would prefer|asked|am asking) you(?: guys)?(?: to)?|i"
    r" (?:want|would like|wish|prefer|need|have) to|i would prefer|i would rather|i want|you (?:should|must|have to"
    r"|need"
    r" to)|(?:can|could|would|will) you(?: please)?|to|you(?: guys)?) )*"
)
_TO = (
    r"(?: (?:me|us|to|on|any|more|my|this|the|a|your|these|those|such|from|you|anything|ever|again|anymore|at all"
    r"|number"
    r"|phone|cell|please|now|right|away|immediately|from now on|okay|ok|thanks|thank you|stupid|annoying|damn|stuff"
    r"|things"
    rf"|{_TEXTS}))*"
)
_WHICH = r"(?:(?:your|the|this|that|all|any|of|these|those|my|further|from|more|such)\s)*(?:\w+ ){0,2}"
_LIST = (
    r"(?:(?:your|the|this|that) )?(?:(?:text|texting|sms|mailing|contact|messaging|phone|calling|marketing) )?lists?"
)
_MINE = (
    r"(?:my|this) (?:(?:phone|cell|mobile|telephone) )?(?:number|phone|contact details|details|data|info|information)"
)
_ENGLISH = (
    rf"(?:(?:no|zero)(?: more| further| other)?|not any(?: more)?) {_TEXTS}{_TO}",
    rf"{_TEXTS} no",
    rf"(?:i have had )?enough(?: with| of)?(?: (?:the|your|these|this|all))* {_TEXTS}",
    rf"(?:i )?no longer (?:want|wish|need|care)(?: for| to (?:get|receive|have))?(?: (?:your|the|any|these))? {_TEXTS}",
    r"i (?:did not|never) sign(?:ed)? up for (?:this|these|it|any of this|(?:the |your |these )?texts)",
    r"how (?:do|can) i (?:unsubscribe|opt out)",
    rf"(?:remove|take|get|delete) (?:me|us) (?:off|of|from) (?:this|it|everything|here|{_LIST})",
    (
        rf"(?:do not|never|not|no longer|do not you|do not you ever)(?: ever)? (?:be )?{_VERB}"
        rf"(?: (?:or|and) {_VERB})*{_TO}"
    ),
    rf"(?:stop|quit|cease)(?: with)? {_DOING}(?:(?: me| us)? (?:or|and) {_DOING})*{_TO}",
    rf"(?:stop|quit|cancel|end|no more of)(?: with)? {_WHICH}{_TEXTS}{_TO}",
    rf"(?:i )?(?:really )?do not (?:want|need|wish|like|care)(?: for| to (?:get|receive|have))? {_WHICH}{_TEXTS}{_TO}",
    (
        r"(?:i )?(?:really )?(?:do not|never) (?:want|wish|like|need)"
        rf"(?: you to (?:ever )?{_VERB}|(?: to)?(?: ever)? be (?:texted|messaged|contacted|called|bothered)){_TO}"
    ),
    r"not (?:get|receive) (?:any )?" + _TEXTS + _TO,
    r"leave (?:me|us) alone|get off my phone",
    (
        rf"(?:lose|delete|remove|erase|forget|take)(?: off)? {_MINE}(?: (?:off|from"
        rf"|out of)(?: of)? (?:your )?\w+(?: \w+)?)?"
    ),
    rf"(?:take|remove|delete|get) (?:me|us)(?: (?:off|from)(?: of)? {_LIST})?(?: off)?(?: of it)?",
    rf"(?:take|get) (?:me|us) off(?: (?:of )?{_LIST})?",
    rf"(?:i am )?(?:opt(?:ing)?|opt me) out(?: of (?:(?:your|the|all|these|any|those) )*{_TEXTS})?",
    (
        rf"unsubscribe(?: me)?(?: (?:from|to) (?:(?:your|the|all|these|any|those) )*(?:{_TEXTS}|{_LIST}|this|it"
        rf"|everything))?"
    ),
    r"(?:i )?(?:hereby )?(?:revoke|withdraw|take back) (?:my |the )?(?:consent|permission|yes)(?: to \w+)?",
    rf"how (?:do|can) i (?:stop|opt out of|unsubscribe from|cancel|end) (?:(?:your|the|all|these|any|those) )*{_TEXTS}",
)
_OTHER = (
    # Spanish
    r"(?:por favor )?no (?:me |nos )?(?:mand|envi|escrib|contact|llam|molest)\w+(?: .*)?",
    (
        r"(?:por favor )?(?:ya )?no (?:quiero|deseo|queremos)(?: recibir)?(?: mas)?(?: sus| tus)? "
        r"(?:mensajes|textos|sms)(?: .*)?"
    ),
    r"(?:por favor )?(?:dej|par|bast)\w* (?:de|ya de) (?:mand|envi|escrib|contact|llam|molest)\w+(?: .*)?",
    (
        r"(?:por favor )?(?:borr|elimin|quit)\w+ mi (?:numero|telefono)(?: .*)?|(?:no mas|basta de) (?:mensajes|textos"
        r"|sms)"
    ),
    r"(?:por favor )?cancel\w+ (?:los |sus |estos |mis )?(?:mensajes|textos|sms)(?: .*)?",
    r"(?:quiero )?dar(?:me)? de baja",
    # French
    (
        r"(?:s'il vous plait )?ne (?:m'|me |nous )(?:\w+ )?(?:envo|ecri|contact|appel|texto|derang)\w+ (?:plus"
        r"|pas)(?: .*)?"
    ),
    r"(?:s'il vous plait )?(?:arretez?|cessez) de (?:m'|me |nous )(?:envo|ecri|contact|appel|texto|derang)\w+(?: .*)?",
    r"(?:plus|pas) de (?:sms|textos?|messages?)(?: .*)?|supprimez mon numero(?: .*)?|desinscri\w+(?:[ -]moi)?",
    r"je ne (?:veux|souhaite) (?:plus|pas)(?: recevoir)? (?:de |d'|vos )(?:sms|textos?|messages?)(?: .*)?",
    r"(?:s'il vous plait )?(?:arretez?|cessez|stop aux?) (?:les|vos|ces|tous les)? ?(?:sms|textos?|messages?)(?: .*)?",
    # German
    r"(?:bitte )?keine (?:weiteren )?(?:sms|nachrichten|texte|textnachrichten)(?: mehr)?(?: .*)?",
    (
        r"(?:bitte )?(?:schreib|schick|send|kontaktier|ruf|text)\w*(?: sie)? (?:mich|mir|uns)(?: bitte)? (?:keine|nicht"
        r"|nie)\b.*"
    ),
    r"(?:ich )?(?:will|mochte|wunsche) (?:ich )?keine (?:weiteren )?(?:sms|nachrichten|texte|textnachrichten)(?: .*)?",
    r"(?:bitte )?(?:losch|entfern)\w*(?: sie)? (?:bitte )?meine (?:nummer|telefonnummer|handynummer|daten)(?: .*)?",
    r"(?:bitte )?(?:hor\w*(?: sie)? auf|aufhoren),? (?:mir |mich )?zu (?:schreiben|texten|kontaktieren)(?: .*)?",
)
MOST_WORDS = 20
_BARE = re.compile(
    r"(?:please |just |ok |okay )*(?:stop(?: it| now| that| stop)*|stopall|unsubscribe|revoke|opt out|opt me out)"
    r"(?: please| now| thanks| thank you)*"
)
# Only where nobody speaks: in a call, "halt" and "no more" are said about other things.
_BARE_BY_TEXT = re.compile(
    rf"(?:please )?(?:cancel|end|quit|block|halt|no more|baja|pare|parar|alto)(?: please)?"
    rf"|{_BEFORE}(?:(?:quit it|stop all|stop texts|stop messages?|cease and desist"
    r"|knock it off|no more(?: please)?|sto|arret|arrete|arretez|basta(?: ya)?|paren|abmelden|stopp"
    r"|nicht mehr schreiben|stop (?:svp|s'il vous plait|por favor|bitte))|stop(?: it| now| that| stop)*)"
    r"(?: (?:please|now|thanks|thank you))*"
)
_WISH = re.compile(rf"{_BEFORE}(?:{'|'.join(_ENGLISH)})(?: (?:please|now|thanks|thank you|ok|okay|already))*")
_FOREIGN_WISH = re.compile("|".join(_OTHER))
_NO_QUESTION = re.compile(r"(?:\w+ )*?(?:(?:can|could|would|will) you|how (?:do|can) i) .*|texts no.*|.*\bno texts.*")
_APART = re.compile(
    r"(?<=[.?!;,:])\s+|\s*\n+\s*|\s+[-–—]+\s+|\s+(?=(?:and|but|then|also|so)\s|or (?:i|we|else)\b)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.?!])\s+|\s*\n+\s*")
_SHORT = {
    "don't": "do not", "dont": "do not", "don": "do not", "doesn't": "does not", "i'm": "i am", "im": "i am",
    "i'd": "i would", "i've": "i have", "won't": "will not", "stopp": "stop", "u": "you", "pls": "please",
    "plz": "please", "can't": "can not", "n't": "not", "didn't": "did not", "didnt": "did not",
    "dnt": "do not", "dony": "do not", "stpo": "stop", "sotp": "stop", "stp": "stop", "tex": "text", "txtin": "texting",
    "textin": "texting", "texing": "texting", "msg": "message", "msgs": "messages", "msging": "messaging",
    "mesages": "messages", "messeges": "messages", "ur": "your", "plese": "please", "pleas": "please",
    "remov": "remove",
    "optout": "opt out", "unsub": "unsubscribe", "unsubscibe": "unsubscribe", "unsuscribe": "unsubscribe",
    "unsubcribe": "unsubscribe", "unsubscrib": "unsubscribe", "unsubscribed": "unsubscribe", "nomore": "no more",
}  # fmt: skip


def without_opting_out(text: str, *, by_text: bool = False) -> str | None:
    """What else is said beside the wish for no texts ("" where nothing is); None when there is no such wish.

    `by_text`: the words came as a text message, where more keywords than "stop" and "unsubscribe" mean it.
    """
    if _is(_BARE, _plain(text)) or _wishes(text):
        return ""
    if by_text and any(_is(_BARE_BY_TEXT, _plain(one)) for one in _SENTENCE.split(text)):
        return ""  # who adds why has not asked for anything
    clauses = _clauses(text)
    found = [clause for clause in clauses if _wishes(clause)]
    if not found:
        return None
    rest = " ".join(clause for clause in clauses if clause not in found)
    return re.sub(r"^(?:(?:and|but|then|also|so)\b[\s,]*)+", "", rest, flags=re.IGNORECASE).strip(" ,;-")


def wants_no_texts(text: str, *, by_text: bool = False) -> bool:
    """Whether somebody opts out of texts, in whatever words."""
    return without_opting_out(text, by_text=by_text) is not None


def _clauses(text: str) -> list[str]:
    return [clause.strip() for clause in _APART.split(text) if clause and clause.strip()]


def _wishes(clause: str) -> bool:
    plain = _plain(clause)
    if "?" in clause and not _NO_QUESTION.fullmatch(plain):
        return False
    return _is(_WISH, plain) or _is(_FOREIGN_WISH, plain)


def _is(form: re.Pattern, plain: str) -> bool:
    """Nobody needs so many words for it, and what is repeated for ever would take for ever to read."""
    return plain.count(" ") < MOST_WORDS and bool(form.fullmatch(plain))


def _plain(text: str) -> str:
    """Lower case, without accents and marks, short forms written out."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    said = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_SHORT.get(word, word) for word in re.sub(r"[^\w\s']|_", " ", said).split())
