"""Vectors beside the text they stand for: 384 little-endian float32 each, of length 1."""

from django.db import models
from django.db.models import Q


class EmbeddedQuerySet(models.QuerySet):
    def without_vectors(self, model_id: str):
        """Those that the embedder with this id has not read yet."""
        return self.exclude(model_id=model_id)


class Embedded(models.Model):
    """The vectors belong to `model_id`; an empty id means that they are to be written."""

    model_id = models.CharField(max_length=64, blank=True, editable=False)
    question_vector = models.BinaryField(null=True, editable=False)
    answer_vector = models.BinaryField("question with answer", null=True, editable=False)

    class Meta:
        abstract = True


def has_vectors(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(model_id="") | Q(question_vector__isnull=False, answer_vector__isnull=False),
        name=f"{name}_with_model_has_vectors",
    )
