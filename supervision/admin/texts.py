"""What a supervisor decides about texts on the desk: they leave again; who was told something wrong is told so."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from supervision import corrections, limits, outage
from supervision.models import Correction

MOST = 5  # corrections on the desk; the others follow when these are decided


def on_desk() -> dict:
    """The stop and the outage, if there is one, and the corrections that wait, with those who were `told` otherwise."""
    waiting = list(Correction.objects.open().select_related("learned_answer")[:MOST])
    for one in waiting:
        one.told = corrections.concerned(one)
    return {"stopped": limits.breaker(), "outage": outage.now(timezone.now()), "corrections": waiting}


@require_POST
def allow(request: HttpRequest) -> HttpResponse:
    """Texts that callers cause leave again."""
    _check(request)
    if limits.reset(by=request.user):
        messages.success(request, _("Texts leave again. What had waited for more than an hour is not sent any more."))
    return redirect("admin:index")


@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """One text to each who got the old answer, or, with `dismiss`, none."""
    _check(request)
    correction = get_object_or_404(Correction, pk=pk)
    if "dismiss" in request.POST:
        corrections.dismiss(correction, by=request.user)
    elif count := corrections.text_all(correction, by=request.user):
        messages.success(request, f"{count} correction{pluralize(count)} will be texted.")
    return redirect("admin:index")


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("supervision.change_helprequest"):
        raise PermissionDenied("You may not decide about texts.")
