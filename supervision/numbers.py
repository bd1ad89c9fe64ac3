"""Telephone numbers as they are typed or said, and which of them may be texted."""

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from phonenumbers import PhoneNumberType

from knowledge.models import Salon

CAN_BE_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
NOT_THIS_ONE = "We can't send texts to that number. Is there another?"  # why may be its owner's affair
LONGEST = 40  # characters, with all the blanks and brackets that people type


def e164(text: str) -> str:
    """A number that can be texted, as +14155552671; raises ValidationError with words for people."""
    number = _parse(text)
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValidationError("This is not a telephone number. Please check the digits.", code="not_a_number")
    if phonenumbers.region_code_for_number(number) not in settings.SALON_COUNTRIES:
        raise ValidationError("We cannot send texts to numbers of that country.", code="country")
    if phonenumbers.number_type(number) not in CAN_BE_MOBILE:
        raise ValidationError(NOT_THIS_ONE, code="not_mobile")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parse(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text[: LONGEST + 1], Salon.objects.current().region) if len(text) <= LONGEST else None
    except phonenumbers.NumberParseException:
        return None
