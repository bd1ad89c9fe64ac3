"""A list's filter by month: offers the last twelve without asking the table which it has."""

from datetime import date, datetime, time

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

OFFERED = 12


def by_month(field: str) -> type[admin.SimpleListFilter]:
    """For a list whose rows have that moment."""

    class ByMonth(admin.SimpleListFilter):
        title = "month"
        parameter_name = "month"

        def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
            this = timezone.localdate()
            months = [_months_later(this, -back) for back in range(OFFERED)]
            return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in months]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            if self.value() not in dict(self.lookup_choices):
                return queryset
            first = date.fromisoformat(f"{self.value()}-01")
            within = {f"{field}__gte": _midnight(first), f"{field}__lt": _midnight(_months_later(first, 1))}
            return queryset.filter(**within)

    return ByMonth


def _months_later(day: date, months: int) -> date:
    """The first of the month that many months later."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())
