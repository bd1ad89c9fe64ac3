"""Who is on duty, on the desk; and each supervisor's own page about his telephone and his texts."""

from django.contrib import admin, messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from supervision import duty, enrolling
from supervision.admin.listing import masked, state
from supervision.models import Message, Supervisor
from supervision.templatetags.desk import plainly

STAY = {"yes": "admin:supervision_my_texts", "profile": "admin:supervision_profile"}
PENDING = "telephone_to_confirm"  # in the session: a number that its owner has not confirmed yet


def on_desk(request: HttpRequest) -> dict:
    """Who gets texts now, whether the one who looks does, and what is wrong with anybody's."""
    now = timezone.now()
    supervisors = list(Supervisor.objects.select_related("user").order_by("place", "pk"))
    return {
        "me": next((one for one in supervisors if one.user_id == request.user.pk), None),
        "on_duty": [one for one in supervisors if one.gets_texts],
        "stopped": [one for one in supervisors if one.stopped_at],
        "shut": [one for one in supervisors if one.shut_until and one.shut_until > now],
    }


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """On duty or off; whoever has no telephone on record is led to where he can give one."""
    _check(request)
    me = Supervisor.objects.filter(user=request.user, phone__isnull=False).first()
    if me is None and request.user.push_devices.exists():  # notices alone reach this one
        me = Supervisor.objects.get_or_create(user=request.user)[0]
    if me is None:
        messages.info(request, _("First give the telephone that is to get the texts."))
        return redirect("admin:supervision_my_texts")
    duty.switch(me, on=request.POST.get("on") == "yes")
    return redirect(STAY.get(request.POST.get("stay"), "admin:index"))


def my_texts(request: HttpRequest) -> HttpResponse:
    """GET: the telephone, the duty, how to answer. POST: a number, the code that was texted to it, or to forget it."""
    _check(request)
    if request.method != "POST":
        return _page(request)
    try:
        _obey(request)
    except ValidationError as error:
        if error.code == "over":
            request.session.pop(PENDING, None)
        return _page(request, error=" ".join(error.messages), status=422)
    return redirect("admin:supervision_my_texts")


def _obey(request: HttpRequest) -> None:
    now, pending = timezone.now(), request.session.get(PENDING)
    if "forget" in request.POST:
        request.session.pop(PENDING, None)
        for me in Supervisor.objects.filter(user=request.user):
            enrolling.forget(me)
    elif "another" in request.POST:
        request.session.pop(PENDING, None)
    elif pending and "code" in request.POST:
        request.session.modified = True  # the tries are counted in it
        enrolling.confirm(request.user, pending, request.POST["code"][:40], at=now)
        del request.session[PENDING]
        messages.success(request, _("This telephone is yours. Go on duty to get texts about new questions."))
    else:
        phone = request.POST.get("phone", "").strip()
        request.session[PENDING] = enrolling.text_a_code(request.user, phone, at=now)


def _page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    pending = request.session.get(PENDING)
    context = {
        "title": "My texts",
        "me": Supervisor.objects.filter(user=request.user).first(),
        "pending": pending,
        "code_text": Message.objects.filter(pk=pending["message"]).first() if pending else None,
        "typed": request.POST.get("phone", "")[:40],
        "error": error,
    }
    return TemplateResponse(request, "supervision/my_texts.html", site.each_context(request) | context, status=status)


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("supervision.change_helprequest"):
        raise PermissionDenied("You may not answer help requests.")


@admin.register(Supervisor)
class SupervisorAdmin(admin.ModelAdmin):
    """For owners: who is asked first. A number is given, and confirmed, by whoever has it."""

    list_display = ["who", "number", "on_duty", "place", "door"]
    list_display_links = ["who"]
    list_editable = ["place"]
    list_select_related = ["user"]
    ordering = ["place", "pk"]
    fields = ["who", "number", "on_duty", "place", "door"]
    readonly_fields = ["who", "number", "on_duty", "door"]
    actions = ["open_the_door", "forget_the_number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Supervisor]:
        """Owners see all; whoever else was given the right sees his own."""
        rows = super().get_queryset(request)
        return rows if request.user.has_perm("auth.change_user") else rows.filter(user=request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # by themselves, on the page "My texts"

    def has_delete_permission(self, request: HttpRequest, obj: Supervisor | None = None) -> bool:
        return False

    @admin.display(description="Supervisor", ordering="user__username")
    def who(self, row: Supervisor) -> str:
        return str(row)

    @admin.display(description="Telephone")
    def number(self, row: Supervisor) -> SafeString | str:
        return masked(row.phone or "")

    @admin.display(description="Texts")
    def door(self, row: Supervisor) -> SafeString:
        if row.stopped_at:
            return state(f"blocked by a stop since {plainly(row.stopped_at)}", "late")
        if row.shut_until and row.shut_until > timezone.now():
            return state(f"do not count until {plainly(row.shut_until)}", "late")
        return state("count", "kept") if row.phone else state("no telephone", "quiet")

    @admin.action(description="Let texts from this number count again", permissions=["change"])
    def open_the_door(self, request: HttpRequest, queryset: QuerySet) -> None:
        queryset.update(shut_until=None, wrong_answers=0)
        self.message_user(request, "Texts from there count again.", messages.SUCCESS)

    @admin.action(description="Forget the number", permissions=["change"])
    def forget_the_number(self, request: HttpRequest, queryset: QuerySet) -> None:
        for one in queryset:
            enrolling.forget(one)
        self.message_user(request, "Forgotten: no texts to there, and none from there counts.", messages.SUCCESS)
