"""Who wants no texts says so in any words; what else he says is still answered. Pure."""

import re
import unicodedata

_TEXTS = r"(?:texts?|text messages?|txts?|sms|messages?|messaging|texting|notifications?)"
_VERB = r"(?:text|txt|sms|message|contact|call|ring|phone|bother|spam|write|send)"
_DOING = r"(?:texting|txting|messaging|contacting|calling|ringing|phoning|bothering|spamming|writing|sending|harassing)"
# Said around the wish without changing it.
_BEFORE = (
    r"(?:(?:please|just|ok|okay|and|but|so|well|hey|look|listen|also|then|now|kindly|seriously|from now on|i said|yes"
    r"|no"
    r"|sorry|thanks|i told you(?: to)?|i (?:want|need|would like|would prefer|asked|am asking) you(?: guys)?(?: to)?|i"
    r" (?:want|would like|wish|prefer|need|have) to|i would prefer|i would rather|i want|you (?:should|must|have to"
    r"|need"
    r" to)|(?:can|could|would|will) you(?: please)?|to|you(?: guys)?) )*"
)
_TO = (
    r"(?: (?:me|us|to|on|any|more|my|this|the|a|your|these|those|such|from|you|anything|ever|again|anymore|at all"
    r"|number"
    r"|phone|cell|please|now|right|away|immediately|from now on|okay|ok|thanks|thank you|stupid|annoying|damn"
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
    r"(?:por favor )?no (?:quiero|deseo|queremos)(?: recibir)?(?: mas)?(?: sus| tus)? (?:mensajes|textos|sms)(?: .*)?",
    r"(?:por favor )?(?:dej|par|bast)\w* (?:de|ya de) (?:mand|envi|escrib|contact|llam|molest)\w+(?: .*)?",
    (
        r"(?:por favor )?(?:borr|elimin|quit)\w+ mi (?:numero|telefono)(?: .*)?|(?:no mas|basta de) (?:mensajes|textos"
        r"|sms)"
    ),
    # French
    (
        r"(?:s'il vous plait )?ne (?:m'|me |nous )(?:\w+ )?(?:envo|ecri|contact|appel|texto|derang)\w+ (?:plus"
        r"|pas)(?: .*)?"
    ),
    r"(?:s'il vous plait )?(?:arretez?|cessez) de (?:m'|me |nous )(?:envo|ecri|contact|appel|texto|derang)\w+(?: .*)?",
    r"(?:plus|pas) de (?:sms|textos?|messages?)(?: .*)?|supprimez mon numero(?: .*)?|desinscri\w+(?:[ -]moi)?",
    r"je ne (?:veux|souhaite) (?:plus|pas)(?: recevoir)? (?:de |d'|vos )(?:sms|textos?|messages?)(?: .*)?",
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
_BARE = re.compile(
    r"(?:please |just |ok |okay )*(?:stop(?: it| now| that| stop)*|stopall|unsubscribe|revoke|opt out|opt me out)"
    r"(?: please| now| thanks| thank you)*"
)
_WISH = re.compile(rf"{_BEFORE}(?:{'|'.join(_ENGLISH)})(?: (?:please|now|thanks|thank you|ok|okay|already))*")
_FOREIGN_WISH = re.compile("|".join(_OTHER))
_BARE_IN_TEXTS = re.compile(r"(?:please )?(?:cancel|end|quit|arret|alto|stopp)(?: please)?")
_NO_QUESTION = re.compile(r"(?:\w+ )*?(?:(?:can|could|would|will) you|how (?:do|can) i) .*|texts no.*|.*\bno texts.*")
_APART = re.compile(r"(?<=[.?!;,:])\s+|\s*\n+\s*|\s+[-–—]+\s+|\s+(?=(?:and|but|then|also|so)\s)", re.IGNORECASE)
_SHORT = {
    "don't": "do not", "dont": "do not", "don": "do not", "doesn't": "does not", "i'm": "i am", "im": "i am",
    "i'd": "i would", "i've": "i have", "won't": "will not", "stopp": "stop", "u": "you", "pls": "please",
    "plz": "please", "can't": "can not", "n't": "not",
}  # fmt: skip


def without_opting_out(text: str, *, by_text: bool = False) -> str | None:
    """What else is said beside the wish for no texts ("" where nothing is); None when there is no such wish.

    `by_text`: the words came as a text message, where more keywords than "stop" and "unsubscribe" mean it.
    """
    plain = _plain(text)
    if _BARE.fullmatch(plain) or (by_text and _BARE_IN_TEXTS.fullmatch(plain)) or _wishes(text):
        return ""
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
    return bool(_WISH.fullmatch(plain) or _FOREIGN_WISH.fullmatch(plain))


def _plain(text: str) -> str:
    """Lower case, without accents and marks, short forms written out."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    said = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_SHORT.get(word, word) for word in re.sub(r"[^\w\s']|_", " ", said).split())
