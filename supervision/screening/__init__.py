"""What is taken out of people's words before they are stored, and words that must be obeyed: pure functions."""

import unicodedata

from django.core.exceptions import ValidationError

from supervision.screening.digits import written
from supervision.screening.emergencies import Emergency, emergency_in
from supervision.screening.masking import MASK, mask_numbers, mask_together
from supervision.screening.opting_out import wants_no_texts, without_opting_out
from supervision.screening.whom_to_call import lifeline_for, number_for

__all__ = [
    "MASK", "TURN_LIMIT", "Emergency", "clean", "emergency_in", "is_invisible", "lifeline_for", "mask_numbers",
    "mask_together", "number_for", "said", "wants_no_texts", "without_opting_out", "written",
]  # fmt: skip
TURN_LIMIT = 4000  # characters
INVISIBLE = ("Cc", "Cf", "Cn", "Co", "Cs", "Mn")


def clean(text: str) -> str:
    """The text without control characters (newline and tab stay), broken surrogates and outer space."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def is_invisible(text: str) -> bool:
    """No sign in it can be seen or spoken: such an answer would be learned, said and texted as nothing."""
    return all(c.isspace() or unicodedata.category(c) in INVISIBLE for c in text)


def said(text: str) -> str:
    """A caller's words as they may be stored; raises ValidationError when nothing or too much is left."""
    text = clean(text)
    if not text:
        raise ValidationError("Say something first.", code="empty")
    if len(text) > TURN_LIMIT:
        raise ValidationError(f"That is too long: {len(text):,} characters, {TURN_LIMIT:,} may be said at once.")
    return mask_numbers(text)
