"""K7: short while there are few, never the same for two that people may talk about."""

from datetime import timedelta

import pytest
from django.utils import timezone

from supervision import calls, references
from supervision.models import Call, HelpRequest

pytestmark = pytest.mark.django_db
NOON = timezone.now()
SHORT = [letter + digit for letter in references.LETTERS for digit in "123456789"]


def ask_all(*names: str, **values) -> None:
    call = calls.open_call(channel=Call.Channel.CONSOLE)
    HelpRequest.objects.bulk_create(
        HelpRequest(
            call=call, reference=name, question=name, question_key=name, promised_by=NOON, expires_at=NOON,
            created_at=NOON, **values,
        )
        for name in names
    )  # fmt: skip


def test_the_one_that_is_free_is_found_among_all_short_ones(any_salon):
    ask_all(*SHORT[:-1])

    assert references.free_reference(NOON) == SHORT[-1]


def test_there_is_another_digit_when_every_short_one_is_in_use(any_salon):
    ask_all(*SHORT)

    found = references.free_reference(NOON)

    assert len(found) == 3
    assert found[0] in references.LETTERS


def test_one_that_was_closed_is_free_again_after_thirty_days(any_salon):
    ask_all(*SHORT[1:])
    closed = {"status": "unresolved", "closed_because": "left", "responded_at": NOON}
    ask_all(SHORT[0], **closed)

    assert len(references.free_reference(NOON + timedelta(days=29))) == 3
    assert references.free_reference(NOON + timedelta(days=31)) == SHORT[0]
