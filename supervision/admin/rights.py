"""Who may do what, as Django's own pages have it: a right that is taken away ends at once, in callers' rooms too.

An owner who is no superuser gives nobody more than he has himself, and leaves superusers alone.
"""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Field, QuerySet
from django.forms import Field as FormField
from django.forms import ModelForm
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

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


admin.site.unregister([User, Group, TOTPDevice, StaticDevice])  # the latter two would show keys to superusers


@admin.register(User)
class PersonAdmin(LooksIntoCalls, UserAdmin):
    """Of the people at the desk."""

    list_display = ["username", "first_name", "last_name", "in_groups", "is_active", "last_login"]
    only_superusers_give = ("is_superuser", "user_permissions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, *self.only_superusers_give)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or _may_change(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or _may_change(request.user, obj))

    def formfield_for_manytomany(self, db_field: Field, request: HttpRequest, **kwargs) -> FormField:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups" and not request.user.is_superuser:
            field.queryset = field.queryset.filter(pk__in=_groups_within(request.user))
        return field

    @admin.display(description="Groups")
    def in_groups(self, row: User) -> str:
        names = ", ".join(group.name for group in row.groups.all())
        return names or ("All rights" if row.is_superuser else "–")


@admin.register(Group)
class SupervisorGroupAdmin(LooksIntoCalls, GroupAdmin):
    """Of what they may do together."""


def _may_change(owner: User, person: User) -> bool:
    """Not whoever may do more: his password would be a way to more rights."""
    if owner.is_superuser or person.is_superuser:
        return owner.is_superuser
    return person.get_all_permissions() <= owner.get_all_permissions()


def _groups_within(owner: User) -> list[int]:
    """Those that allow nothing which the owner may not do himself."""
    has = owner.get_all_permissions()
    groups = Group.objects.prefetch_related("permissions__content_type")
    return [group.pk for group in groups if {_name(one) for one in group.permissions.all()} <= has]


def _name(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"
