"""Messages: every text that must reach a person, and every try to bring it there."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supervision.admin.listing import ReadOnlyAdmin, clamped, masked, state
from supervision.models import Attempt, Message
from supervision.templatetags.desk import state_class, when


class AttemptInline(admin.TabularInline):
    model = Attempt
    template = "admin/supervision/message/attempts.html"
    verbose_name_plural = "What happened"
    fields = readonly_fields = ["started", "result", "detail", "backend_name"]
    can_delete = False
    extra = 0

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description="Tried")
    def started(self, row: Attempt) -> str:
        return when(row.started_at)

    @admin.display(description="Outcome")
    def result(self, row: Attempt) -> str:
        return row.get_outcome_display()

    @admin.display(description="By")
    def backend_name(self, row: Attempt) -> str:
        return row.backend.rpartition(".")[2]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["state_", "words", "to", "about", "written", "settled"]
    list_display_links = ["words"]
    list_filter = ["state", "purpose", "created_at"]
    list_select_related = ["help_request", "supervisor__user"]
    search_fields = ["text", "help_request__reference", "recipient__endswith"]
    fields = readonly_fields = ["state_", "why", "whole", "to", "about", "written", "leaves", "settled"]
    inlines = [AttemptInline]

    @admin.display(description="State", ordering="state")
    def state_(self, row: Message) -> SafeString:
        return state(row.get_state_display(), state_class(row))

    @admin.display(description="Why")
    def why(self, row: Message) -> str:
        return row.error or row.get_cancelled_because_display() or "–"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Not by the words of texts to supervisors: what is not shown cannot be found out by searching either."""
        return super().get_search_results(
            request, queryset.filter(supervisor=None) if search_term else queryset, search_term
        )

    @admin.display(description="Text")
    def words(self, row: Message) -> SafeString:
        return clamped(_shown(row))

    @admin.display(description="Text")
    def whole(self, row: Message) -> str:
        return _shown(row)

    @admin.display(description="To")
    def to(self, row: Message) -> SafeString | str:
        return masked(row.recipient)

    @admin.display(description="About", ordering="help_request__reference")
    def about(self, row: Message) -> SafeString | str:
        if not row.help_request:
            return row.get_purpose_display()
        address = reverse("admin:supervision_helprequest_answer", args=[row.help_request.pk])
        return format_html(
            '<a class="ref" href="{}">{}</a> {}', address, row.help_request.reference, row.get_purpose_display()
        )

    @admin.display(description="Written", ordering="created_at")
    def written(self, row: Message) -> str:
        return when(row.created_at)

    @admin.display(description="Leaves at", ordering="release_at")
    def leaves(self, row: Message) -> str:
        return when(row.release_at)

    @admin.display(description="Settled", ordering="settled_at")
    def settled(self, row: Message) -> str:
        return when(row.settled_at) or "–"


def _shown(row: Message) -> str:
    """A text to a supervisor holds codes that are his alone."""
    return f"A text to {row.supervisor}: only that telephone shows it." if row.supervisor else row.text
