"""Lists of rows that only verbs write: seen, searched and followed live, never edited or deleted."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supervision.models import Caller

OFFERED_LOOKUPS = {"", "exact", "gte", "lt", "isnull"}  # what the links of a list's filters use
DATE_LOOKUPS = {"year", "month", "day"}


class ReadOnlyAdmin(admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the page itself offers: else a list tells, digit by digit, the number that it masks."""
        field, _, kind = lookup.partition("__")
        if field == self.date_hierarchy and kind in DATE_LOOKUPS:
            return True
        return field in self.list_filter and kind in OFFERED_LOOKUPS

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
