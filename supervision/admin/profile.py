"""Everybody's own page: name, language, zone, keys, telephone, notices, and how he signs in."""

from zoneinfo import available_timezones

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from supervision import two_factor
from supervision.admin import signing_in
from supervision.models import Supervisor

OWN = ("language", "time_zone", "single_keys")


class ProfileForm(forms.Form):
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    language = forms.ChoiceField(required=False)
    time_zone = forms.ChoiceField(required=False)
    single_keys = forms.BooleanField(required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", ""), *settings.LANGUAGES]
        self.fields["time_zone"].choices = [("", ""), *((name, name) for name in sorted(available_timezones()))]


def show(request: HttpRequest) -> HttpResponse:
    """GET: the page. POST: name, language, zone and keys."""
    me = Supervisor.objects.filter(user=request.user).first() or Supervisor(user=request.user)
    if request.method != "POST":
        return _page(request, me, ProfileForm(initial=_values(request.user, me)))
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _page(request, me, form, status=422)
    _save(request.user, form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("admin:supervision_profile")


def codes_for_signing_in(request: HttpRequest) -> HttpResponse:
    """Sets them up; with the password: new ones for paper, or none asked for any more."""
    user = request.user
    if two_factor.is_on(user):
        return _change(request, user) if request.method == "POST" else redirect("admin:supervision_profile")
    if request.method == "POST" and (codes := two_factor.confirm(user, request.POST.get("code", ""))):
        two_factor.sign_out_elsewhere(user, but=request.session.session_key)
        return signing_in.codes_page(request, codes, go_on=reverse("admin:supervision_profile"))
    return signing_in.key_page(request, user, wrong=request.method == "POST")


def _change(request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
    name = {"username": user.get_username()}
    allowed = AxesProxyHandler.is_allowed(request, name)
    if not allowed or not user.check_password(request.POST.get("password", "")):
        AxesProxyHandler.user_login_failed(None, name, request)
        messages.error(request, "That is not your password. Nothing was changed.")
    elif "codes" in request.POST:
        return signing_in.codes_page(request, two_factor.new_codes(user), go_on=reverse("admin:supervision_profile"))
    elif "remove" in request.POST and not (settings.REQUIRE_TWO_FACTOR and two_factor.is_owner(user)):
        two_factor.remove(user)
        messages.success(request, "From now on your password alone signs you in.")
    return redirect("admin:supervision_profile")


def _page(request: HttpRequest, me: Supervisor, form: ProfileForm, *, status: int = 200) -> HttpResponse:
    is_on = two_factor.is_on(request.user)
    context = {
        "title": "My profile",
        "me": me,
        "form": form,
        "has_codes": is_on,
        "codes_left": two_factor.codes_left(request.user) if is_on else 0,
        "codes_stay": settings.REQUIRE_TWO_FACTOR and two_factor.is_owner(request.user),
    }
    return TemplateResponse(request, "supervision/profile.html", site.each_context(request) | context, status=status)


def _values(user: AbstractBaseUser, me: Supervisor) -> dict:
    own = {name: getattr(me, name) for name in OWN}
    return {"first_name": user.first_name, "last_name": user.last_name, **own}


def _save(user: AbstractBaseUser, data: dict) -> None:
    with transaction.atomic():
        user.first_name, user.last_name = data["first_name"], data["last_name"]
        user.save(update_fields=["first_name", "last_name"])
        Supervisor.objects.update_or_create(user=user, defaults={name: data[name] for name in OWN})
