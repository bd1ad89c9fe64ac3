"""Whom somebody in danger is told to call, in the country of the salon."""

from django.conf import settings

from supervision.screening.emergencies import Emergency

NUMBERS = {"US": "911", "CA": "911", "MX": "911", "GB": "999", "AU": "000", "NZ": "111"}  # elsewhere 112
LIFELINES = {"US": "988", "CA": "988"}  # for who may do himself harm


def number_for(region: str) -> str:
    return settings.EMERGENCY_NUMBER or NUMBERS.get(region, "112")


def lifeline_for(region: str, emergency: Emergency) -> str:
    """Whom else to call or text; "" where there is nobody, or no need."""
    return LIFELINES.get(region, "") if emergency.is_crisis else ""
