"""Learned answers: list, add, correct, retire, their phrasings, and what she would say."""

import datetime as dt

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from knowledge import answer_list, learning
from knowledge.admin import answer_page, exchange
from knowledge.admin.answer_form import BOTH, LearnedAnswerForm
from knowledge.models import Change, LearnedAnswer, Phrasing
from knowledge.search import find_answers
from knowledge.undoing import undo
from knowledge.wording import QUESTION_LIMIT

EXPORTS = [f"knowledge.view_{name}" for name in ("learnedanswer", "salon", "openinghours", "closure", "service")]


@admin.register(LearnedAnswer)
class LearnedAnswerAdmin(admin.ModelAdmin):
    form = LearnedAnswerForm
    list_display = ["asked", "said", "origin", "taught_by", "learned", "until", "active"]
    list_filter = ["active", "origin", "valid_until", "taught_by"]
    list_select_related = ["taught_by"]
    list_per_page = 50
    search_fields = ["question", "answer", "phrasings__text"]
    show_full_result_count = False
    actions = ["retire_selected"]
    change_form_template = "admin/knowledge/learnedanswer/change_form.html"

    @admin.display(description="Question", ordering="question")
    def asked(self, row: LearnedAnswer) -> SafeString:
        return _clamped(row.question)

    @admin.display(description="Answer", ordering="answer")
    def said(self, row: LearnedAnswer) -> SafeString:
        return _clamped(row.answer)

    @admin.display(description="Learned", ordering="learned_at")
    def learned(self, row: LearnedAnswer) -> str:
        return _short(row.learned_at)

    @admin.display(description="Until", ordering="valid_until", empty_value="always")
    def until(self, row: LearnedAnswer) -> str | None:
        if row.is_proposed(timezone.now()):
            return f"only proposed until {_short(row.valid_from)}"
        return row.valid_until and _short(row.valid_until)

    @admin.action(description="Retire selected answers", permissions=["change"])
    def retire_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        for one in queryset.active():
            learning.retire(one, by=request.user)
        self.message_user(request, _("Retired: she no longer gives these answers."), messages.SUCCESS)

    def get_fields(self, request: HttpRequest, obj: LearnedAnswer | None = None) -> list[str]:
        return ["question", "answer", "valid_until", *([] if obj else ["phrasings"])]

    def has_change_permission(self, request: HttpRequest, obj: LearnedAnswer | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.active)

    def has_delete_permission(self, request: HttpRequest, obj: LearnedAnswer | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: LearnedAnswer, form: forms.ModelForm, change: bool) -> None:
        if change:
            _change(obj, form, by=request.user)
            return
        learned = _learn(form, by=request.user)
        obj.pk = learned.pk
        obj.refresh_from_db()

    def log_change(self, request: HttpRequest, obj: LearnedAnswer, message: object) -> None:
        """The verbs have written the history."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("table/", wrap(super().changelist_view), name="knowledge_learnedanswer_table"),
            path("try/", wrap(self.try_view), name="knowledge_learnedanswer_try"),
            path("exchange/", wrap(self.exchange_view), name="knowledge_learnedanswer_exchange"),
            path("exchange/<slug:kind>/", wrap(self.export_view), name="knowledge_learnedanswer_export"),
            path("<uuid:pk>/undo/", wrap(require_POST(self.undo_view)), name="knowledge_learnedanswer_undo"),
            path("<uuid:pk>/settle/", wrap(require_POST(self.settle_view)), name="knowledge_learnedanswer_settle"),
            path("<uuid:pk>/retire/", wrap(require_POST(self.retire_view)), name="knowledge_learnedanswer_retire"),
            path("<uuid:pk>/phrase/", wrap(require_POST(self.phrase_view)), name="knowledge_learnedanswer_phrase"),
            path(
                "phrasing/<int:pk>/approve/",
                wrap(require_POST(self.approve_view)),
                name="knowledge_phrasing_approve",
            ),
            path("phrasing/<int:pk>/drop/", wrap(require_POST(self.drop_view)), name="knowledge_phrasing_drop"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """The page to find answers on; what is posted comes from the table of all of them."""
        if request.method == "POST":
            return super().changelist_view(request, extra_context)
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = answer_page.listed(request) | {"now": timezone.now()}
        if request.headers.get("X-Requested-With") == "find":
            return TemplateResponse(request, "admin/knowledge/learnedanswer/found.html", context)
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "title": "Learned answers"}
        context |= answer_page.counted() | answer_page.to_decide()
        return TemplateResponse(request, "admin/knowledge/learnedanswer/answers.html", context)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None) -> HttpResponse:
        context = {"may_add": self.has_add_permission(request), **(extra_context or {})}
        if answer := self.get_object(request, object_id) if object_id else None:
            context |= answer_page.listed(request) | answer_page.counted() | answer_page.about(answer)
            context["may_undo"] = super().has_change_permission(request)
        return super().changeform_view(request, object_id, form_url, context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:knowledge_learnedanswer_change", args=[object_id]) + "#history")

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What would she say? Reads only: nothing that is tried here changes anything."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        question = request.GET.get("q", "")
        context = {
            **self.admin_site.each_context(request),
            "title": "What would she say?",
            "opts": self.opts,
            "question": question[:QUESTION_LIMIT],
            "findings": find_answers(question) if question.strip() else None,
        }
        return TemplateResponse(request, "admin/knowledge/learnedanswer/try.html", context)

    def exchange_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_import = self.has_add_permission(request) and self.has_change_permission(request)
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return exchange.show(request, context, may_import=may_import)

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The whole context tells the salon's facts, too."""
        needed = {"csv": EXPORTS[:1], "context": EXPORTS}.get(kind)
        if needed is None:
            raise Http404
        if not request.user.has_perms(needed):
            raise PermissionDenied
        return exchange.as_csv(request) if kind == "csv" else exchange.as_context(request)

    def retire_view(self, request: HttpRequest, pk) -> HttpResponse:
        answer = self._to_change(request, pk)
        learning.retire(answer, by=request.user)
        self.message_user(request, _("Retired: she no longer gives this answer."), messages.SUCCESS)
        return redirect("admin:knowledge_learnedanswer_changelist")

    def phrase_view(self, request: HttpRequest, pk) -> HttpResponse:
        answer = self._to_change(request, pk)
        verb = learning.strike if "not" in request.POST else learning.add_phrasing
        return self._do(request, answer, lambda: verb(pk, request.POST.get("text", ""), source="desk", by=request.user))

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        phrasing = get_object_or_404(Phrasing, pk=pk)
        answer = self._to_change(request, phrasing.learned_answer_id)
        return self._do(request, answer, lambda: learning.approve_phrasing(phrasing, by=request.user))

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        phrasing = get_object_or_404(Phrasing, pk=pk)
        answer = self._to_change(request, phrasing.learned_answer_id)
        return self._do(request, answer, lambda: learning.drop_phrasing(phrasing, by=request.user))

    def undo_view(self, request: HttpRequest, pk) -> HttpResponse:
        """Also of what made the answer a retired one, which is otherwise not changed any more."""
        if not super().has_change_permission(request):
            raise PermissionDenied
        change = get_object_or_404(Change, pk=_number(request.POST.get("change")), learned_answer=pk)
        return self._do(request, change.learned_answer, lambda: undo(change, by=request.user))

    def settle_view(self, request: HttpRequest, pk) -> HttpResponse:
        """Of two answers to the same wording one is kept."""
        answer = self._to_change(request, pk)
        other = get_object_or_404(answer_list.disagreeing_with(answer), pk=request.POST.get("other"))
        kept, ended = (other, answer) if request.POST.get("keep") == "other" else (answer, other)
        learning.give_way(ended, to=kept, by=request.user, reason="replaced")
        return redirect("admin:knowledge_learnedanswer_change", kept.pk)

    def _to_change(self, request: HttpRequest, pk) -> LearnedAnswer:
        answer = get_object_or_404(LearnedAnswer, pk=pk)
        if not self.has_change_permission(request, answer):
            raise PermissionDenied
        return answer

    def _do(self, request: HttpRequest, answer: LearnedAnswer, verb) -> HttpResponseRedirect:
        try:
            with transaction.atomic():
                verb()
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        return redirect("admin:knowledge_learnedanswer_change", answer.pk)


def _learn(form: LearnedAnswerForm, *, by) -> LearnedAnswer:
    wanted = {name: form.cleaned_data[name] for name in ("question", "answer", "valid_until", "phrasings")}
    if form.data.get("conflict") == BOTH:
        wanted["phrasings"] = [*wanted["phrasings"], *form.shared]
        form.settle(None, by=by)
    learned = learning.learn(**wanted, taught_by=by)
    form.settle(learned, by=by)
    return learned


def _change(answer: LearnedAnswer, form: forms.ModelForm, *, by) -> None:
    wanted = form.cleaned_data
    form.settle(answer, by=by)
    if {"question", "answer"} & set(form.changed_data):
        learning.correct(answer, question=wanted["question"], answer=wanted["answer"], by=by)
    if "valid_until" in form.changed_data:
        learning.hold_until(answer, wanted["valid_until"], by=by)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def _short(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y")


def _clamped(text: str) -> SafeString:
    return format_html('<span class="clamp" dir="auto">{}</span>', text[:300])
