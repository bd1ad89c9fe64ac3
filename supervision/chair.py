"""Supervisors' texts into lifecycle's verbs: from the chair, with wet hands, by the same rules as at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from supervision import duty, lifecycle, live, messages, notes, recipients, replies, sent_to
from supervision.models import Caller, HelpRequest, InboundText, Message, Supervisor
from supervision.screening import texted
from supervision.shorthand import Shorthand, Verb
from supervision.shorthand import read as read_shorthand
from supervision.templatetags.desk import person

Meaning = InboundText.Meaning
Purpose = Message.Purpose
Result = tuple[str, HelpRequest | None]  # what the text meant, and what it was about
WRONG_IN_A_ROW = 5  # then nothing from this number counts for a while
SHUT_FOR = timedelta(hours=1)
SNOOZE = timedelta(minutes=30)
REPLIES_PER_HOUR = 20  # besides those to answers: a forged number must not flood the real one
LISTED = 4  # questions in one text
SOON = timedelta(minutes=1)
LONGEST_REASON = 300  # characters; the words it repeats may be somebody else's


@dataclass(frozen=True)
class Heard:
    """One text of a supervisor, as it was understood."""

    supervisor: Supervisor
    text: InboundText
    meant: Shorthand
    at: datetime

    def reply(
        self, template: str, /, *, about: HelpRequest | None = None, names: Sequence[HelpRequest] = (), **context
    ) -> None:
        """One text back to the number on record, whoever has sent this one; `names`: what it tells him of anew."""
        if about:
            context |= {"name": notes.called(about, self.supervisor), "reference": about.reference}
        messages.queue_apart(
            subject=f"text:{self.text.pk}",
            recipient=self.supervisor.phone,
            purpose=Purpose.CONFIRMATION,
            text=notes.render(template, **context),
            supervisor=self.supervisor,
            about=about,
            names=names,
            inbound=self.text,
            at=self.at,
        )

    def hint(self, template: str, /, **context) -> None:
        """A reply that can be missed, and is left out where there have been many."""
        replied = Message.objects.filter(supervisor=self.supervisor, inbound__isnull=False)
        lately = replied.filter(created_at__gt=self.at - timedelta(hours=1)).exclude(inbound__meaning=Meaning.ANSWER)
        if lately.count() < REPLIES_PER_HOUR:
            self.reply(template, **context)


def read(text: InboundText, *, at: datetime | None = None) -> None:
    """Do what a supervisor's text says, once, and tell him what was done; hand on what he writes as a caller.

    His row is locked first, so that his texts are read one after the other.
    """
    at = at or timezone.now()
    with transaction.atomic():
        supervisors = Supervisor.objects.select_for_update(no_key=True, of=("self",)).select_related("user")
        supervisor = supervisors.filter(phone=text.sender).first()
        heard = supervisor and Heard(supervisor, text, _understand(supervisor, text.text), at)
        if heard is None or _is_a_callers(heard):
            return replies.read(text)
        if not InboundText.objects.filter(pk=text.pk, read_at=None).update(read_at=at, supervisor=supervisor):
            return None
        meaning, about = _obey(heard)
        InboundText.objects.filter(pk=text.pk).update(meaning=meaning, help_request=about)
    return None


def _understand(supervisor: Supervisor, words: str) -> Shorthand:
    """After STOP, the provider takes YES for START too; else it is an ordinary answer."""
    starts_again = supervisor.stopped_at and words.strip().upper() == texted.STARTS_AGAIN
    return Shorthand(Verb.START) if starts_again else read_shorthand(words, supervisor.code)


def _is_a_callers(heard: Heard) -> bool:
    """Whoever is asked nothing at the moment is a caller like any other; so is who no longer works here."""
    chats = heard.meant.verb in (Verb.ANSWER, Verb.NOT_FOR_CALLERS) and not heard.meant.reference
    if not chats or not duty.may_answer(heard.supervisor):
        return chats
    whose = heard.supervisor, heard.text
    return not (sent_to.waiting(*whose) or sent_to.lately_closed(*whose))


def _obey(heard: Heard) -> Result:
    if heard.meant.verb in _KEYWORDS:
        return _obey_keyword(heard)
    if heard.supervisor.shut_until and heard.supervisor.shut_until > heard.at:
        return Meaning.IGNORED, None
    if not duty.may_answer(heard.supervisor):
        heard.hint("no_access")
        return Meaning.IGNORED, None
    if heard.meant.reference:
        help_request = sent_to.named(heard.meant.reference, heard.at)
        return _right(heard, help_request) if help_request else _wrong(heard)
    if heard.meant.verb in _WITHOUT_A_REQUEST:
        return _WITHOUT_A_REQUEST[heard.meant.verb](heard)
    return _only_one(heard)


def _right(heard: Heard, help_request: HelpRequest) -> Result:
    Supervisor.objects.filter(pk=heard.supervisor.pk).update(wrong_answers=0)
    return _ABOUT_A_REQUEST[heard.meant.verb](heard, help_request)


def _wrong(heard: Heard) -> Result:
    """A wrong or missing code, or a name for nothing: never an answer, and after some of them nothing is."""
    wrong, me = heard.supervisor.wrong_answers + 1, Supervisor.objects.filter(pk=heard.supervisor.pk)
    if wrong < WRONG_IN_A_ROW:
        me.update(wrong_answers=wrong)
        heard.hint("wrong", **_waiting(heard))
        return Meaning.WRONG, None
    until = heard.at + SHUT_FOR
    me.update(wrong_answers=0, shut_until=until)
    heard.reply("shut", until=notes.clock(until, heard.at))
    live.emit(
        live.DESK, "door_shut", reason="five texts in a row with a wrong code", supervisor=str(heard.supervisor.pk)
    )
    return Meaning.WRONG, None


def _only_one(heard: Heard) -> Result:
    """Without a name it counts only where it can mean one thing."""
    waiting, gone = sent_to.waiting(heard.supervisor, heard.text), sent_to.just_closed(heard.supervisor, heard.text)
    if len(waiting) == 1 and not gone:
        return _right(heard, waiting[0])
    if waiting:
        heard.hint("which", gone=[_how_it_ended(one, heard) for one in gone[:1]], **_listed(heard, waiting))
        return Meaning.IGNORED, None
    if gone := sent_to.lately_closed(heard.supervisor, heard.text):
        return _too_late(heard, gone[0])
    heard.hint("nothing_waits")
    return Meaning.IGNORED, None


def _answer(heard: Heard, help_request: HelpRequest, *, teach: bool = True) -> Result:
    valid_from = heard.at + settings.UNDO_BY_TEXT if teach else None
    try:
        resolved = lifecycle.resolve(
            help_request,
            answer=heard.meant.words,
            by=heard.supervisor.user,
            teach=teach,
            valid_from=valid_from,
            at=heard.at,
        )
    except lifecycle.AlreadyClosed as closed:
        return _too_late(heard, closed.help_request)
    except ValidationError as error:
        heard.hint("refused", about=help_request, why=notes.quoted(" ".join(error.messages), LONGEST_REASON))
        return Meaning.IGNORED, help_request
    until = notes.clock(heard.at + settings.UNDO_BY_TEXT, heard.at)
    heard.reply("answered", about=resolved, teach=teach, until=until, **_where_it_goes(resolved, heard.at))
    return Meaning.ANSWER, resolved


def _answer_this_caller_only(heard: Heard, help_request: HelpRequest) -> Result:
    return _answer(heard, help_request, teach=False)


def _too_late(heard: Heard, help_request: HelpRequest) -> Result:
    """The loser of a race: who was faster, and that his words went to nobody."""
    tell = heard.reply if heard.meant.reference else heard.hint
    tell("too_late", about=help_request, **_how_it_ended(help_request, heard))
    return Meaning.IGNORED, help_request


def _take(heard: Heard, help_request: HelpRequest) -> Result:
    try:
        claimed = lifecycle.claim(help_request, by=heard.supervisor.user, at=heard.at)
    except lifecycle.AlreadyClosed as closed:
        return _too_late(heard, closed.help_request)
    is_mine = claimed.claimed_by_id == heard.supervisor.user_id
    until = notes.clock(claimed.claimed_until, heard.at)
    heard.hint("taken", about=claimed, mine=is_mine, by=person(claimed.claimed_by), until=until)
    return Meaning.COMMAND, claimed


def _later(heard: Heard, help_request: HelpRequest) -> Result:
    try:
        snoozed = lifecycle.snooze(help_request, by=heard.supervisor.user, length=SNOOZE, at=heard.at)
    except lifecycle.AlreadyClosed as closed:
        return _too_late(heard, closed.help_request)
    until, promised_by = notes.clock(snoozed.snoozed_until, heard.at), notes.clock(snoozed.promised_by, heard.at)
    heard.hint("later", about=snoozed, until=until, promised_by=promised_by)
    return Meaning.COMMAND, snoozed


def _unclear(heard: Heard, help_request: HelpRequest | None = None) -> Result:
    heard.hint("unclear", **_waiting(heard))
    return Meaning.IGNORED, help_request


def _undo(heard: Heard, help_request: HelpRequest | None = None) -> Result:
    """Take back the last answer that came by text, or the one that is named."""
    since = heard.text.received_at - settings.UNDO_BY_TEXT
    answers = InboundText.objects.filter(supervisor=heard.supervisor, meaning=Meaning.ANSWER, read_at__gte=since)
    if help_request:
        answers = answers.filter(help_request=help_request)
    last = answers.order_by("-read_at", "-pk").select_related("help_request").first()
    if last is None:
        heard.hint("nothing_to_undo")
        return Meaning.COMMAND, help_request
    return _take_back(heard, last)


def _take_back(heard: Heard, answer: InboundText) -> Result:
    help_request, by = answer.help_request, heard.supervisor.user
    if help_request.responded_at != answer.read_at:  # undone before, or corrected at the desk
        heard.hint("undone_before", about=help_request, open=help_request.is_answerable)
        return Meaning.COMMAND, help_request
    try:
        try:
            opened, had_left = lifecycle.undo(help_request, by=by, at=heard.at), False
        except lifecycle.TooLate:
            opened, had_left = lifecycle.take_back(help_request, by=by, at=heard.at), True
    except (lifecycle.AlreadyClosed, ValidationError) as error:
        why = " ".join(getattr(error, "messages", [])) or "It is open again already."
        heard.hint("refused", about=help_request, why=why)
        return Meaning.COMMAND, help_request
    reached = opened.messages.filter(round=opened.round, purpose=Purpose.DISREGARD).exclude(recipient="")
    heard.reply("undone", about=opened, had_left=had_left, number=notes.ending(opened.customer_phone), told=reached)
    return Meaning.COMMAND, opened


def _go_on_duty(heard: Heard) -> Result:
    duty.switch(heard.supervisor, on=True)
    listed = _pending()
    heard.hint("on", names=listed[:LISTED], **_listed(heard, listed))
    return Meaning.COMMAND, None


def _go_off_duty(heard: Heard) -> Result:
    duty.switch(heard.supervisor, on=False)
    heard.hint("off", nobody=not Supervisor.objects.on_duty().exists())
    return Meaning.COMMAND, None


def _explain(heard: Heard) -> Result:
    heard.hint("how", **_waiting(heard))
    return Meaning.HELP, None


def _not_for_callers(heard: Heard) -> Result:
    heard.hint("not_for_callers", words=notes.quoted(heard.meant.words, 40), **_waiting(heard))
    return Meaning.IGNORED, None


def _obey_keyword(heard: Heard) -> Result:
    """The provider has answered already, and blocks this number's texts, or lets them through again."""
    if heard.meant.verb != Verb.HELP:
        stopped = heard.meant.verb == Verb.STOP
        duty.note_stop(heard.supervisor, stopped=stopped, at=heard.at)
        for caller in Caller.objects.filter(phone=heard.supervisor.phone):
            _obey_as_caller(caller, heard.text.text, stopped=stopped, at=heard.at)
    return _KEYWORDS[heard.meant.verb], None


def _obey_as_caller(caller: Caller, words: str, *, stopped: bool, at: datetime) -> None:
    """The same telephone: what the provider blocks, it blocks for the caller that a supervisor also is."""
    if stopped:
        recipients.block(caller, at=at)
    elif caller.provider_blocks_since:
        Caller.objects.filter(pk=caller.pk).update(provider_blocks_since=None)
        recipients.opt_in(caller, words=words, at=at)


_KEYWORDS = {Verb.STOP: Meaning.STOP, Verb.START: Meaning.START, Verb.HELP: Meaning.HELP}
_ABOUT_A_REQUEST = {
    Verb.ANSWER: _answer,
    Verb.PRIVATE: _answer_this_caller_only,
    Verb.TAKE: _take,
    Verb.LATER: _later,
    Verb.UNDO: _undo,
    Verb.UNCLEAR: _unclear,
}
_WITHOUT_A_REQUEST = {
    Verb.ON: _go_on_duty,
    Verb.OFF: _go_off_duty,
    Verb.HOW: _explain,
    Verb.NOT_FOR_CALLERS: _not_for_callers,
    Verb.WRONG: _wrong,
    Verb.UNDO: _undo,
    Verb.UNCLEAR: _unclear,
}


def _pending() -> list[HelpRequest]:
    return list(HelpRequest.objects.pending().filter(practice=False).by_promise()[: LISTED + 1])


def _waiting(heard: Heard) -> dict:
    return _listed(heard, sent_to.waiting(heard.supervisor, heard.text))


def _listed(heard: Heard, requests: list[HelpRequest]) -> dict:
    waiting = [
        {"name": notes.called(one, heard.supervisor), "question": notes.quoted(one.question, 40)} for one in requests
    ]
    return {"waiting": waiting[:LISTED], "more": len(waiting) > LISTED}


def _how_it_ended(help_request: HelpRequest, heard: Heard) -> dict:
    return {
        "reference": help_request.reference,
        "by": person(help_request.responded_by) if help_request.responded_by else "",
        "you": help_request.responded_by_id == heard.supervisor.user_id,
        "when": notes.clock(help_request.responded_at, heard.at),
        "how": help_request.get_closed_because_display(),
        "answer": notes.quoted(help_request.supervisor_response),
    }


def _where_it_goes(help_request: HelpRequest, at: datetime) -> dict:
    """Exactly what is sent, and to whom."""
    answers = help_request.messages.filter(round=help_request.round, purpose__in=Message.ANSWERS)
    message = answers.order_by("-id").first()
    nobody = message is None or message.cancelled_because == Message.CancelledBecause.UNREACHABLE
    return {
        "answer": help_request.supervisor_response,
        "on_the_line": message is not None and message.state == Message.State.HELD,
        "number": "" if nobody else notes.ending(message.recipient),
        "at": notes.clock(message.release_at, at) if message and message.release_at > at + SOON else "",
    }
