"""Lists of rows that only verbs write: seen, searched and followed live, never edited or deleted."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supervision.admin.months import by_month
from supervision.admin.paging import CappedPaginator
from supervision.models import Caller

OFFERED_LOOKUPS = {"", "exact", "gte", "lt", "isnull"}  # what the links of a list's filters use


class ReadOnlyAdmin(admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    by_month = ""  # the moment by whose month the list is filtered; `date_hierarchy` reads the whole table

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the page itself offers: else a list tells, digit by digit, the number that it masks."""
        field, _, kind = lookup.partition("__")
        if lookup == "month" and self.by_month:
            return True
        return field in self.list_filter and kind in OFFERED_LOOKUPS

    def get_list_filter(self, request: HttpRequest) -> list:
        return [*self.list_filter, *([by_month(self.by_month)] if self.by_month else [])]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def state(words: str, colour: str = "") -> SafeString:
    return format_html('<span class="state {}">{}</span>', colour, words.capitalize())


def clamped(text: str) -> SafeString:
    """At most two lines of what somebody said."""
    return format_html('<span class="clamp" dir="auto">{}</span>', text[:300])


def masked(phone: str) -> SafeString | str:
    if not phone:
        return "–"
    return format_html('<span class="number" dir="ltr">{}</span>', Caller(phone=phone).masked_phone)
