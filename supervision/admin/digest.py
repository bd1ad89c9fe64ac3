"""Today's digest as a page of the desk."""

from django.conf import settings
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from supervision import digest
from supervision.models import Digest


def show(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("supervision.view_helprequest"):
        raise PermissionDenied("You may not see help requests.")
    today = timezone.localdate()
    context = {
        **site.each_context(request),
        "title": "Today's digest",
        "digest": Digest.objects.filter(day=today).first(),
        "digest_at": settings.DIGEST_AT,
        "summary": digest.summary(today, at=timezone.now()),
        "printed": settings.EMAIL_BACKEND.endswith("console.EmailBackend"),
        "base": "",
    }
    return TemplateResponse(request, "supervision/digest/page.html", context)


def unmailed() -> Digest | None:
    """The newest one, if it could not be mailed."""
    newest = Digest.objects.order_by("-day").first()
    return newest if newest and newest.error and not newest.mailed_at else None
