"""Who may do what, as Django's own pages have it: a right that is taken away ends at once, in callers' rooms too."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from supervision import jobs


class LooksIntoCalls:
    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        jobs.run_soon(jobs.PUT_OUT)

    def delete_model(self, request: HttpRequest, obj: User | Group) -> None:
        super().delete_model(request, obj)
        jobs.run_soon(jobs.PUT_OUT)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        super().delete_queryset(request, queryset)
        jobs.run_soon(jobs.PUT_OUT)


admin.site.unregister([User, Group])


@admin.register(User)
class SupervisorAdmin(LooksIntoCalls, UserAdmin):
    """Of the people at the desk."""


@admin.register(Group)
class SupervisorGroupAdmin(LooksIntoCalls, GroupAdmin):
    """Of what they may do together."""
