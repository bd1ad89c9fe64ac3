"""Whether a supervisor is at hand to answer while a caller holds: each open desk gives signs of life."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from supervision import health, live
from supervision.models import Heartbeat

FRESH = timedelta(seconds=25)  # an open desk beats every twelve seconds: one beat may be lost


def seen(user: AbstractBaseUser) -> None:
    """This supervisor has the desk open now."""
    health.beat(f"{health.DESK}{user.pk}")


def types(topic: str, user_id: int) -> None:
    """The pages that follow this topic are told who types there now, the typist's own ones excepted."""
    user = get_user_model().objects.get(pk=user_id)
    live.emit(topic, "typing", by=user_id, name=user.get_short_name() or user.get_username())


def somebody_at_hand() -> bool:
    return _fresh().exists()


def how_many_at_hand() -> int:
    return _fresh().count()


def who_is_at_hand() -> set[int]:
    """The primary keys of those who have the desk open."""
    names = _fresh().values_list("name", flat=True)
    return {int(name.removeprefix(health.DESK)) for name in names}


def _fresh() -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(name__startswith=health.DESK, beat_at__gt=timezone.now() - FRESH)
