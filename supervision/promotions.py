"""Promotions: what was taught while one runs ends with it, however often its end is moved."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from knowledge import learning
from knowledge.models import LearnedAnswer, Salon
from supervision.models import Promotion


def named(name: str, *, ends_at: datetime | None, by: AbstractBaseUser, at: datetime | None = None) -> Promotion:
    """The one of that name that runs, as it is; else a new one with this end, or with none yet."""
    running = Promotion.objects.running(at or timezone.now()).filter(name__iexact=name).first()
    return running or Promotion.objects.create(name=name, ends_at=ends_at, created_by=by)


def hold(promotion: Promotion, answer: LearnedAnswer) -> None:
    """From now on the answer's end is the promotion's."""
    promotion.answers.add(answer)


def move(promotion: Promotion, ends_at: datetime | None, *, by: AbstractBaseUser) -> int:
    """It ends then, or is open again, and so are its answers; returns how many of them still count."""
    with transaction.atomic():
        Salon.objects.select_for_update().get()  # before any of its rows: as every writer of answers does
        Promotion.objects.filter(pk=promotion.pk).update(ends_at=ends_at)
        answers = list(promotion.answers.filter(active=True))
        for answer in answers:
            learning.hold_until(answer, ends_at, by=by)
    promotion.ends_at = ends_at
    return len(answers)
