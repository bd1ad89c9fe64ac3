"""Learned answers: list, add, correct, retire, their phrasings, and what she would say."""

import datetime as dt

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from knowledge import learning
from knowledge.models import LearnedAnswer, Phrasing
from knowledge.search import find_answers
from knowledge.wording import ANSWER_LIMIT, QUESTION_LIMIT, clean_answer, clean_question


class LearnedAnswerForm(forms.ModelForm):
    question = forms.CharField(
        label="She learns it as", max_length=QUESTION_LIMIT, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )
    answer = forms.CharField(max_length=ANSWER_LIMIT, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}))
    phrasings = forms.CharField(
        label="Other ways of asking",
        required=False,
        help_text="One on each line. She answers all of them.",
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    class Meta:
        model = LearnedAnswer
        fields = ["question", "answer", "valid_until"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "valid_until" in self.fields:  # two inputs under one legend, each with a name of its own
            for part, name in zip(self.fields["valid_until"].widget.widgets, ("date", "time"), strict=True):
                part.attrs["aria-label"] = f"Valid until, {name}"

    def clean_question(self) -> str:
        question = clean_question(self.cleaned_data["question"])
        others = LearnedAnswer.objects.active().asking(question).exclude(pk=self.instance.pk)
        if not self.instance._state.adding and others.exists():
            raise ValidationError("Another answer already has this question; retire one of them first.")
        return question

    def clean_answer(self) -> str:
        return clean_answer(self.cleaned_data["answer"])

    def clean_phrasings(self) -> list[str]:
        lines = self.cleaned_data.get("phrasings", "").splitlines()
        return [clean_question(line) for line in lines if line.strip()]


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
    change_list_template = "admin/knowledge/learnedanswer/change_list.html"

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
        self.message_user(request, "Retired: she no longer gives these answers.", messages.SUCCESS)

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
        wanted = {name: form.cleaned_data[name] for name in ("question", "answer", "valid_until", "phrasings")}
        obj.pk = learning.learn(**wanted, taught_by=request.user).pk
        obj.refresh_from_db()

    def log_change(self, request: HttpRequest, obj: LearnedAnswer, message: object) -> None:
        """The verbs have written the history."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("try/", wrap(self.try_view), name="knowledge_learnedanswer_try"),
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

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        answer = self.get_object(request, object_id)
        phrasings = answer.phrasings.all() if answer else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "phrasings": phrasings})

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

    def retire_view(self, request: HttpRequest, pk) -> HttpResponse:
        answer = self._to_change(request, pk)
        learning.retire(answer, by=request.user)
        self.message_user(request, "Retired: she no longer gives this answer.", messages.SUCCESS)
        return redirect("admin:knowledge_learnedanswer_changelist")

    def phrase_view(self, request: HttpRequest, pk) -> HttpResponse:
        answer = self._to_change(request, pk)
        return self._do(request, answer, lambda: learning.add_phrasing(pk, request.POST.get("text", ""), source="desk"))

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        phrasing = get_object_or_404(Phrasing, pk=pk)
        answer = self._to_change(request, phrasing.learned_answer_id)
        return self._do(request, answer, lambda: learning.approve_phrasing(phrasing, by=request.user))

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        phrasing = get_object_or_404(Phrasing, pk=pk)
        answer = self._to_change(request, phrasing.learned_answer_id)
        return self._do(request, answer, lambda: learning.drop_phrasing(phrasing, by=request.user))

    def _to_change(self, request: HttpRequest, pk) -> LearnedAnswer:
        answer = get_object_or_404(LearnedAnswer, pk=pk)
        if not self.has_change_permission(request, answer):
            raise PermissionDenied
        return answer

    def _do(self, request: HttpRequest, answer: LearnedAnswer, verb) -> HttpResponseRedirect:
        try:
            verb()
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        return redirect("admin:knowledge_learnedanswer_change", answer.pk)


def _change(answer: LearnedAnswer, form: forms.ModelForm, *, by) -> None:
    wanted = form.cleaned_data
    if {"question", "answer"} & set(form.changed_data):
        learning.correct(answer, question=wanted["question"], answer=wanted["answer"], by=by)
    if "valid_until" in form.changed_data:
        learning.hold_until(answer, wanted["valid_until"], by=by)


def _short(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y")


def _clamped(text: str) -> SafeString:
    return format_html('<span class="clamp" dir="auto">{}</span>', text[:300])
