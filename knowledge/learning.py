"""The only writer of learned answers beside `undoing`; every verb is one transaction and raises the salon's revision.

Each says in the history who decided it, and why."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID, uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction

from knowledge.conflicts import conflicting
from knowledge.history import recorded
from knowledge.models import Change, LearnedAnswer, Phrasing, Salon
from knowledge.wording import clean, clean_answer, clean_question, key_of

__all__ = [
    "add_negative", "add_phrasing", "approve_phrasing", "conflicting", "correct", "doubt", "drop_phrasing", "give_way",
    "hold_until", "learn", "propose_phrasing", "retire", "strike",
]  # fmt: skip

State = Phrasing.State
Verb = Change.Verb


@transaction.atomic
def learn(
    *,
    question: str,
    answer: str,
    taught_by: AbstractBaseUser | None = None,
    origin: str = LearnedAnswer.Origin.SUPERVISOR,
    valid_from: dt.datetime | None = None,
    valid_until: dt.datetime | None = None,
    phrasings: Iterable[str] = (),
    replaces: LearnedAnswer | None = None,
    reason: str = "",
) -> LearnedAnswer:
    """Teach everyone's answer; `phrasings` are further wordings that lead to it. Before `valid_from` it is proposed.

    An active answer to the same question, and the one in `replaces`, end and point to the new one. Raises
    ValidationError with words for people when a text is empty or too long, Salon.DoesNotExist without a salon.
    """
    question, answer = clean_question(question), clean_answer(answer)
    texts = [question, *(clean_question(text) for text in phrasings)]
    revision = Salon.objects.raise_revision()
    old = [*LearnedAnswer.objects.active().asking(question), *([replaces] if replaces else [])]
    ended = LearnedAnswer.objects.active().filter(pk__in={one.pk for one in old})
    ended_ids = list(ended.values_list("pk", flat=True))
    new_id = uuid4()
    with recorded(Verb.LEARNED, by=taught_by, reason=reason) as watch:
        watch(new_id, *ended_ids)
        ended.update(active=False, revision=revision)
        learned = LearnedAnswer.objects.create(
            pk=new_id,
            question=question,
            question_key=key_of(question),
            answer=answer,
            taught_by=taught_by,
            origin=origin,
            valid_from=valid_from,
            valid_until=valid_until,
            revision=revision,
        )
        LearnedAnswer.objects.filter(pk__in=ended_ids).update(replaced_by=learned)
        once = {key_of(text): text for text in reversed(texts)}
        Phrasing.objects.bulk_create(
            Phrasing(learned_answer=learned, text=text, key=key, source=origin) for key, text in reversed(once.items())
        )
    return learned


@transaction.atomic
def correct(
    learned_answer: LearnedAnswer,
    *,
    answer: str | None = None,
    question: str | None = None,
    by: AbstractBaseUser | None = None,
    reason: str = "",
) -> LearnedAnswer:
    """Change the words of an answer where it stands; the old question stays one of its phrasings.

    Raises ValidationError as `learn` does, and when another active answer already has that question.
    """
    answer = clean_answer(learned_answer.answer if answer is None else answer)
    question = clean_question(learned_answer.question if question is None else question)
    key = key_of(question)
    if LearnedAnswer.objects.active().asking(question).exclude(pk=learned_answer.pk).exists():
        raise ValidationError("Another answer already has this question; retire one of them first.")
    revision = Salon.objects.raise_revision()
    changes = {"answer": answer, "question": question, "question_key": key, "revision": revision}
    if by is not None:
        changes["taught_by"] = by
    with recorded(Verb.CORRECTED, by=by, reason=reason) as watch:
        watch(learned_answer.pk)
        LearnedAnswer.objects.filter(pk=learned_answer.pk).update(**changes)
        _forget_vectors(learned_answer.pk)
        Phrasing.objects.update_or_create(
            learned_answer_id=learned_answer.pk,
            key=key,
            defaults={"text": question, "state": State.APPROVED},
            create_defaults={"text": question, "source": LearnedAnswer.Origin.SUPERVISOR},
        )
    learned_answer.refresh_from_db()
    _log(learned_answer, by, "Corrected.")
    return learned_answer


@transaction.atomic
def hold_until(
    learned_answer: LearnedAnswer, valid_until: dt.datetime | None, *, by: AbstractBaseUser | None = None
) -> LearnedAnswer:
    """Let an answer end at that moment, or never; what has expired and gets a later moment counts again."""
    revision = Salon.objects.raise_revision()
    with recorded(Verb.HELD, by=by) as watch:
        watch(learned_answer.pk)
        LearnedAnswer.objects.filter(pk=learned_answer.pk).update(valid_until=valid_until, revision=revision)
    learned_answer.refresh_from_db()
    _log(learned_answer, by, "Holds until changed.")
    return learned_answer


@transaction.atomic
def retire(learned_answer: LearnedAnswer, *, by: AbstractBaseUser | None = None, reason: str = "") -> LearnedAnswer:
    """Take an answer back; what it had replaced counts again, unless its question has another answer by now."""
    revision = Salon.objects.raise_revision()
    replaced = LearnedAnswer.objects.filter(replaced_by=learned_answer.pk).order_by("-learned_at")
    with recorded(Verb.RETIRED, by=by, reason=reason) as watch:
        watch(learned_answer.pk, *replaced.values_list("pk", flat=True))
        LearnedAnswer.objects.filter(pk=learned_answer.pk).update(active=False, revision=revision)
        for former in list(replaced):
            taken = LearnedAnswer.objects.active().filter(question_key=former.question_key).exists()
            if not taken:
                LearnedAnswer.objects.filter(pk=former.pk).update(active=True, replaced_by=None, revision=revision)
    learned_answer.refresh_from_db()
    _log(learned_answer, by, "Retired.")
    return learned_answer


@transaction.atomic
def give_way(other: LearnedAnswer, *, to: LearnedAnswer, by: AbstractBaseUser | None = None, reason: str = "") -> None:
    """The other ends, and `to` stands in its place; if that is retired, the other counts again."""
    revision = Salon.objects.raise_revision()
    with recorded(Verb.RETIRED, by=by, reason=reason) as watch:
        watch(other.pk)
        ended = LearnedAnswer.objects.active().filter(pk=other.pk).exclude(pk=to.pk)
        ended.update(active=False, replaced_by=to, revision=revision)


def propose_phrasing(learned_answer_id: UUID, text: str, *, source: str) -> Phrasing | None:
    """A caller's yes: changes the order at once, the verdict when approved. None when that answer is not active."""
    return _add_phrasing(learned_answer_id, text, State.PROPOSED, source)


def add_phrasing(
    learned_answer_id: UUID, text: str, *, source: str, by: AbstractBaseUser | None = None
) -> Phrasing | None:
    """A supervisor's further wording: she follows it at once. None when that answer is not active."""
    return _add_phrasing(learned_answer_id, text, State.APPROVED, source, by=by)


def add_negative(learned_answer_id: UUID, text: str, *, source: str) -> Phrasing | None:
    """A caller's no: this answer is no longer offered to questions nearer to `text` than to its own phrasings."""
    return _add_phrasing(learned_answer_id, text, State.NEGATIVE, source)


@transaction.atomic
def strike(
    learned_answer_id: UUID, text: str, *, source: str, by: AbstractBaseUser, reason: str = ""
) -> Phrasing | None:
    """A supervisor's no, which also counts against a wording that was approved. None when that answer is not active.

    Raises ValidationError for the answer's own question.
    """
    text = clean_question(text)
    if LearnedAnswer.objects.filter(pk=learned_answer_id).asking(text).exists():
        raise ValidationError("This is the answer's own question; correct the answer instead.")
    _touch(learned_answer_id)
    with recorded(Verb.STRUCK, by=by, reason=reason) as watch:
        watch(learned_answer_id)
        Phrasing.objects.filter(learned_answer=learned_answer_id, key=key_of(text)).update(state=State.NEGATIVE)
        return _written_phrasing(learned_answer_id, text, State.NEGATIVE, source)


@transaction.atomic
def doubt(learned_answer: LearnedAnswer, *, by: AbstractBaseUser, reason: str) -> None:
    """Note that somebody called the answer wrong; it stays as it is until it is corrected."""
    with recorded(Verb.DOUBTED, by=by, reason=reason) as watch:
        watch(learned_answer.pk)


@transaction.atomic
def approve_phrasing(phrasing: Phrasing, *, by: AbstractBaseUser | None = None) -> Phrasing:
    """From now on she answers this wording without asking."""
    _touch(phrasing.learned_answer_id)
    with recorded(Verb.APPROVED, by=by) as watch:
        watch(phrasing.learned_answer_id)
        Phrasing.objects.filter(pk=phrasing.pk).update(state=State.APPROVED)
    phrasing.refresh_from_db()
    _log(phrasing.learned_answer, by, f"Approved the wording “{phrasing}”.")
    return phrasing


@transaction.atomic
def drop_phrasing(phrasing: Phrasing, *, by: AbstractBaseUser | None = None) -> None:
    """Forget a wording, or a “not this”. Raises ValidationError for the answer's own question."""
    answer = phrasing.learned_answer
    if phrasing.key == answer.question_key:
        raise ValidationError("This is the answer's own question; correct the answer instead.")
    _touch(answer.pk)
    with recorded(Verb.DROPPED, by=by) as watch:
        watch(answer.pk)
        Phrasing.objects.filter(pk=phrasing.pk).delete()
    _log(answer, by, f"Dropped the wording “{phrasing}”.")


_VERBS = {State.PROPOSED: Verb.PHRASED, State.APPROVED: Verb.PHRASED, State.NEGATIVE: Verb.STRUCK}


@transaction.atomic
def _add_phrasing(
    learned_answer_id: UUID, text: str, state: str, source: str, *, by: AbstractBaseUser | None = None
) -> Phrasing | None:
    text = clean_question(text)
    if not LearnedAnswer.objects.active().filter(pk=learned_answer_id).exists():
        return None
    _touch(learned_answer_id)
    with recorded(_VERBS[state], by=by, reason=source) as watch:
        watch(learned_answer_id)
        return _written_phrasing(learned_answer_id, text, state, source)


def _written_phrasing(learned_answer_id: UUID, text: str, state: str, source: str) -> Phrasing | None:
    if not LearnedAnswer.objects.active().filter(pk=learned_answer_id).exists():
        return None
    phrasing, _ = Phrasing.objects.get_or_create(
        learned_answer_id=learned_answer_id,
        key=key_of(text),
        defaults={"text": text, "state": state, "source": clean(source)[:80]},
    )
    # What a supervisor approved, no caller's yes or no changes.
    Phrasing.objects.filter(pk=phrasing.pk).exclude(state=State.APPROVED).update(state=state)
    phrasing.refresh_from_db()
    return phrasing


def _touch(learned_answer_id: UUID) -> None:
    LearnedAnswer.objects.filter(pk=learned_answer_id).update(revision=Salon.objects.raise_revision())


def _forget_vectors(learned_answer_id: UUID) -> None:
    Phrasing.objects.filter(learned_answer_id=learned_answer_id).update(model_id="")


def _log(learned_answer: LearnedAnswer, by: AbstractBaseUser | None, what: str) -> None:
    if by is None:
        return
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(LearnedAnswer),
        object_id=str(learned_answer.pk),
        object_repr=str(learned_answer)[:200],
        action_flag=CHANGE,
        change_message=what,
    )
