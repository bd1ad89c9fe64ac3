"""Words of somebody in danger; pure. Made for people who mean it now, not for burning questions or killer colours."""

import re
import unicodedata
from dataclasses import dataclass

_WHO = (
    r"(?:i|he|she|we|they|someone|somebody|(?:my|the|a|our|your|this|her|his) (?:\w+ )?(?:mom|mum|mother|dad|father"
    r"|son|"
    r"daughter|baby|kid|child|husband|wife|partner|boyfriend|girlfriend|brother|sister|friend|client|customer|stylist|"
    r"colleague|neighbou?r|grandma|grandpa|grandmother|grandfather|woman|man|lady|girl|boy|person|guy))"
)
_IS = r"(?: is| are| am| was| has| have| be)?(?: (?:just|still|now|already|suddenly|badly|really|being|been))*"
_BODY = r"(?:face|throat|tongue|lips?|neck|mouth|airway|eyes?|eyelids?)"
_STUFF = (
    r"(?:glue|adhesive|bleach|dye|tint|colou?r|chemicals?|acetone|acid|peroxide|polish|remover|developer|wax|solvent|"
    r"degreaser|cleaner|spray)"
)
_PLACE = (
    r"(?:salon|shop|store|building|place|house|room|workshop|kitchen|dryer|car|hair|battery|bike|apartment|roof|it)"
)
_VIOLENCE = r"(?:attacking|hitting|beating|stabbing|strangling|threatening|robbing|following|shooting|hurting|raping)"
_CRISIS = (
    (
        r"(?:kill|harm|hurt) myself(?! (?:last|once|at the gym))|killing myself|\bsuicid(?:e|al)\b(?! (?:squad|blonde?"
        r"|bomber))|\bend (?:my life|it all)\b"
        r"|take my (?:own )?life\b|do not want to (?:live|be alive|be here) any ?more|no reason to live"
        r"|\b(?:want|going|wish) to die(?! (?:my|for|it|the|hair|your)\b)"
    ),
    # Spanish
    (
        r"(?:quiero|voy a) (?:matarme|suicidarme|morir|morirme|quitarme la vida)|me (?:quiero|voy a) (?:matar|morir"
        r"|suicidar)"
        r"|\bsuicid(?:io|arme)\b|no quiero vivir"
    ),
    # German
    r"\bmich umbringen|umbringen mochte|will (?:sterben|nicht mehr leben)|\b(?:selbstmord|suizid)\b",
)
_DANGER = (
    (r"\b(?:call|dial|phone|ring|get|need|send)\b.{0,25}\b(?:911|999|112|ambulance|paramedics?|fire department|"
    r"fire brigade|emergency services)\b|\bcall(?:ing)? the (?:police|cops)\b"),
    (r"^(?:911|999|112|nine one one|emergency|help fire|fire|fire fire)$|\b(?:this|it) is an? (?:medical "
     r"|real )?emergency\b"
    r"|^(?:medical )?emergency\b(?! (?:appointment|contact|number|exit|slot|haircut|repair|service))"
    r"|\bmedical emergency\b"),
    (r"\bthere (?:is|was)(?: a)?(?: \w+)? (?:fire|smoke)(?! (?:pit|place|sale|hydrant|alarm|exit|red|engine|detector"
     r"|free|shop))\b"
    rf"|\b{_PLACE} (?:is|has caught|caught|just caught|are)(?: on)? (?:fire|burning down)\b(?! (?:red|today|sale|with))"
    r"|\bsmell(?:s|ing)?(?: of)?(?: a)? gas\b|\bgas leak\b|\b(?:fire|flames|smoke) in (?:the|your|my)\b"),
    (rf"\b{_WHO}{_IS} (?:can not|can hardly|can barely|could not|unable to|struggling to) breathe\b|^can not breathe\b"
    r"|\b(?:trouble|difficulty|problems) breathing\b|\b(?:not|stopped) breathing\b"
    rf"|\b{_WHO}{_IS} (?:choking|suffocating)\b(?! on (?:the|these|your) price)"),
    (rf"\b{_BODY}(?: is| are)?(?: (?:really|all|getting|very|so|starting to|badly|has|have))* (?:swelling|swollen"
     rf"|swelled)\b"
    r"|\b(?:having|have|has|get|getting) an?(?: \w+)? allergic reaction\b|\banaphyla"),
    (r"\b(?:scalp|skin|face|eyes?|head|neck|forehead|lips?) (?:is|are)(?: (?:still|really|so|badly|now|all"
    r"|on))* (?:burning|fire)\b"),
    rf"\b{_STUFF}\b(?: \w+){{0,3}} (?:in|into|in to) (?:my|his|her|their|the) eyes?\b",
    (rf"\b(?:{_WHO}|my (?:\w+ )?(?:head|face|ear|hand|finger|nose|leg|arm|knee|foot|toe|lip|neck"
     rf"|wrist)){_IS} bleeding\b"
    r"|\bbleeding (?:a lot|badly|heavily|out|and|everywhere)\b|\bnot stop bleeding\b|\blost? a lot of blood\b"),
    (rf"\b{_WHO}(?: is| are| am| did)? not (?:moving|breathing|responding|waking up|conscious|wake up)\b"
    rf"|\b{_WHO}{_IS} (?:passed out|collapsed|unconscious|fainted|fainting|electrocuted|poisoned|overdosed|drowning"
    rf"|dying)\b"
    r"(?! (?:to|for|of curiosity|in (?:work|paper|emails?|debt)))|\boverdos(?:e|ing)\b"),
    (rf"\b{_WHO}{_IS} having an?(?: \w+)? (?:heart attack|stroke|seizure)\b|\b(?:have|has|having"
    rf"|got) (?:\w+ )?chest pains?\b"),
    (rf"\b{_WHO}(?: is| are)(?: \w+)? {_VIOLENCE} (?:me|her|him|us|them|people|someone|my)\b|\b(?:has|have) a (?:gun"
     rf"|knife)\b"
    r"(?! (?:set|sharpen))|\bbeing (?:robbed|attacked|followed|stalked|held hostage)\b"
    rf"|\b(?:i|he|she|we) (?:was|were|got|just got|have been|has been)(?: just)? (?:hit|run over) by an? (?:car|truck"
    rf"|bus|van)\b"),
    # Spanish
    (r"\b(?:llam\w+|necesit\w+|mand\w+|envi\w+)\b.{0,25}\b(?:911|112|ambulancia|policia|bomberos)\b"
     r"|\bes una emergencia\b"
    r"|^(?:emergencia|auxilio|socorro|fuego|incendio)\b|\bhay (?:un )?(?:fuego|incendio|humo)\b|\bse esta (?:quemando"
    r"|ahogando)\b"
    r"|\bno (?:puedo|puede|pueden|podemos) respirar\b|\bno respira\b|\b(?:estoy|esta) sangrando\b|\binconsciente\b"
    r"|\bse desmayo\b|\b(?:me arden?|me queman?) (?:mucho )?(?:la|los|el|mi)\b|\b(?:cara|garganta|lengua) hinchada\b"
    r"|\bse me (?:esta )?hincha\w* (?:la|los)\b|\breaccion alergica\b|\bataque (?:al corazon|cardiaco)\b"
    r"|\bsobredosis\b"),
    # German
    (r"\b(?:ruf\w*|brauch\w*|hol\w*|schick\w*)\b.{0,30}\b(?:112|krankenwagen|notarzt|rettungswagen|feuerwehr|polizei)\b"
    r"|\b(?:das|es) ist ein notfall\b|^(?:notfall|hilfe feuer|feuer|es brennt)\b|\bes brennt(?! (?:nicht|kein))\b"
    r"|\bkeine luft\b"
    r"|\bnicht (?:mehr )?atmen\b|\batmet nicht\b|\b(?:ich|er|sie) blutet?\b|\b(?:bewusstlos|ohnmachtig)\b"
    r"|\bherzinfarkt\b"
    r"|\b(?:gesicht|hals|zunge) (?:ist |schwillt |wird )+(?:geschwollen|an|dick)\b|\ballergische reaktion\b"),
)  # fmt: skip
_NOT_NOW = re.compile(
    r"\b(?:last (?:time|week|month|year|summer|visit)|years? ago|months? ago|weeks? ago|once|used to|in the past"
    r"|what if|"
    r"if (?:i|my|he|she|you|the|it)|will (?:i|it|my|the)|would (?:i|it|my|the)|could (?:i|it|my|the)|does (?:it|the"
    r"|your)|"
    r"do you (?:ever|have|use|sell|treat|do)|did you|is it (?:normal|safe)|nearly|almost|avoid|prevent|worried"
    r"|afraid of|"
    r"usually|always|sometimes|"
    r"la ultima vez|hace (?:anos|meses)|letztes (?:mal|jahr)|als ich)\b"
)
_SHORT = {
    "can't": "can not", "cannot": "can not", "cant": "can not", "isn't": "is not", "isnt": "is not",
    "aren't": "are not", "won't": "will not", "wont": "will not", "don't": "do not", "dont": "do not",
    "doesn't": "does not", "i'm": "i am", "im": "i am", "he's": "he is", "she's": "she is", "it's": "it is",
    "there's": "there is", "theres": "there is", "couldn't": "could not", "we're": "we are", "they're": "they are",
    "someone's": "someone is", "somebody's": "somebody is", "wanna": "want to", "gonna": "going to",
    "i've": "i have", "didn't": "did not", "mom's": "mom is", "mum's": "mum is", "i'll": "i will",
}  # fmt: skip
_FOUND_CRISIS = re.compile("|".join(_CRISIS))
_FOUND_DANGER = re.compile("|".join(_DANGER))
_SPANISH = re.compile("|".join((_CRISIS[1], _DANGER[-2])))
_GERMAN = re.compile("|".join((_CRISIS[2], _DANGER[-1])))


@dataclass(frozen=True)
class Emergency:
    """`is_crisis`: somebody may do himself harm; `language` of the words: en, es or de."""

    is_crisis: bool
    language: str


def emergency_in(text: str) -> Emergency | None:
    """Somebody in danger now; None in doubt, for what is past, what is asked in general, and a manner of speaking."""
    for clause in re.split(r"[.?!;\n]+", _folded(text)):
        plain = " ".join(_SHORT.get(word, word) for word in re.sub(r"[^\w\s']|_", " ", clause).split())
        if _FOUND_CRISIS.search(plain):
            return Emergency(is_crisis=True, language=_language(plain))
        if _FOUND_DANGER.search(plain) and not _NOT_NOW.search(plain):
            return Emergency(is_crisis=False, language=_language(plain))
    return None


def _language(plain: str) -> str:
    return "es" if _SPANISH.search(plain) else "de" if _GERMAN.search(plain) else "en"


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
