"""What makes the desk an app on a telephone: its manifest, and the worker that hears a notice while no page is open."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from knowledge.models import Salon

SIZES = (192, 512)
BAR, PAPER = "#2f1a36", "#ffffff"


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    salon = Salon.objects.first()
    icons = [
        {"src": static(f"supervision/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": each}
        for size in SIZES
        for each in ("any", "maskable")
    ]
    facts = {
        "id": "/",
        "name": salon.name if salon else "The desk",
        "short_name": "Desk",
        "start_url": reverse("admin:index"),
        "scope": "/",
        "display": "standalone",
        "theme_color": BAR,
        "background_color": PAPER,
        "icons": icons,
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Served at the root, as its reach is the folder it comes from; always asked for anew, so that a mend arrives."""
    answer = render(request, "supervision/worker.js", content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer
