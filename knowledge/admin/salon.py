"""Salon facts: editing one changes her next answer."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from knowledge.models import Closure, OpeningHours, Salon, Service
from knowledge.upkeep import remove_fact, save_fact


class FactAdmin(admin.ModelAdmin):
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        save_fact(obj)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        remove_fact(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            remove_fact(row)


class KeptFactAdmin(FactAdmin):
    """For rows that were told to callers: they can be switched off, not deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Salon)
class SalonAdmin(KeptFactAdmin):
    list_display = ["name", "time_zone", "region"]
    fields = ["name", "assistant_name", "time_zone", "region", "currency", "clock_24h"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(OpeningHours)
class OpeningHoursAdmin(FactAdmin):
    list_display = ["weekday", "opens", "closes"]
    list_filter = ["weekday"]


@admin.register(Closure)
class ClosureAdmin(FactAdmin):
    list_display = ["reason", "starts_on", "ends_on"]
    search_fields = ["reason", "also_called"]
    date_hierarchy = "starts_on"


@admin.register(Service)
class ServiceAdmin(KeptFactAdmin):
    list_display = ["name", "category", "price_from", "price_to", "minutes", "active"]
    list_filter = ["active", "category"]
    search_fields = ["name", "also_called", "description"]
    list_per_page = 50
