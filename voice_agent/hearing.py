"""What speech lacks and writing has: where one question ends, words that sound alike, and who is speaking; pure."""

import re

from voice_agent.questions import starts_a_question

_SLIPS = (
    (re.compile(r"\byou're(?= (?:hours?|opening|address|prices?|phone|number|name|price|website|location|services?|"
                r"cancellation|policy|parking)\b)", re.IGNORECASE), "your"),
    (re.compile(r"\byour(?= (?:open|closed|closing|welcome)\b)", re.IGNORECASE), "you're"),
    (re.compile(r"\b(?:why fi|wi fi|y fi)\b", re.IGNORECASE), "wi-fi"),
    (re.compile(r"\bhair cut(s?)\b", re.IGNORECASE), r"haircut\1"),
    (re.compile(r"\b(?:um|uh|erm|uhm)\b,?\s*", re.IGNORECASE), ""),
)  # fmt: skip
_MARK = re.compile(r"[,.;:?!]\s")
_FIRST = re.compile(
    r"^(?P<first>yes|yeah|yep|sure|no|nope|hi|hello|hey|good (?:morning|afternoon|evening)|thanks|thank you|ok|okay)"
    r"(?: (?P<more>please|thanks|thank you|there))?"
    r" (?=(?:what|where|when|who|why|how|which|is|are|do|does|did|can|could|would|will|should|may|i mean)\b)",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"\s+(?=(?:do you|are you|can i|can you|could you|is there|are there|is it|how much (?:is|are|does|for)|how long"
    r"|what time (?:do|are)|when (?:do|are|is)|where (?:can|is|are|do)|what (?:is|are|does|do)|what's|where's)\b)",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"\b(?:do|does|did|is|are|can|could|will|would|should|may|have|has|what's|where's) (?:\S+ )*\S+", re.IGNORECASE
)
_LEANS = re.compile(  # what comes next belongs to it
    r"\b(?:know|tell me|me|if|whether|when|while|what|how|where|who|why|which|that|and|or|but|because|so|to|for|of|"
    r"with|from|about|at|on|in|by|than|as|idea|remember|sure|wondering|ask|asking|out|explain|say|said|mean|think|like|"
    r"is|are|the|a|an|my|your|please|much|long|many|time|often|soon|far)$",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"^(?P<begun>.{2,80}?)[\s,.;:…–—-]+(?:(?:um|uh|oh|er)[\s,]+)*"
    r"(?:no,? wait|wait,? no|oh wait|actually(?:,? no)?|scratch that|never mind(?: that)?|forget (?:it|that))[\s,.]+"
    r"(?=(?:what|where|when|who|why|how|which|is|are|do|does|did|can|could|would|will|should|may|have|has)\b)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\b(?:and|or|but|so|because)$", re.IGNORECASE)
FEWEST_WORDS = 3  # of a whole question

_AGES = "four|five|six|seven|eight|nine|ten|eleven|twelve|4|5|6|7|8|9|10|11|12"
_AGE = rf"(?:{_AGES})(?: and a half)?(?: years? old)?|(?:13|thirteen|14|fourteen|15|fifteen) years? old"
_CHILD = re.compile(
    r"(?:(?:hi|hello|hey|um|well|but|no|yes|sorry|because) )*(?:"
    rf"(?:i am|i'm|im) (?:only |just )?(?:{_AGE}|(?:a )?(?:kid|child|little (?:girl|boy)))"
    r"|(?:i am|i'm|im) in (?:the )?(?:kindergarten|(?:first|second|third|fourth|fifth|sixth) grade)"
    r"|(?:my )?(?:mum|mom|mommy|mummy|mama|dad|daddy|papa)(?: and (?:dad|daddy))?"
    r" (?:isn't|is not|ain't|are not|aren't) (?:here|home|at home)(?: (?:now|right now|yet|today))?)",
    re.IGNORECASE,
)
_RECORDED = r"(?:record(?:ed|ing)?|transcri(?:be|bed|bing|ption)|listen(?:ed|ing)?(?: in)?|written down|taped?)"
_NOT_RECORDED = re.compile(
    rf"(?:please |no |sorry |but |and |i said )*(?:(?:do not|don't|dont|stop|quit|no|without|turn off(?: the)?|not)"
    rf" (?:be )?(?:to )?{_RECORDED}(?: (?:me|us|this|it|the|call|my|voice|conversation|please|to|in|and|or|"
    rf"{_RECORDED}))*"
    r"|i (?:do not|don't|dont|would rather not|would prefer not to|really don't|refuse to|object to|am not okay with)"
    rf"(?: (?:want|agree|consent|like|wish|this|the|call|to|it|that|being|be|get|me|you|having|have|my|voice|"
    rf"anyone|anybody|people|someone))* {_RECORDED}(?: (?:me|us|this|it|the|call|my|voice|or|and|to|{_RECORDED}))*)",
    re.IGNORECASE,
)
_REFUSAL = (
    r"(?:i (?:do not|don't|dont) (?:agree|consent|want (?:that|this)|like that)(?: to (?:that|this|it))?"
    r"|i object(?: to (?:that|this|it))?|i'm not okay with (?:that|this|it)|that's not okay(?: with me)?"
    r"|please don't(?: do that)?|you may not|i refuse)"
)
_REFUSES = re.compile(
    rf"(?:(?:um|well|sorry|hello|hi|oh)\s+)*(?:(?:no|nope)(?:\s+(?:no|nope|thanks))*(?:\s+{_REFUSAL})?|{_REFUSAL})"
)
_CLAUSE = re.compile(r"[,.;:?!]+\s*|\s+(?=(?:and|but|so) )", re.IGNORECASE)


def as_written(words: str) -> str:
    """A transcript with the marks that it lacks, where they are certain; slips of the recogniser mended."""
    for slip, right in _SLIPS:
        words = slip.sub(right, words)
    words = _without_false_start(words)
    if _MARK.search(words):
        return words.strip()
    words = _FIRST.sub(lambda found: found[0].rstrip() + ", ", words.strip())
    pieces = _NEW.split(words)
    written = pieces[0]
    for piece in pieces[1:]:
        last = re.split(r"[?,]\s", written)[-1]
        written += f"? {piece}" if _is_whole(last) else f" {piece}"
    return written


def without_child(words: str) -> str | None:
    """What else is said beside the words that show a child; None where there are none such."""
    return _without(_CHILD, words)


def without_objection(words: str) -> str | None:
    """What else is said beside a no to being transcribed, recorded or listened to; None where there is none."""
    return _without(_NOT_RECORDED, words)


def refuses(words: str) -> bool:
    """Whether these words, said to the greeting, are a no to it."""
    return bool(_REFUSES.fullmatch(re.sub(r"[^\w\s']", " ", words.lower()).strip()))


def _without(form: re.Pattern, words: str) -> str | None:
    clauses = [clause.strip() for clause in _CLAUSE.split(words) if clause and clause.strip()]
    if form.fullmatch(words.strip(" ,.;:?!")):
        return ""
    found = [clause for clause in clauses if form.fullmatch(re.sub(r"^(?:and|but|so) ", "", clause.strip(" ,.;:?!")))]
    if not found:
        before = form.match(words)
        rest = words[before.end() :].strip(" ,.;:?!") if before else ""
        return rest if starts_a_question(rest) else None
    rest = words
    for clause in found:
        rest = rest.replace(clause, "", 1)
    return re.sub(r"^(?:[\s,.;:?!]|\b(?:and|but|so|no|yes|hi|hello)\b)+", "", rest, flags=re.IGNORECASE)


def _without_false_start(words: str) -> str:
    """ "How much is, actually, where can I park?": what was begun and given up is no question."""
    found = _GIVEN_UP.match(words)
    begun = found["begun"].rstrip(" ,.;:…–—-") if found else ""
    is_given_up = _LEANS.search(begun) and not _GOES_ON.search(begun)
    return words[found.end() :] if is_given_up else words


def _is_whole(words: str) -> bool:
    """Whether a question stands there that needs no more words."""
    enough = len(words.split()) >= FEWEST_WORDS
    return enough and starts_a_question(words) and bool(_AUXILIARY.search(words)) and not _LEANS.search(words.rstrip())
