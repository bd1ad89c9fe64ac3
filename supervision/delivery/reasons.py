"""Twilio's error codes, in words for supervisors: https://www.twilio.com/docs/api/errors."""

REASONS = {
    "21211": "this is not a telephone number",
    "21408": "texts to this country are not enabled at the provider",
    "21608": "a trial account may text verified numbers only",
    "21610": "this number has opted out of texts",
    "21612": "this number cannot be reached from ours",
    "21614": "this number is not a mobile",
    "21617": "the text is too long",
    "30002": "the provider has suspended the account",
    "30003": "the telephone could not be reached; it may be switched off",
    "30004": "the carrier or the recipient blocks our texts",
    "30005": "nobody has this number, or it is out of service",
    "30006": "this number is a landline, or its carrier takes no texts",
    "30007": "the carrier took the text for spam",
    "30008": "the carrier does not say why",
    "30022": "too many texts were sent from our number",
    "30032": "our toll-free number is not verified for texts",
    "30034": "our number is not registered for texts in the United States",
    "30410": "the carrier did not answer in time",
}
NO_TEXTS = "21610"  # the provider itself refuses from now on, until the owner texts START
NOT_TO_THIS_NUMBER = ("21211", "21612", "21614", "30003", "30005", "30006")  # another text would not arrive either
OUR_SENDER = ("21408", "21608", "30002", "30007", "30022", "30032", "30034")  # whoever gets it: ours to mend


def words(code: str, otherwise: str) -> str:
    """Why, for people, with the provider's code, which can be looked up; `otherwise` where the code says nothing."""
    why = REASONS.get(code, otherwise)
    return f"{why} ({code})" if code else why
