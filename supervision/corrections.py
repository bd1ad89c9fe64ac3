"""Who was told something that is no longer so, and one text to each of them, once a supervisor wants it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone

from knowledge.models import LearnedAnswer, Salon
from supervision import hours, live, messages, segments, texts
from supervision.models import Call, Caller, Citation, Correction, HelpRequest, Message, Utterance

REACH_BACK = timedelta(days=30)  # who heard it longer ago does not rely on it any more


@dataclass(frozen=True)
class Told:
    """Somebody who may be texted, and what he was told last, when."""

    phone: str
    answer: str
    at: datetime


def find(*, at: datetime | None = None) -> int:
    """Note each answer that callers got and that has changed since; returns how many are new.

    What is as it was said again needs no correction any more. Nothing is sent.
    """
    at = at or timezone.now()
    now = {learned.pk: (learned, _right(learned)) for learned in _told_otherwise(at)}
    new = 0
    with transaction.atomic():
        keys = {_key(learned, answer): (learned, answer) for learned, answer in now.values()}
        outdated = Correction.objects.open().exclude(key__in=keys)
        changed = outdated.update(settled_at=at)
        for key, (learned, answer) in keys.items():
            values = {"learned_answer": learned, "answer": answer, "found_at": at}
            if count := len(concerned(Correction(key=key, **values), at=at)):
                new += Correction.objects.get_or_create(key=key, defaults=values | {"texts": count})[1]
        if new or changed:
            live.emit(live.DESK, "corrections", reason="an answer has changed that callers have got")
    return new


def concerned(correction: Correction, *, at: datetime | None = None) -> list[Told]:
    """Those who got another answer than the right one and may be texted, each once."""
    at = at or timezone.now()
    found = [*_heard(correction, at), *_sent(correction, at)]
    return list({told.phone: told for told in sorted(found, key=lambda told: told.at)}.values())


def text_all(correction: Correction, *, by: AbstractBaseUser, at: datetime | None = None) -> int:
    """One text to each; returns how many. Whoever presses second, or has been texted by this before, texts nobody."""
    at = at or timezone.now()
    with transaction.atomic():
        if not _settle(correction, by, at=at):
            return 0
        told = concerned(correction, at=at)
        for one in told:
            messages.queue_apart(
                subject=f"correction:{correction.key}",
                recipient=one.phone,
                purpose=Message.Purpose.CORRECTION,
                text=words_for(correction, one),
                release_at=hours.after_quiet_hours(at),
                at=at,
            )
        Correction.objects.filter(pk=correction.pk).update(texts=len(told))
    return len(told)


def dismiss(correction: Correction, *, by: AbstractBaseUser, at: datetime | None = None) -> bool:
    """Nobody is texted. False when it has been decided before."""
    with transaction.atomic():
        return _settle(correction, by, at=at or timezone.now())


def words_for(correction: Correction, told: Told) -> str:
    """The whole text: what he was told, as far as there is room for it, and what is right."""
    frame = render_to_string(
        "supervision/messages/callers/correction.txt",
        {"salon": Salon.objects.current(), "old": texts.QUESTION, "answer": correction.answer and texts.ANSWER},
    )
    return texts.fitted(segments.plain(frame.strip()), texts.quoted(told.answer), correction.answer)


def _settle(correction: Correction, by: AbstractBaseUser, *, at: datetime) -> bool:
    settled = Correction.objects.open().filter(pk=correction.pk).update(settled_at=at, settled_by=by)
    if settled:
        live.emit(live.DESK, "corrections", reason="decided", by=str(by.pk))
    return bool(settled)


def _told_otherwise(at: datetime) -> list[LearnedAnswer]:
    """What was said or sent lately in other words than it has now."""
    same = {"learned_answer__active": True, "text": F("learned_answer__answer")}
    said = Citation.objects.filter(utterance__created_at__gt=at - REACH_BACK, learned_answer__isnull=False)
    answered = HelpRequest.objects.filter(responded_at__gt=at - REACH_BACK, learned_answer__isnull=False)
    as_sent = {"learned_answer__active": True, "supervisor_response": F("learned_answer__answer")}
    changed = Q(pk__in=said.exclude(**same).values("learned_answer"))
    changed |= Q(pk__in=answered.exclude(**as_sent).values("learned_answer"))
    return list(LearnedAnswer.objects.filter(changed))


def _right(learned: LearnedAnswer) -> str:
    """What is said to that question now; "" where she says nothing any more."""
    seen = set()
    while not learned.active and learned.replaced_by and learned.pk not in seen:
        seen.add(learned.pk)
        learned = learned.replaced_by
    if learned.active:
        return learned.answer
    other = LearnedAnswer.objects.valid().filter(question_key=learned.question_key).first()
    return other.answer if other else ""


def _key(learned: LearnedAnswer, answer: str) -> str:
    """Its revision will not do: that rises with every wording that is approved, too."""
    return hashlib.sha256(f"{learned.pk}:{answer}".encode()).hexdigest()


def _heard(correction: Correction, at: datetime) -> list[Told]:
    said = Citation.objects.filter(
        learned_answer=correction.learned_answer_id,
        utterance__created_at__gt=at - REACH_BACK,
        utterance__heard_at__isnull=False,
        utterance__speaker=Utterance.Speaker.RECEPTIONIST,
        utterance__call__practised_by=None,
    ).exclude(utterance__call__channel__in=Call.PRACTICE_CHANNELS)
    rows = said.exclude(text=correction.answer).select_related("utterance__call__caller")
    told = [Told(one.utterance.call.phone_to_text, one.text, one.utterance.created_at) for one in rows]
    return [one for one in told if one.phone]


def _sent(correction: Correction, at: datetime) -> list[Told]:
    asked = HelpRequest.objects.filter(learned_answer=correction.learned_answer_id, practice=False)
    asked = asked.filter(responded_at__gt=at - REACH_BACK).exclude(supervisor_response=correction.answer)
    told = []
    for one in asked.exclude(customer_phone="").select_related("caller"):
        sent = one.messages.gone().filter(purpose__in=Message.ANSWERS, recipient=one.customer_phone).last()
        if sent and _may_be_texted(one.customer_phone):
            told.append(Told(one.customer_phone, one.supervisor_response, sent.created_at))
    return told


def _may_be_texted(phone: str) -> bool:
    owner = Caller.objects.filter(phone=phone).first()
    return bool(owner and owner.may_be_texted)
