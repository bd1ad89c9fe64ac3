"""The admin site whose index is the desk: its places, its zone, and the event after which a page was read."""

from collections.abc import Callable
from functools import cache, wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from knowledge.models import Salon
from supervision import live, two_factor
from supervision.admin import signing_in
from supervision.call_pages import speaking
from supervision.models import Call, HelpRequest

UTC = ZoneInfo("UTC")


def in_salon_time(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Render the page in the salon's zone, and know the newest event from before its rows were read."""

    @wraps(view)
    def rendered(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        request.live_after = live.newest()
        request.salon = Salon.objects.first()
        with timezone.override(request.salon.zone if request.salon else UTC):
            response = view(request, *args, **kwargs)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
        return response

    return rendered


class DeskSite(AdminSite):
    site_header = site_title = "The desk"
    index_title = "Desk"
    enable_nav_sidebar = True
    login_form = signing_in.PasswordForm

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not two_factor.is_lacking(request.user)

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        try:
            return super().login(request, extra_context)
        except signing_in.CodeWanted as wanted:
            return signing_in.half_way(request, wanted.user)

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        return super().admin_view(in_salon_time(view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # they register models: not before this site exists
        from supervision.admin import (
            control,
            digest,
            duty,
            figures,
            notices,
            practice,
            profile,
            record,
            texts,
            voice,
            wrong,
        )

        wrap = self.admin_view
        called = "supervision/call/<uuid:call_id>/"
        voiced = "practice/voice/<uuid:call_id>/"
        return [
            path("duty/", wrap(duty.switch), name="supervision_duty"),
            path("my-texts/", wrap(duty.my_texts), name="supervision_my_texts"),
            path("profile/", wrap(profile.show), name="supervision_profile"),
            path("profile/two-factor/", wrap(profile.codes_for_signing_in), name="supervision_two_factor"),
            path("login/code/", _private(signing_in.code), name="supervision_code"),
            path("login/first-code/", _private(signing_in.first_code), name="supervision_first_code"),
            path("notices/", wrap(notices.show), name="supervision_notices"),
            path("notices/keep/", wrap(notices.keep), name="supervision_notices_keep"),
            path("notices/change/", wrap(notices.change), name="supervision_notices_change"),
            path("digest/", wrap(digest.show), name="supervision_digest"),
            path("numbers/", wrap(figures.show), name="supervision_numbers"),
            path("numbers/<slug:name>.csv", wrap(figures.download), name="supervision_numbers_file"),
            path("texts/allow/", wrap(texts.allow), name="supervision_texts_allow"),
            path("texts/correct/<int:pk>/", wrap(texts.correct), name="supervision_correct"),
            path("supervision/citation/<int:pk>/wrong/", wrap(wrong.say), name="supervision_wrong"),
            path("practice/", wrap(speaking(practice.start)), name="supervision_practice"),
            path("practice/<uuid:call_id>/", wrap(practice.talk), name="supervision_practice_call"),
            path("practice/voice/", wrap(voice.ring), name="supervision_practice_ring"),
            path(voiced, wrap(speaking(voice.talk)), name="supervision_practice_voice"),
            path(f"{voiced}leave/", wrap(voice.gone), name="supervision_practice_leave"),
            *(
                path(f"{called}{verb.__name__}/", wrap(verb), name=f"supervision_call_{verb.__name__}")
                for verb in (control.listen, control.take_over, control.hand_back, control.hang_up, record.recording)
            ),
            *super().get_urls(),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """None where an open page fetches itself: it keeps its own, and making it costs a tenth of the page."""
        return [] if request.headers.get("X-Requested-With") == "live" else super().get_app_list(request, app_label)

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        from supervision.admin import desk

        return desk.show(request, {**self.each_context(request), **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict:
        salon = getattr(request, "salon", None) or Salon.objects.first()
        context = super().each_context(request)
        if salon:
            context |= {"site_header": salon.name, "site_title": salon.name}
        if not request.user.is_authenticated:
            return context
        return context | {
            "salon": salon,
            "demo": settings.DEMO,
            "now": timezone.now(),
            "live_after": getattr(request, "live_after", 0),
            **_counts(request),
        }


def _private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For who is not signed in yet."""
    return never_cache(csrf_protect(in_salon_time(view)))


def _counts(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """What the places at the side count, for those who may see it; asked for when the page is written."""
    counts = {}
    if request.user.has_perm("supervision.view_helprequest"):
        counts["waiting_count"] = cache(HelpRequest.objects.pending().count)
    if request.user.has_perm("supervision.view_call"):
        counts["calls_count"] = cache(Call.objects.open().count)
    return counts
