"""K7: what people call a help request when they talk about it."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Q

from supervision.models import HelpRequest
from supervision.models.supervisor import LETTERS

KEPT_FOR = timedelta(days=30)  # after closing, people may still talk about it
FIRST_LOOK = 6  # references: nearly always one of them is free
PAGE = 500  # looked up at once after that
MOST = 4000  # looked at before there must be another digit


def free_reference(at: datetime) -> str:
    """A letter and a digit, or more digits while all of those are in use. Another process may take it first."""
    for page in _pages():
        taken = set(in_use(at).filter(reference__in=page).values_list("reference", flat=True))
        for reference in page:
            if reference not in taken:
                return reference
    raise RuntimeError("every reference is in use")


def in_use(at: datetime):
    return HelpRequest.objects.filter(Q(status=HelpRequest.Status.PENDING) | Q(responded_at__gt=at - KEPT_FOR))


def _pages() -> Iterator[list[str]]:
    for digits in range(1, 7):
        low, high = 10 ** (digits - 1), 10**digits
        size = len(LETTERS) * (high - low)
        start = random.randrange(size)
        bounds = [0, *range(FIRST_LOOK, min(size, MOST), PAGE), min(size, MOST)]
        for low_place, high_place in pairwise(bounds):
            places = range(start + low_place, start + high_place)
            yield [LETTERS[place % len(LETTERS)] + str(low + place // len(LETTERS) % (high - low)) for place in places]
