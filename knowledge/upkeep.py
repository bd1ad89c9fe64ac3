"""Writes salon facts, so that her next answer is the changed one."""

from django.db import transaction

from knowledge.models import Closure, OpeningHours, Salon, Service

Fact = Salon | OpeningHours | Closure | Service


@transaction.atomic
def save_fact(row: Fact) -> None:
    """Save the row; what a service is called or offers is read anew by the embedder."""
    if isinstance(row, Salon) and row.pk:
        _save_salon(row)
    else:
        if isinstance(row, Service):
            row.model_id = ""
        row.save()
    Salon.objects.raise_revision()


@transaction.atomic
def remove_fact(row: OpeningHours | Closure) -> None:
    row.delete()
    Salon.objects.raise_revision()


def _save_salon(row: Salon) -> None:
    """Without the revision, which others raise meanwhile."""
    names = [field.name for field in Salon._meta.concrete_fields if field.editable]
    Salon.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in names})
