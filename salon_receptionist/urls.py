"""The project's addresses: `/` leads to the desk."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from salon_receptionist.api import api

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("", include("supervision.urls")),
]
