"""What is taken out of people's words before they are stored, and words that must be obeyed: pure functions."""

import re
import unicodedata

from django.core.exceptions import ValidationError

TURN_LIMIT = 4000  # characters
MASK = "[number not kept]"
_LONG_NUMBER = re.compile(r"(?<![\d+])\d(?:[ .\-‐-―]{0,3}\d){12,18}(?!\d)")
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{3}[ .\-‐-―]\d{2}[ .\-‐-―]\d{4}(?!\d)")
_SAID_IDENTITY = re.compile(
    r"(?i)(\b(?:social security|social insurance|ssn|sin)\b\D{0,30})\d(?:[ .\-‐-―]?\d){8}(?!\d)"
)
_OPTING_OUT = re.compile(
    r"(?i)^\W*(?:stop|stopall|unsubscribe|cancel|end|quit|revoke|opt[ -]?out)\W*$"
    r"|\bunsubscribe\b|\bopt(?:ing)?[ -]out\b|\bopt me out\b"
    r"|\b(?:stop|quit|no more)\s+(?:\w+\s+){0,2}(?:texts?|texting|messages?|messaging|sms)\b"
    r"|\b(?:do not|don't|dont|never)\s+(?:ever\s+)?(?:text|message|sms)\s+(?:me|us|this number)\b"
    r"|\b(?:do not|don't|dont)\s+(?:want|send)\s+(?:(?:me|any|your|more)\s+)*(?:texts|messages|sms)\b"
    r"|\btake me off\b|\bremove (?:me|my number)\b"
)


def clean(text: str) -> str:
    """The text without control characters (newline and tab stay), broken surrogates and outer space."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def mask_numbers(text: str) -> str:
    """The text with card and identity numbers taken out; telephone numbers and prices stay."""
    text = _LONG_NUMBER.sub(lambda found: MASK if _is_card_number(found[0]) else found[0], text)
    text = _SAID_IDENTITY.sub(lambda found: found[1] + MASK, text)
    return _IDENTITY_NUMBER.sub(MASK, text)


def said(text: str) -> str:
    """A caller's words as they may be stored; raises ValidationError when nothing or too much is left."""
    text = mask_numbers(clean(text))
    if not text:
        raise ValidationError("Say something first.", code="empty")
    if len(text) > TURN_LIMIT:
        raise ValidationError(f"That is too long: {len(text):,} characters, {TURN_LIMIT:,} may be said at once.")
    return text


def wants_no_texts(text: str) -> bool:
    """Whether somebody opts out of texts, in whatever words."""
    return bool(_OPTING_OUT.search(text.replace("’", "'")))


def _is_card_number(text: str) -> bool:
    """The check digit of ISO/IEC 7812 (Luhn), which all payment cards carry."""
    digits = [int(c) for c in text if c.isdecimal()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
