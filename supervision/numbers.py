"""Telephone numbers as they are typed or said, and which of them may be texted."""

import re

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from phonenumbers import PhoneNumberType, ValidationResult

from knowledge.models import Salon

CAN_BE_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
NOT_THIS_ONE = "We can't send texts to that number. Is there another?"  # why may be its owner's affair
TOO_SHORT = (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
FEWEST_TO_PARSE = 3  # digits; of fewer nothing can be made
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


def texted_from(sender: str) -> str:
    """The number behind a text that came in, if it is one of our countries; "" for short codes, names and others.

    Of what kind it is does not matter: it can text.
    """
    number = _parse(sender) if sender.startswith("+") else None
    if number is None or not phonenumbers.is_valid_number(number):
        return ""
    if phonenumbers.region_code_for_number(number) not in settings.SALON_COUNTRIES:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_unfinished(text: str) -> bool:
    """Whether more digits could still make it a number of the salon's country."""
    number = _parse(text)
    if number is None:
        return 0 < sum(letter.isdigit() for letter in text) < FEWEST_TO_PARSE
    return phonenumbers.is_possible_number_with_reason(number) in TOO_SHORT


def groups(phone: str) -> list[str]:
    """The digits as people say them, in groups: `["4 1 5", "5 5 5", "2 6 7 1"]`; abroad the country comes first."""
    number = phonenumbers.parse(phone)
    at_home = phonenumbers.region_code_for_number(number) == Salon.objects.current().region
    style = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    found = re.findall(r"\+?\d+", phonenumbers.format_number(number, style))
    return [" ".join(group).replace("+ ", "plus ") for group in found]


def national(phone: str) -> str:
    """The digits as they are dialled: in the country of the salon, or with the country before them."""
    number = phonenumbers.parse(phone)
    if phonenumbers.region_code_for_number(number) != Salon.objects.current().region:
        return phone
    return re.sub(r"\D", "", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def _parse(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text[: LONGEST + 1], Salon.objects.current().region) if len(text) <= LONGEST else None
    except phonenumbers.NumberParseException:
        return None
