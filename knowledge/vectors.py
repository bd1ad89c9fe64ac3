"""Writes the vectors that are missing, by whoever next needs them, so that saving never waits for a model."""

from collections.abc import Iterable

from django.db import transaction

from knowledge import facts
from knowledge.embedding import MODEL_ID, embed
from knowledge.models import LearnedAnswer, Phrasing, Salon, Service


def any_missing() -> bool:
    return _phrasings().exists() or _services().exists()


def write_missing_vectors(limit: int) -> int:
    """Compute at most `limit` vectors (two a phrasing or service) and store them; returns how many were written."""
    rows = [*_phrasings().select_related("learned_answer")[: limit // 2]]
    rows += _services()[: limit // 2 - len(rows)]
    if not rows:
        return 0
    texts = [_texts(row) for row in rows]
    for row, (question, long) in zip(rows, texts, strict=True):
        row.question_vector, row.answer_vector = embed(question).tobytes(), embed(long).tobytes()
    return 2 * _store(rows)


def forget_vectors() -> None:
    """Let every vector be written again, after a change of the model or of the templates that name services."""
    Phrasing.objects.update(model_id="")
    Service.objects.update(model_id="")


@transaction.atomic
def _store(rows: Iterable[Phrasing | Service]) -> int:
    revision = Salon.objects.raise_revision()
    written = 0
    for row in rows:
        same = type(row).objects.filter(pk=row.pk).without_vectors(MODEL_ID)
        if isinstance(row, Phrasing):  # its words may have been changed while the model read the old ones
            same = same.filter(learned_answer__revision=row.learned_answer.revision)
        else:
            same = same.filter(name=row.name, description=row.description)
        written += same.update(question_vector=row.question_vector, answer_vector=row.answer_vector, model_id=MODEL_ID)
    answers = {row.learned_answer_id for row in rows if isinstance(row, Phrasing)}
    LearnedAnswer.objects.filter(pk__in=answers).update(revision=revision)
    return written


def _texts(row: Phrasing | Service) -> tuple[str, str]:
    if isinstance(row, Service):
        return facts.service_question(row), f"{row.name}. {row.also_called} {row.description}"
    return row.text, f"{row.text} {row.learned_answer.answer}"


def _phrasings():
    """The newest first: what was just taught is asked next."""
    return Phrasing.objects.of_active_answers().without_vectors(MODEL_ID).order_by("-id")


def _services():
    return Service.objects.active().without_vectors(MODEL_ID).order_by("id")
