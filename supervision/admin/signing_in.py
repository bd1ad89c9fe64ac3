"""Signing in with a second thing: nobody is signed in before the code was right, so that no page need ask for it."""

from base64 import b32encode
from datetime import timedelta

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME, get_user_model, login
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from supervision import two_factor

HALF_WAY = "half_way_in"  # in the session: whose password was right, and where he wants to
GOOD_FOR = timedelta(minutes=10)
TRIES = 5


class CodeWanted(Exception):
    """The password was right, and is not enough."""

    def __init__(self, user: AbstractBaseUser) -> None:
        self.user = user


class PasswordForm(AdminAuthenticationForm):
    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)
        if two_factor.is_on(user) or two_factor.is_lacking(user):
            raise CodeWanted(user)


def half_way(request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
    """The first half is done: on to the code, or to where it is set up."""
    request.session.flush()
    request.session[HALF_WAY] = {
        "user": user.pk,
        "backend": user.backend,
        "proof": user.get_session_auth_hash(),  # another password meanwhile ends it
        "next": request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, ""),
        "until": (timezone.now() + GOOD_FOR).isoformat(),
        "tries": 0,
    }
    return redirect("admin:supervision_code" if two_factor.is_on(user) else "admin:supervision_first_code")


def code(request: HttpRequest) -> HttpResponse:
    """The second half: a code of the app, or one from paper."""
    user = _half_in(request)
    if user is None or not two_factor.is_on(user):
        return _from_the_start(request)
    if request.method != "POST":
        return _code_page(request)
    if not AxesProxyHandler.is_allowed(request, {"username": user.get_username()}):
        return _from_the_start(request)
    if two_factor.check(user, request.POST.get("code", "")):
        return _sign_in(request, user)
    waits = two_factor.waits(user)
    AxesProxyHandler.user_login_failed(None, {"username": user.get_username()}, request)  # as a wrong password
    request.session[HALF_WAY]["tries"] += 1
    request.session.modified = True
    return _code_page(request, wrong=True, waits=waits, status=422)


def first_code(request: HttpRequest) -> HttpResponse:
    """For an owner who must have a second thing, and sets it up before he is in."""
    user = _half_in(request)
    if user is None or two_factor.is_on(user):
        return _from_the_start(request)
    typed = request.POST.get("code", "")
    if request.method == "POST" and (codes := two_factor.confirm(user, typed)):
        place = _place(request)
        _sign_in(request, user)
        return codes_page(request, codes, go_on=place)
    return key_page(request, user, wrong=request.method == "POST", must=True)


def key_page(request: HttpRequest, user: AbstractBaseUser, *, wrong: bool, must: bool = False) -> HttpResponse:
    """The key for the app, to be photographed or typed, and the field for its first code."""
    import segno  # 20 ms in every process, for one page

    device = two_factor.begin(user)
    key = b32encode(device.bin_key).decode().rstrip("=")
    context = {
        "title": "Codes for signing in",
        "picture": segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff"),
        "key": " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        "wrong": wrong,
        "must": must,
    }
    status = 422 if wrong else 200
    return TemplateResponse(request, "supervision/two_factor.html", site.each_context(request) | context, status=status)


def codes_page(request: HttpRequest, codes: list[str], *, go_on: str) -> HttpResponse:
    context = {"title": "Codes for paper", "codes": codes, "go_on": go_on}
    response = TemplateResponse(request, "supervision/two_factor_codes.html", site.each_context(request) | context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _half_in(request: HttpRequest) -> AbstractBaseUser | None:
    """Whose password was right a moment ago in this browser, if nothing has changed since."""
    kept = request.session.get(HALF_WAY)
    if not kept or kept["tries"] >= TRIES or timezone.now().isoformat() > kept["until"]:
        return None
    user = get_user_model().objects.filter(pk=kept["user"], is_active=True, is_staff=True).first()
    if user is None or not constant_time_compare(kept["proof"], user.get_session_auth_hash()):
        return None
    return user


def _sign_in(request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
    place = _place(request)
    backend = request.session.pop(HALF_WAY)["backend"]
    login(request, user, backend=backend)
    return redirect(place)


def _place(request: HttpRequest) -> str:
    wanted = request.session[HALF_WAY]["next"]
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and is_ours else reverse("admin:index")


def _from_the_start(request: HttpRequest) -> HttpResponse:
    if request.session.pop(HALF_WAY, None):
        messages.info(request, "Begin again with your password.")
    return redirect("admin:login")


def _code_page(request: HttpRequest, *, wrong: bool = False, waits: bool = False, status: int = 200) -> HttpResponse:
    context = {"title": "Sign in", "wrong": wrong, "waits": waits}
    return TemplateResponse(request, "supervision/code.html", site.each_context(request) | context, status=status)
