"""The admin site is the desk."""

from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    default_site = "supervision.admin.site.DeskSite"
