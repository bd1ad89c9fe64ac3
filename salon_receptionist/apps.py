"""The wiring as an app, for its commands; and the admin whose site is the desk."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class WiringConfig(AppConfig):
    name = "salon_receptionist"


class DeskAdminConfig(AdminConfig):
    default_site = "supervision.admin.site.DeskSite"
    default = False
