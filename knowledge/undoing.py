"""Takes back what was decided about learned answers, however long ago; that is a change of its own."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction

from knowledge.history import recorded
from knowledge.models import Change, LearnedAnswer, Phrasing, Salon
from knowledge.wording import key_of

State = Phrasing.State


@transaction.atomic
def undo(change: Change, *, by: AbstractBaseUser | None = None, reason: str = "") -> None:
    """Everything that this decision changed is as it was before it, whatever was changed since.

    Raises ValidationError with words where another answer has the question by now, or where nothing would change.
    """
    revision = Salon.objects.raise_revision()
    rows = sorted(Change.objects.of_decision(change.decision), key=_comes_back)
    before = Change.objects.filter(undoes=change.decision).count()
    with recorded(Change.Verb.UNDONE, by=by, reason=reason, undoes=change.decision) as watch:
        watch(*[row.learned_answer_id for row in rows])
        for row in rows:
            _restore(row, revision)
    if Change.objects.filter(undoes=change.decision).count() == before:
        raise ValidationError("Nothing of this change is left to take back.")


def _comes_back(row: Change) -> bool:
    """Those that end come first: only one active answer may have a question."""
    return bool(row.fields.get("active", [False])[0])


def _restore(row: Change, revision: int) -> None:
    values = {name: before for name, (before, _) in row.fields.items()}
    if values.get("active"):
        values["replaced_by_id"] = None
    if "question" in values:
        values["question_key"] = key_of(values["question"])
    answer = LearnedAnswer.objects.get(pk=row.learned_answer_id)
    _refuse_taken(answer, values)
    LearnedAnswer.objects.filter(pk=answer.pk).update(**values, revision=revision)
    for wording in row.phrasings:
        _restore_wording(answer, wording)
    answer.refresh_from_db()
    answer.phrasings.update(model_id="")
    _keep_own_question(answer)


def _refuse_taken(answer: LearnedAnswer, values: dict) -> None:
    if not values.get("active", answer.active):
        return
    key = values.get("question_key", answer.question_key)
    if LearnedAnswer.objects.active().filter(question_key=key).exclude(pk=answer.pk).exists():
        raise ValidationError("Another answer has this question by now; retire that one first.")


def _restore_wording(answer: LearnedAnswer, wording: dict) -> None:
    if wording["was"] is None:
        answer.phrasings.filter(key=wording["key"]).delete()
        return
    values = {"text": wording["text"], "source": wording["source"], "state": wording["was"]}
    answer.phrasings.update_or_create(key=wording["key"], defaults=values)


def _keep_own_question(answer: LearnedAnswer) -> None:
    answer.phrasings.update_or_create(
        key=answer.question_key,
        defaults={"state": State.APPROVED},
        create_defaults={"text": answer.question, "source": LearnedAnswer.Origin.SUPERVISOR},
    )
