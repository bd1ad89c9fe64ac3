"""What Twilio tells: texts that came in, and what became of those that were sent. Polling is the net under it."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from supervision import inbound, reports
from supervision.models import Message

FORM = "application/x-www-form-urlencoded"
LONGEST_BODY = 64_000  # bytes: ten segments of emoji, each of them twelve bytes, and ten pictures' addresses
FORGED, TAKEN = 403, 204
ID = re.compile(r"[A-Za-z0-9]{2,64}")
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'  # ours leave by the outbox


@csrf_exempt
@require_POST
def receive_text(request: HttpRequest) -> HttpResponse:
    """Somebody texted our number. 403 for what Twilio has not signed; told again, it changes nothing."""
    told = _signed(request)
    if told is None:
        return HttpResponse(status=FORGED)
    if ID.fullmatch(told.get("MessageSid", "")):
        inbound.take(told["MessageSid"], told.get("From", ""), told.get("To", ""), told.get("Body", ""))
    return HttpResponse(NO_REPLY, content_type="text/xml")


@csrf_exempt
@require_POST
def receive_status(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of our message `pk`. 403 for what Twilio has not signed; what comes late or twice changes nothing."""
    told = _signed(request)
    if told is None:
        return HttpResponse(status=FORGED)
    _note(pk, told)
    return HttpResponse(status=TAKEN)


@csrf_exempt
@require_POST
def receive_any_status(request: HttpRequest) -> HttpResponse:
    """As `receive_status`, where Twilio was told the address by the messaging service and not by the text."""
    told = _signed(request)
    if told is None:
        return HttpResponse(status=FORGED)
    if ID.fullmatch(told.get("MessageSid", "")):
        for pk in Message.objects.filter(provider_id=told["MessageSid"]).values_list("pk", flat=True):
            _note(pk, told)
    return HttpResponse(status=TAKEN)


def _note(pk: int, told: QueryDict) -> None:
    sid, code = told.get("MessageSid", ""), told.get("ErrorCode", "")
    if ID.fullmatch(sid):
        code = code if code.isascii() and code.isdigit() else ""
        reports.note(pk, provider_id=sid, status=told.get("MessageStatus", ""), error_code=code)


def _signed(request: HttpRequest) -> QueryDict | None:
    """The form, or None: unsigned, signed for another address or by another account, changed, or too large.

    The address is the one that Twilio was given. What a proxy or a stranger says of the host is no part of it.
    """
    try:
        if request.content_type != FORM or not 0 < int(request.META.get("CONTENT_LENGTH") or 0) <= LONGEST_BODY:
            return None
        form, signature = request.POST, request.headers.get("X-Twilio-Signature", "")
        address = settings.PUBLIC_URL + request.path
        is_ours = any(_is_valid(token, address, form, signature) for token in _tokens())
    except Exception:  # whatever a stranger sends, and whatever Django and the library make of it
        return None
    return form if is_ours else None


def _tokens() -> list[str]:
    """While the token is changed at Twilio, what was signed with the old one still counts."""
    return [token for token in (settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_OLD) if token]


def _is_valid(token: str, address: str, form: QueryDict, signature: str) -> bool:
    from twilio.request_validator import RequestValidator  # here: most web processes never need it

    return RequestValidator(token).validate(address, form, signature)
