"""Promises: what callers were told would happen, by when, and what became of it."""

from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from supervision import ledger
from supervision.admin.listing import ReadOnlyAdmin, clamped, state
from supervision.models import HelpRequest, Promise
from supervision.templatetags.desk import left, plainly, span, urgency, when

State = Promise.State
COLOURS = {State.KEPT: "kept", State.BROKEN: "late", State.EXTENDED: "soon", State.WITHDRAWN: "quiet"}
GROUPS = {"open": Promise.OPEN, "kept": (State.KEPT,), "broken": (State.BROKEN,), "withdrawn": (State.WITHDRAWN,)}


class WhatBecame(admin.SimpleListFilter):
    title = "what became of it"
    parameter_name = "became"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in GROUPS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Promise]) -> QuerySet[Promise]:
        return queryset.filter(state__in=GROUPS[self.value()]) if self.value() in GROUPS else queryset


@admin.register(Promise)
class PromiseAdmin(ReadOnlyAdmin):
    list_display = ["due", "asked", "state_", "kind_", "told", "done", "settled"]
    fields = readonly_fields = list_display
    list_display_links = None
    list_filter = [WhatBecame, "kind"]
    list_select_related = ["help_request"]
    search_fields = ["help_request__reference", "help_request__question"]
    ordering = ["-made_at"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == WhatBecame.parameter_name or super().lookup_allowed(lookup, value, request)

    @admin.display(description="State", ordering="state")
    def state_(self, row: Promise) -> SafeString:
        practice = ", practice" if row.help_request.practice else ""
        return state(row.get_state_display() + practice, COLOURS.get(row.state, ""))

    @admin.display(description="Question", ordering="help_request__reference")
    def asked(self, row: Promise) -> SafeString:
        address = reverse("admin:supervision_helprequest_answer", args=[row.help_request_id])
        words = clamped(row.help_request.question)
        return format_html('<a class="ref" href="{}">{}</a> {}', address, row.help_request.reference, words)

    @admin.display(description="Promised", ordering="kind")
    def kind_(self, row: Promise) -> str:
        return row.get_kind_display().capitalize()

    @admin.display(description="By", ordering="due_at")
    def due(self, row: Promise) -> SafeString | str:
        """The time, and while it is open how much of it is left, counting down."""
        if not row.is_open:
            return when(row.due_at)
        return format_html(
            '{}<span class="promise {}"><span class="left" data-until="{}" data-from="{}">{}</span></span>',
            when(row.due_at), urgency(row.due_at, row.made_at), row.due_at.isoformat(), row.made_at.isoformat(),
            left(row.due_at),
        )  # fmt: skip

    @admin.display(description="Told", ordering="heard_at")
    def told(self, row: Promise) -> str:
        return when(row.heard_at) or "–"

    @admin.display(description="Done so far")
    def done(self, row: Promise) -> str:
        steps = (("reminded", row.reminded_at), ("next in line", row.escalated_at), ("extended", row.extended_at))
        return ", ".join(f"{name} {plainly(moment)}" for name, moment in steps if moment) or "–"

    @admin.display(description="Settled", ordering="settled_at")
    def settled(self, row: Promise) -> str:
        """When it was kept or broken, and how late that was."""
        if not row.settled_at:
            return "–"
        late = (row.settled_at - row.due_at).total_seconds()
        is_late = row.state == State.KEPT and late > 0
        return f"{plainly(row.settled_at)}{f', {span(late)} late' if is_late else ''}"


@require_POST
def called(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The call that was promised was made after the answer had been given."""
    if not request.user.has_perm("supervision.change_helprequest"):
        raise PermissionDenied("You may not answer help requests.")
    help_request = get_object_or_404(HelpRequest, pk=pk)
    if ledger.called_back(help_request, by=request.user):
        messages.success(request, _("%(reference)s: the call back is noted.") % {"reference": help_request.reference})
    return redirect("admin:supervision_helprequest_answer", pk=pk)
