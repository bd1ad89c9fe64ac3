""" "That was wrong" on an answer in a call's script: noted, and the answer is opened."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from supervision import wrong
from supervision.models import Citation
from supervision.templatetags.desk import known_at


@require_POST
def say(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perms(["supervision.view_call", "knowledge.change_learnedanswer"]):
        raise PermissionDenied("You may not change what she knows.")
    citation = get_object_or_404(Citation.objects.select_related("learned_answer", "utterance__call"), pk=pk)
    if request.POST.get("reason") not in wrong.Reason.values:
        return HttpResponseBadRequest("Say what was wrong with it.")
    struck = wrong.call_wrong(citation, reason=wrong.Reason(request.POST["reason"]), by=request.user)
    if struck:
        messages.success(request, _("She no longer gives this answer to “%(question)s”.") % {"question": struck[:160]})
    elif citation.learned_answer_id is None:
        messages.info(request, _("This is a salon fact: change it here, and her next answer is the changed one."))
    else:
        messages.info(request, _("Noted. Correct the answer, or retire it."))
    return redirect(known_at(citation.source) or "admin:index")
