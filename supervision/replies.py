"""What callers text back."""

from django.utils import timezone

from supervision.models import InboundText


def read(text: InboundText) -> None:
    """Note that it was read."""
    InboundText.objects.filter(pk=text.pk).update(read_at=timezone.now())
