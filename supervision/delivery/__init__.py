"""Ways to hand a text to the outside world: one class each, named in the setting MESSAGE_BACKEND."""

from django.conf import settings
from django.utils.module_loading import import_string

from supervision.delivery.base import Backend, NotDelivered

__all__ = ["Backend", "NotDelivered", "get_backend"]


def get_backend() -> Backend:
    return import_string(settings.MESSAGE_BACKEND)()
