"""Takes card, bank and identity numbers out of what people say, in whatever form; telephone numbers stay."""

import re
from bisect import bisect_right
from itertools import accumulate

import phonenumbers

from supervision.screening.digits import Chain, chains

MASK = "[number not kept]"
# The first digits that card companies use, with the lengths of their numbers; 13 digits only without a blank.
_CARD = re.compile(r"4\d{15}(?:\d{3})?|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|(?:35|6\d)\d{14}")
_OTHER_CARD = re.compile(r"(?:6\d|5[06-9]|8[12]|97)\d{10,17}")  # of any length: only where a group of digits ends
_SHORTEST, _LONGEST = 13, 19
_LONGEST_TELEPHONE = 15  # digits, by E.164
_BESIDE_A_CARD = 10  # digits that follow at most: when it ends, and its code
_CUE = re.compile(
    r"(?i)\b(?:social(?: security| insurance)?(?: number)?|ssn|sin number|itin|tax id|routing|account number|account"
    r"|iban|passport|driver'?s licen[cs]e|licen[cs]e|national id)\b(?:\W+(?:number|no|is|it's|its|was|are|of|the"
    r"|my)\b)*\W*$"
)
_CODE_CUE = re.compile(r"(?i)\b(?:cvv2?|cvc2?|security code|card code)\b[^\d\n]{0,20}$")
_EXPIRY_CUE = re.compile(
    r"(?i)\b(?:exp|expires?|expiry(?: date)?|expiration(?: date)?|valid (?:until|thru))\b\W{0,5}(?:is |on )?$"
)
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ .\-]?[A-Za-z0-9]){11,30}")
_PASSPORT = re.compile(r"(?i)(\b(?:passport|driver'?s licen[cs]e)\b\D{0,20}?\b)(?=\w*\d)[a-z]{0,2}\d[a-z\d]{4,}\b")


def mask_numbers(text: str) -> str:
    """The text with what must not be kept replaced by MASK."""
    text = _PASSPORT.sub(rf"\g<1>{MASK}", _IBAN.sub(_without_iban, text))
    spans = [span for chain in chains(text) for span in _spans(chain, text)]
    if any(text[start:end] for start, end in spans):
        spans += _expiries(text)
    for start, end in sorted(set(spans), reverse=True):
        text = text[:start] + MASK + text[end:]
    return text


def mask_together(pieces: list[str]) -> list[str]:
    """Each of what somebody said one after the other, without the numbers that begin in one and end in another."""
    text, place, masked = "\n".join(pieces), 0, []
    spans = sorted({span for chain in chains(text) for span in _spans(chain, text)}, reverse=True)
    for piece in pieces:
        begin, end = place, place + len(piece)
        for first, last in spans:
            if first < end and begin < last:
                piece = piece[: max(first - begin, 0)] + MASK + piece[min(last, end) - begin :]
        masked.append(piece)
        place = end + 1
    return masked


def _spans(chain: Chain, text: str) -> list[tuple[int, int]]:
    """Where in the text the digits are that must go."""
    start, end = chain.tokens[0].start, chain.tokens[-1].end
    before, count = text[max(0, start - 60) : start], len(chain.digits)
    is_code = count in (3, 4) and _CODE_CUE.search(before)
    is_identity = _is_social_security(chain, text) or (count >= 6 and _CUE.search(before))
    if is_code or is_identity:
        return [(start, end)]
    return _cards(chain, text)


def _cards(chain: Chain, text: str) -> list[tuple[int, int]]:
    """Every card number in the chain, with the expiry and the code that follow it in the same breath."""
    starts = [0, *accumulate(len(token.digits) for token in chain.tokens)]  # and where the last one ends
    digits, found, at = chain.digits, [], 0
    while at <= len(digits) - _SHORTEST:
        end = _card_from(at, chain, starts, text)
        if end is None:
            at += 1
            continue
        left = len(digits) - end
        if left <= _BESIDE_A_CARD:
            end = len(digits)
        found.append((_place(at, chain, starts), _place(end - 1, chain, starts, after=True)))
        at = end
    return found


def _card_from(at: int, chain: Chain, starts: list[int], text: str) -> int | None:
    """Where a card number that begins at this digit ends; None when none begins there."""
    digits = chain.digits
    whole = at == 0 and _SHORTEST <= len(digits) <= _LONGEST
    if whole and _is_card_number(digits) and not _is_telephone(chain, text):
        return len(digits)
    token = bisect_right(starts, at) - 1
    if at != starts[token] and len(chain.tokens[token].digits) < _SHORTEST:
        return None  # within a group of digits no number begins
    if _is_telephone(chain, text):
        return None
    ends = range(min(at + _LONGEST, len(digits)), at + _SHORTEST, -1)
    possible = (end for end in ends if _CARD.fullmatch(digits, at, end) or _is_other_card(digits, at, end, starts))
    return next((end for end in possible if _is_card_number(digits[at:end])), None)


def _is_other_card(digits: str, at: int, end: int, starts: list[int]) -> bool:
    return bool(_OTHER_CARD.fullmatch(digits, at, end)) and starts[bisect_right(starts, end) - 1] == end


def _is_telephone(chain: Chain, text: str) -> bool:
    digits, start = chain.digits, chain.tokens[0].start
    if text[:start].rstrip().endswith("+"):
        return len(digits) <= _LONGEST_TELEPHONE
    return len(digits) == _SHORTEST and phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))


def _place(digit: int, chain: Chain, starts: list[int], *, after: bool = False) -> int:
    """Where in the text a digit of the chain stands, or ends."""
    index = bisect_right(starts, digit) - 1
    token = chain.tokens[index]
    if token.spoken:
        return token.end if after else token.start
    return token.start + digit - starts[index] + after


def _is_social_security(chain: Chain, text: str) -> bool:
    """Three, two and four digits, set apart: an American identity number, and nothing else."""
    groups = [""]
    for before, token in zip((None, *chain.tokens), chain.tokens, strict=False):
        apart = before and (not (before.spoken and token.spoken) or text[before.end : token.start].strip())
        groups = [*groups, token.digits] if apart else [*groups[:-1], groups[-1] + token.digits]
    return [len(group) for group in groups] == [3, 2, 4]


def _expiries(text: str) -> list[tuple[int, int]]:
    ends = (
        (chain.tokens[0].start, chain.tokens[-1].end) for chain in chains(text) if len(chain.digits) in (3, 4, 5, 6)
    )
    return [(start, end) for start, end in ends if _EXPIRY_CUE.search(text[max(0, start - 40) : start])]


def _without_iban(found: re.Match) -> str:
    """The longest beginning whose check digits are right is the number; what follows are words."""
    said = found[0]
    for end in range(len(said), 14, -1):
        number = re.sub(r"[^A-Za-z0-9]", "", said[:end]).upper()
        if said[end - 1].isalnum() and len(number) >= 15 and _is_iban(number):
            return MASK + said[end:]
    return said


def _is_iban(number: str) -> bool:
    """ISO 13616: the remainder by 97 is 1."""
    turned = number[4:] + number[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _is_card_number(digits: str) -> bool:
    """The check digit of ISO/IEC 7812 (Luhn), which all payment cards carry; not of zeros alone."""
    figures = [int(digit) for digit in digits]
    doubled = (sum(divmod(2 * figure, 10)) for figure in figures[-2::-2])
    return any(figures) and (sum(figures[-1::-2]) + sum(doubled)) % 10 == 0
