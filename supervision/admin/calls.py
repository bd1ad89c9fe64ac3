"""Calls as a list, and one call as the script of what was said."""

from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from supervision import call_control, wrong
from supervision.admin import record
from supervision.admin.listing import ReadOnlyAdmin, clamped, masked, state
from supervision.call_pages import speaking
from supervision.models import Call, HelpRequest, Message, Utterance
from supervision.templatetags.desk import caller_name, plainly, when

LONGEST = 500  # lines of a script on one page, the newest


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ["who", "number", "channel", "state_", "began", "ended", "asked"]
    list_display_links = ["who"]
    list_filter = ["channel", "state", "started_at"]
    list_select_related = ["caller", "practised_by"]
    search_fields = ["caller__name", "caller__phone__endswith", "help_requests__reference"]
    by_month = "started_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        return super().get_queryset(request).prefetch_related("help_requests")

    def change_view(self, request: HttpRequest, object_id: str, *args, **kwargs) -> HttpResponse:
        return speaking(show)(request, self, object_id)

    @admin.display(description="Caller", ordering="caller__name")
    def who(self, row: Call) -> SafeString:
        return clamped(caller_name(row))

    @admin.display(description="Number")
    def number(self, row: Call) -> SafeString | str:
        return masked(row.caller.phone or "" if row.caller else "")

    @admin.display(description="State", ordering="state")
    def state_(self, row: Call) -> SafeString:
        return state(row.get_state_display(), "" if row.is_open else "quiet")

    @admin.display(description="Began", ordering="started_at")
    def began(self, row: Call) -> str:
        return when(row.started_at)

    @admin.display(description="Ended", ordering="ended_at")
    def ended(self, row: Call) -> str:
        return when(row.ended_at) or "–"

    @admin.display(description="Asked you")
    def asked(self, row: Call) -> str:
        return ", ".join(one.reference for one in row.help_requests.all()) or "–"


def script(utterances: QuerySet[Utterance]) -> list[Utterance]:
    """The newest of them in order, each with the sources of what was spoken."""
    about = ("promise__help_request", "message__help_request__responded_by")
    newest = utterances.select_related(*about).prefetch_related("citations__learned_answer").order_by("-id")
    return list(reversed(newest[:LONGEST]))


def show(request: HttpRequest, model_admin: CallAdmin, object_id: str) -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied("You may not see calls.")
    call = get_object_or_404(
        Call.objects.select_related("caller", "practised_by", "taken_over_by"), pk=_uuid(object_id)
    )
    requests = HelpRequest.objects.filter(Q(call=call) | Q(calls=call)).distinct().select_related("responded_by")
    said = script(call.utterances.all())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Call of {plainly(call.started_at)}",
        "call": call,
        "script": said,
        "wrong_reasons": wrong.Reason.choices,
        "may": may(request.user, call),
        **record.facts(call, said),
        "help_requests": list(requests),
        "texts": list(Message.objects.filter(Q(call=call) | Q(help_request__call=call)).distinct()),
        "other_calls": list(call.caller.calls.exclude(pk=call.pk)[:5]) if call.caller else [],
    }
    return TemplateResponse(request, "supervision/call.html", context)


def may(user: AbstractBaseUser, call: Call) -> dict[str, bool]:
    """What this supervisor may do to the call while it lasts."""
    in_reach = call.is_spoken and call.is_open and call_control.is_configured()
    listens = in_reach and user.has_perm("supervision.listen")
    return {
        "listen": listens and settings.ALLOW_LISTENING,
        "listen_if_allowed": listens and not settings.ALLOW_LISTENING,
        "take_over": in_reach and user.has_perm("supervision.take_over"),
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
