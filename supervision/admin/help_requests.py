"""All help requests as a list; each leads to its answer page."""

from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supervision.admin import answer, undelivered
from supervision.admin.listing import ReadOnlyAdmin, clamped, masked, state
from supervision.admin.promises import called
from supervision.models import HelpRequest
from supervision.templatetags.desk import person, when

COLOURS = {HelpRequest.Status.RESOLVED: "kept", HelpRequest.Status.UNRESOLVED: "late"}


@admin.register(HelpRequest)
class HelpRequestAdmin(ReadOnlyAdmin):
    list_display = ["ref", "asked_for", "number", "status_", "asked", "promised", "answered_by"]
    list_display_links = ["asked_for"]
    list_filter = ["status", "closed_because", "priority", "practice", "created_at"]
    list_select_related = ["caller", "responded_by"]
    search_fields = ["reference", "question", "supervisor_response", "caller__name"]
    by_month = "created_at"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:pk>/answer/", wrap(answer.show), name="supervision_helprequest_answer"),
            path("<uuid:pk>/claim/", wrap(answer.claim), name="supervision_helprequest_claim"),
            path("<uuid:pk>/release/", wrap(answer.release), name="supervision_helprequest_release"),
            path("<uuid:pk>/hand/", wrap(answer.hand), name="supervision_helprequest_hand"),
            path("<uuid:pk>/later/", wrap(answer.later), name="supervision_helprequest_later"),
            path("<uuid:pk>/leave/", wrap(answer.leave), name="supervision_helprequest_leave"),
            path("<uuid:pk>/called/", wrap(called), name="supervision_helprequest_called"),
            path("<uuid:pk>/told/", wrap(undelivered.told_by_phone), name="supervision_helprequest_told_by_phone"),
            path("<uuid:pk>/again/", wrap(undelivered.send_again), name="supervision_helprequest_send_again"),
            path("<uuid:pk>/sent/", wrap(undelivered.was_sent), name="supervision_helprequest_was_sent"),
            path("<uuid:pk>/elsewhere/", wrap(undelivered.elsewhere), name="supervision_helprequest_elsewhere"),
            path("<uuid:pk>/undo/", wrap(answer.undo), name="supervision_helprequest_undo"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args, **kwargs) -> HttpResponse:
        try:
            return redirect("admin:supervision_helprequest_answer", pk=UUID(object_id))
        except ValueError:
            raise Http404 from None

    @admin.display(description="Ref", ordering="reference")
    def ref(self, row: HelpRequest) -> SafeString:
        return format_html('<span class="ref">{}</span>', row.reference)

    @admin.display(description="Question", ordering="question")
    def asked_for(self, row: HelpRequest) -> SafeString:
        return clamped(row.question)

    @admin.display(description="Caller", ordering="caller__name")
    def number(self, row: HelpRequest) -> SafeString | str:
        if row.caller and row.caller.name:
            return clamped(row.caller.name)
        return masked(row.customer_phone or (row.caller.phone if row.caller else ""))

    @admin.display(description="Status", ordering="status")
    def status_(self, row: HelpRequest) -> SafeString:
        return state(row.get_status_display() + (", practice" if row.practice else ""), COLOURS.get(row.status, ""))

    @admin.display(description="Asked", ordering="created_at")
    def asked(self, row: HelpRequest) -> str:
        return when(row.created_at)

    @admin.display(description="Promised by", ordering="promised_by")
    def promised(self, row: HelpRequest) -> str:
        return when(row.promised_by)

    @admin.display(description="Answered by", ordering="responded_by")
    def answered_by(self, row: HelpRequest) -> str:
        return person(row.responded_by) if row.responded_by else "–"
