"""What an outbox looks like before anybody has thought about it: send, then save; what failed is tried again.

The chaos run must be seen to fail with it, to show that it can.
"""

import logging
from datetime import timedelta

from django.utils import timezone

from supervision.delivery import get_backend
from supervision.models import Message

log = logging.getLogger(__name__)


def deliver_due() -> None:
    backend = get_backend()
    for message in Message.objects.filter(state=Message.State.QUEUED, release_at__lte=timezone.now()).order_by("id"):
        try:
            message.provider_id = backend.send(message)
        except Exception as error:
            log.info("message %s: %s", message.pk, error)
            message.release_at = timezone.now() + timedelta(seconds=1)
        else:
            message.state = Message.State.SENT
        message.save()
