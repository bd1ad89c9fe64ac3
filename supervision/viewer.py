"""Who reads a page of the desk: the language and the zone it is written in for that person."""

from contextvars import ContextVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation

# Rules count in the salon's zone, which is the current one; only what is shown follows the viewer.
_zone: ContextVar[ZoneInfo | None] = ContextVar("viewer_zone", default=None)


def zone() -> ZoneInfo | None:
    """None where nobody looks, or who looks has chosen none: then the salon's."""
    return _zone.get()


class DeskLanguageMiddleware(LocaleMiddleware):
    """The desk in its reader's language: chosen, else the browser's. Every other address is in the salon's."""

    def process_request(self, request: HttpRequest) -> None:
        request.is_desk = request.path.startswith(reverse("admin:index"))
        if not request.is_desk:
            return
        language, zone_name = _chosen(request)
        known = language in dict(settings.LANGUAGES)
        translation.activate(language if known else translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()
        _zone.set(_named(zone_name))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not getattr(request, "is_desk", False):
            return response
        response = super().process_response(request, response)
        translation.deactivate()
        _zone.set(None)
        return response


def _chosen(request: HttpRequest) -> tuple[str, str]:
    """Language and zone; "" where nothing was chosen."""
    supervisor = getattr(request.user, "supervisor", None)
    return (supervisor.language, supervisor.time_zone) if supervisor else ("", "")


def _named(zone_name: str) -> ZoneInfo | None:
    """None also where this machine does not know it."""
    try:
        return ZoneInfo(zone_name) if zone_name else None
    except (ValueError, ZoneInfoNotFoundError):
        return None
