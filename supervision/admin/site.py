"""The admin site whose index is the desk."""

from django.contrib.admin import AdminSite


class DeskSite(AdminSite):
    site_header = site_title = "The desk"
    index_title = "Desk"
