"""To whom a help request can be handed."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from supervision import presence

BACKEND = "django.contrib.auth.backends.ModelBackend"  # where rights are kept


def of(user: AbstractBaseUser) -> list[AbstractBaseUser]:
    """The others who may answer, those with the desk open first; each says whether he is `at_hand`."""
    may_answer = get_user_model().objects.with_perm("supervision.change_helprequest", backend=BACKEND)
    others = list(
        may_answer.filter(is_staff=True, is_active=True).exclude(pk=user.pk).order_by("first_name", "username")
    )
    at_hand = presence.who_is_at_hand()
    for one in others:
        one.at_hand = one.pk in at_hand
    return sorted(others, key=lambda one: not one.at_hand)
