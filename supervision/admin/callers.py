"""Callers: known by a number of which two digits are shown."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from supervision import erasing
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

    def get_urls(self) -> list[URLPattern]:
        erase = self.admin_site.admin_view(self.erase)
        return [path("<int:pk>/erase/", erase, name="supervision_caller_erase"), *super().get_urls()]

    def erase(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET: what would go and what would stay. POST: it is gone."""
        if not request.user.has_perm("supervision.erase_caller"):
            raise PermissionDenied("You may not erase callers.")
        caller = get_object_or_404(Caller, pk=pk)
        if request.method == "POST":
            try:
                _erase(caller, request)
            except ValidationError as refusal:
                messages.error(request, " ".join(refusal.messages))
                return redirect("admin:supervision_caller_erase", pk)
            messages.success(request, "Erased. What stays can no longer be traced to anybody.")
            return redirect("admin:supervision_caller_change", pk)
        context = {"title": "Erase a caller", "caller": caller, **erasing.summary(caller)}
        return TemplateResponse(request, "supervision/erase.html", self.admin_site.each_context(request) | context)

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


def _erase(caller: Caller, request: HttpRequest) -> None:
    """With a line in the log of who did it; older lines lose the name that they hold."""
    with transaction.atomic():
        erasing.erase(caller, by=request.user)
        caller.refresh_from_db()
        about = {"content_type": ContentType.objects.get_for_model(Caller), "object_id": str(caller.pk)}
        LogEntry.objects.filter(**about).update(object_repr=str(caller))
        LogEntry.objects.create(
            user=request.user, object_repr=str(caller), action_flag=CHANGE, change_message="Erased.", **about
        )


def _count(model: type[Model]) -> Coalesce:
    """How many of them a caller has: for the rows that are shown, not by joining all tables."""
    own = model.objects.filter(caller=OuterRef("pk")).order_by().values("caller").annotate(number=Count("pk"))
    return Coalesce(Subquery(own.values("number")), 0)
