"""Callers: known by a number of which two digits are shown."""

from django.contrib import admin
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString

from supervision.admin.listing import ReadOnlyAdmin, clamped, masked, state
from supervision.models import Call, Caller, Consent, HelpRequest
from supervision.templatetags.desk import when


@admin.register(Caller)
class CallerAdmin(ReadOnlyAdmin):
    list_display = ["who", "number", "calls_made", "requests_made", "texts", "first_seen"]
    list_filter = ["created_at"]
    search_fields = ["name", "phone__endswith"]
    ordering = ["-created_at"]
    fields = ["who", "number", "texts", "first_seen"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Caller]:
        counts = {"calls_count": Call, "requests_count": HelpRequest, "consents_count": Consent}
        return super().get_queryset(request).annotate(**{name: _count(model) for name, model in counts.items()})

    @admin.display(description="Caller", ordering="name")
    def who(self, row: Caller) -> SafeString | str:
        return clamped(row.name) if row.name else "Unknown caller"

    @admin.display(description="Number")
    def number(self, row: Caller) -> SafeString | str:
        return masked(row.phone or "")

    @admin.display(description="Calls", ordering="calls_count")
    def calls_made(self, row: Caller) -> int:
        return row.calls_count

    @admin.display(description="Help requests", ordering="requests_count")
    def requests_made(self, row: Caller) -> int:
        return row.requests_count

    @admin.display(description="Texts")
    def texts(self, row: Caller) -> SafeString:
        if row.opted_out_at:
            return state("opted out", "soon")
        return state("agreed", "kept") if row.consents_count else state("not asked", "quiet")

    @admin.display(description="First seen", ordering="created_at")
    def first_seen(self, row: Caller) -> str:
        return when(row.created_at)


def _count(model: type[Model]) -> Coalesce:
    """How many of them a caller has: for the rows that are shown, not by joining all tables."""
    own = model.objects.filter(caller=OuterRef("pk")).order_by().values("caller").annotate(number=Count("pk"))
    return Coalesce(Subquery(own.values("number")), 0)
