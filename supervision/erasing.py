"""Erases what a caller has left: number, name, words, recordings. What stays for the books stays without the person."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from knowledge.models import LearnedAnswer
from supervision import calls, lifecycle, live
from supervision.models import (
    Attempt,
    Call,
    Caller,
    Consent,
    Event,
    HelpRequest,
    InboundText,
    Message,
    Promise,
    Utterance,
)
from supervision.models.caller import ERASED

UNDER_WAY = (Message.State.SENDING, Message.State.UNKNOWN, Message.State.SPEAKING)
ON_THE_LINE = "This caller is in a call now. Erase when it has ended."
LEAVING = "A text to this caller is just leaving. Try again in a few minutes."


@dataclass(frozen=True)
class Traces:
    """The rows in which a caller is; those of a number that he gave for his answers, too, where nobody else has it."""

    caller: Caller

    @property
    def calls(self) -> QuerySet[Call]:
        return Call.objects.filter(caller=self.caller)

    @property
    def people(self) -> list[int]:
        given = Caller.objects.filter(consents__call__in=self.calls).exclude(pk=self.caller.pk)
        elsewhere = Consent.objects.filter(caller=OuterRef("pk")).exclude(call__in=self.calls)
        known = [Exists(model.objects.filter(caller=OuterRef("pk"))) for model in (Call, HelpRequest, InboundText)]
        alone = given.exclude(Exists(elsewhere))
        for one in known:
            alone = alone.exclude(one)
        return [self.caller.pk, *alone.values_list("pk", flat=True)]

    @property
    def phones(self) -> list[str]:
        return list(Caller.objects.filter(pk__in=self.people, phone__isnull=False).values_list("phone", flat=True))

    @property
    def help_requests(self) -> QuerySet[HelpRequest]:
        return HelpRequest.objects.filter(Q(caller=self.caller) | Q(call__in=self.calls))

    @property
    def texts_in(self) -> QuerySet[InboundText]:
        return InboundText.objects.filter(Q(caller=self.caller) | Q(sender__in=self.phones, supervisor=None))

    @property
    def messages(self) -> QuerySet[Message]:
        """To this caller, or in answer to him; and supervisors' texts that quote him."""
        to_him = Q(recipient__in=self.phones, supervisor=None) | Q(help_request__in=self.help_requests)
        to_him |= Q(call__in=self.calls) | Q(inbound__in=self.texts_in)
        about = Q(about__in=self.help_requests) | Q(names__in=self.help_requests)
        return Message.objects.filter(pk__in=Message.objects.filter(to_him | about).values("pk"))

    @property
    def utterances(self) -> QuerySet[Utterance]:
        return Utterance.objects.filter(call__in=self.calls)

    @property
    def learned_answers(self) -> QuerySet[LearnedAnswer]:
        return LearnedAnswer.objects.filter(pk__in=self.help_requests.values("learned_answer"), active=True)

    @property
    def open_promises(self) -> QuerySet[Promise]:
        return Promise.objects.open().filter(help_request__in=self.help_requests)


def summary(caller: Caller) -> dict:
    """How much there is of each kind, for the page that asks whether to go on."""
    traces = Traces(caller)
    to_the_caller = traces.messages.filter(supervisor=None)
    return {
        "calls": traces.calls.count(),
        "lines": traces.utterances.count(),
        "recordings": traces.calls.exclude(recording="").count(),
        "help_requests": traces.help_requests.count(),
        "texts_out": to_the_caller.count(),
        "texts_in": traces.texts_in.count(),
        "other_numbers": len(traces.people) - 1,
        "waiting": to_the_caller.waiting().count(),
        "pending": traces.help_requests.pending().count(),
        "promises": traces.open_promises.count(),
        "learned_answers": list(traces.learned_answers[:20]),
        "nothing": not caller.phone and not caller.name and not traces.calls.exists(),
        "refusal": why_not(traces),
    }


def why_not(traces: Traces) -> str:
    """Why it cannot be done at this moment, in words for people; "" where it can."""
    if traces.calls.open().exclude(channel=Call.Channel.TEXT).exists():
        return ON_THE_LINE
    return LEAVING if traces.messages.filter(supervisor=None, state__in=UNDER_WAY).exists() else ""


def erase(caller: Caller, *, by: AbstractBaseUser, at: datetime | None = None) -> None:
    """In one transaction; raises ValidationError, with words for people, while a call or a text is under way.

    1. what waits to be sent is stopped, and open promises end as withdrawn;
    2. words, numbers and names are replaced; ids, times, states and counts stay, and so does what she has learned;
    3. pending help requests are closed, without a text.

    Rows of requests come first, then messages, then events, as everywhere; recordings are deleted after the commit.
    """
    at = at or timezone.now()
    with transaction.atomic():
        caller = Caller.objects.select_for_update().get(pk=caller.pk)
        traces = Traces(caller)
        requests = list(traces.help_requests.order_by("pk").select_for_update(of=("self",)))
        if reason := why_not(traces):
            raise ValidationError(reason)
        recordings = list(traces.calls.exclude(recording="").values_list("recording", flat=True))
        talks = list(traces.calls.values_list("pk", flat=True))
        texting = list(traces.calls.open())
        _stop(traces, at)
        _empty(traces)
        for one in requests:
            _empty_request(one)
        for call in texting:
            calls.close_call(call, at=at)
        for one in requests:
            if one.status == HelpRequest.Status.PENDING:
                lifecycle.leave_unresolved(one, because=HelpRequest.ClosedBecause.WITHDRAWN, by=by, at=at)
        Event.objects.filter(topic__in=[f"call:{pk}" for pk in talks]).delete()  # they hold the words as they grew
        live.emit(live.DESK, "erased", caller=str(caller.pk), by=str(by.pk))
        transaction.on_commit(lambda: _delete(recordings), robust=True)


def _stop(traces: Traces, at: datetime) -> None:
    values = {"cancelled_because": Message.CancelledBecause.ERASED, "settled_at": at, "lease_until": None}
    traces.messages.waiting().update(state=Message.State.CANCELLED, **values)
    traces.open_promises.update(state=Promise.State.WITHDRAWN, settled_at=at)


def _empty(traces: Traces) -> None:
    """What is found by a number comes before the number itself."""
    people, messages = traces.people, list(traces.messages.values_list("pk", "supervisor"))
    texts_in = list(traces.texts_in.values_list("pk", flat=True))
    Attempt.objects.filter(message__in=[pk for pk, _ in messages]).update(detail="")
    for pk, supervisor in messages:
        values = {"text": ERASED, "tells": "", "error": "", "key": f"{ERASED}:{pk}"}
        Message.objects.filter(pk=pk).update(**values, **({} if supervisor else {"recipient": ERASED}))
    InboundText.objects.filter(pk__in=texts_in).update(text=ERASED, sender=ERASED, recipient="")
    traces.utterances.update(text=ERASED, asks={})
    Consent.objects.filter(Q(caller__in=people) | Q(call__in=traces.calls)).update(words=ERASED)
    traces.calls.update(recording="")
    Caller.objects.filter(pk__in=people).update(phone=None, name="", unreachable_because="")


def _empty_request(one: HelpRequest) -> None:
    """An answer that everyone gets is the salon's own; one that was for this caller alone goes with him."""
    values = {"question": ERASED, "note": "", "customer_phone": "", "question_key": secrets.token_hex(32)}
    if one.supervisor_response and one.scope != HelpRequest.Scope.EVERYONE:
        values["supervisor_response"] = ERASED
    HelpRequest.objects.filter(pk=one.pk).update(**values)


def _delete(recordings: list[str]) -> None:
    for name in recordings:
        (Path(settings.RECORDINGS_DIR) / name).unlink(missing_ok=True)
