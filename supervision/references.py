"""K7: what people call a help request when they talk about it."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from supervision.models import HelpRequest

LETTERS = "ACDEFHJKLMNPRTUVWXY"  # without those that look like a digit or like each other: B, G, I, O, Q, S, Z
KEPT_FOR = timedelta(days=30)  # after closing, people may still talk about it
PAGE = 500  # references looked up at once
PAGES = 8  # looked at before there must be another digit


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
        for page in range(0, min(size, PAGE * PAGES), PAGE):
            places = range(start + page, start + min(page + PAGE, size))
            yield [LETTERS[place % len(LETTERS)] + str(low + place // len(LETTERS) % (high - low)) for place in places]
