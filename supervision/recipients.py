"""Which numbers the answers of a call may be texted to: given by callers, and taken back."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from supervision import messages, numbers, screening
from supervision.asking import tell
from supervision.models import Call, Caller, Consent, HelpRequest, Message, Promise


def give_number(
    help_request: HelpRequest, phone: str, *, words: str, call: Call, at: datetime | None = None
) -> HelpRequest:
    """A number for the answer, with the words of the yes to a text; it serves what this call still waits for.

    It is a recipient only: who calls stays unknown. Raises ValidationError with words for people when the number
    cannot be texted; they do not tell why, since it may be anybody's.
    """
    at = at or timezone.now()
    phone = numbers.e164(phone)
    with transaction.atomic():
        call = Call.objects.select_related("caller").get(pk=call.pk)
        note_number(phone, call, words=words, at=at)
        given = [_give(pk, phone, at=at) for pk in sorted({help_request.pk, *_still_waited_for(call)})]
        for request, told in given:
            messages.announce(told, at=at)
            tell(request, "number_given")
    return next(request for request, _ in given if request.pk == help_request.pk)


def note_number(phone: str, call: Call, *, words: str, at: datetime) -> None:
    """A yes to texts at this number, in these words. Raises ValidationError where it may not be given."""
    _check(phone, call, at=at)
    caller, _ = Caller.objects.get_or_create(phone=phone, defaults={"created_at": at})
    caller.consents.create(call=call, words=screening.said(words)[:500], given_at=at)


def promise_call_back(help_request: HelpRequest) -> HelpRequest:
    """Somebody will call the caller's own number; without effect where it is unknown, or where a text will come."""
    with transaction.atomic():
        help_request = HelpRequest.objects.select_related("caller").get(pk=help_request.pk)
        open_promise = help_request.promises.open().filter(round=help_request.round, kind=Promise.Kind.NONE)
        if help_request.caller and help_request.caller.phone and open_promise.update(kind=Promise.Kind.CALL_BACK):
            tell(help_request, "call_back_promised")
    return HelpRequest.objects.get(pk=help_request.pk)


def opt_out(caller: Caller, *, at: datetime | None = None) -> None:
    """No more texts to this number, from now on and whatever is queued; answers may still be said in a call."""
    at = at or timezone.now()
    with transaction.atomic():
        Caller.objects.filter(pk=caller.pk, opted_out_at=None).update(opted_out_at=at)
        caller.consents.filter(withdrawn_at=None).update(withdrawn_at=at)
        stopped = messages.stop_texts(caller.phone, at=at) if caller.phone else []
        texts_promised = Promise.objects.open().filter(help_request__customer_phone=caller.phone)
        texts_promised.filter(kind=Promise.Kind.TEXT).update(kind=Promise.Kind.NONE)
        messages.announce(stopped, at=at)


def block(caller: Caller, *, at: datetime | None = None) -> None:
    """As `opt_out`, by the provider's own keyword: it refuses our texts, and only its START from there lifts that."""
    at = at or timezone.now()
    with transaction.atomic():
        Caller.objects.filter(pk=caller.pk, provider_blocks_since=None).update(provider_blocks_since=at)
        opt_out(caller, at=at)


def opt_in(caller: Caller, *, words: str, at: datetime | None = None) -> None:
    """Texts again, by the owner's own words; what the provider blocks stays blocked. Announces nothing: none waits."""
    at = at or timezone.now()
    with transaction.atomic():
        Caller.objects.filter(pk=caller.pk).update(opted_out_at=None)
        agree_by_text(caller, words=words, at=at)


def agree_by_text(caller: Caller, *, words: str, at: datetime) -> None:
    """Who texts us agrees to get an answer by text."""
    if not caller.consents.filter(withdrawn_at=None).exists():
        caller.consents.create(words=f"texted us: “{words}”"[:500], given_at=at)


def opt_out_of(call: Call, *, at: datetime | None = None) -> int:
    """As `opt_out` for whoever calls, and for every number that was given in this call; returns how many."""
    at = at or timezone.now()
    with transaction.atomic():
        call = Call.objects.get(pk=call.pk)
        concerned = Caller.objects.filter(Q(pk=call.caller_id) | Q(consents__call=call)).distinct().order_by("pk")
        callers = list(concerned)
        for caller in callers:
            opt_out(caller, at=at)
    return len(callers)


def _check(phone: str, call: Call, *, at: datetime) -> None:
    """One other number than the caller's in each call, a few in a day, and none whose owner wants or gets no texts."""
    others = Consent.objects.filter(call=call).exclude(caller=call.caller_id).exclude(caller__phone=phone)
    is_own = call.caller is not None and call.caller.phone == phone
    refused = not is_own and (others.exists() or _is_given_too_often(phone, call, at=at))
    if refused or Caller.objects.not_to_be_texted().filter(phone=phone).exists():
        raise ValidationError(numbers.NOT_THIS_ONE, code="not_this_one")


def _is_given_too_often(phone: str, call: Call, *, at: datetime) -> bool:
    """By this caller, whatever numbers, or this number, by whomever; who practises may."""
    if call.is_practice:
        return False
    this_one, by_caller = Q(caller__phone=phone), Q(call__caller=call.caller_id, call__caller__isnull=False)
    given = Consent.objects.filter(this_one | by_caller, given_at__gt=at - timedelta(days=1), call__isnull=False)
    not_own = given.exclude(call=call).exclude(call__caller=F("caller")).values("call").distinct()
    return not_own.count() >= settings.NUMBERS_GIVEN_PER_DAY


def _still_waited_for(call: Call) -> list:
    """What was asked in this call and may be texted too: not what a number was refused for."""
    same_call = HelpRequest.objects.answerable().filter(call=call, customer_phone="")
    unheard = same_call.filter(promises__round=F("round"), promises__state=Promise.State.MADE)
    return list(unheard.values_list("pk", flat=True))


def _give(pk, phone: str, *, at: datetime) -> tuple[HelpRequest, list[Message]]:
    help_request = HelpRequest.objects.select_for_update().get(pk=pk)
    HelpRequest.objects.filter(pk=pk).update(customer_phone=phone)
    help_request.refresh_from_db()
    help_request.promises.open().update(kind=Promise.Kind.TEXT)
    return help_request, messages.give_recipient(help_request, phone, at=at)
