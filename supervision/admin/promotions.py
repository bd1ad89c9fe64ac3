"""What runs for a while: when it ends, and which answers end with it."""

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from supervision import promotions
from supervision.models import Promotion
from supervision.templatetags.desk import when

MAY = "supervision.change_helprequest"  # who teaches also says for how long it holds


@admin.register(Promotion)
class PromotionAdmin(admin.ModelAdmin):
    list_display = ["name", "ends", "held"]
    fields = ["name", "ends_at", "holds"]
    readonly_fields = ["name", "holds"]
    search_fields = ["name"]
    ordering = ["-created_at"]
    actions = ["end_now"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promotion]:
        return super().get_queryset(request).annotate(answer_count=Count("answers"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # one begins with the first answer that it holds

    def has_delete_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY)

    def has_view_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        return request.user.has_perm(MAY)

    def has_change_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        return request.user.has_perm(MAY)

    def save_model(self, request: HttpRequest, obj: Promotion, form: ModelForm, change: bool) -> None:
        promotions.move(obj, form.cleaned_data["ends_at"], by=request.user)

    @admin.action(description="End now, with the answers that hold while it runs", permissions=["change"])
    def end_now(self, request: HttpRequest, chosen: QuerySet[Promotion]) -> None:
        for promotion in chosen:
            count = promotions.move(promotion, timezone.now(), by=request.user)
            messages.success(request, f"{promotion} has ended, and {count} answer{'' if count == 1 else 's'} with it.")

    @admin.display(description="Ends", ordering="ends_at")
    def ends(self, row: Promotion) -> str:
        return when(row.ends_at) if row.ends_at else "when somebody ends it"

    @admin.display(description="Answers", ordering="answer_count")
    def held(self, row: Promotion) -> int:
        return row.answer_count

    @admin.display(description="Answers that hold while it runs")
    def holds(self, row: Promotion) -> SafeString | str:
        rows = (
            (reverse("admin:knowledge_learnedanswer_change", args=[one.pk]), one.question)
            for one in row.answers.filter(active=True)
        )
        return format_html_join("", '<p dir="auto"><a href="{}">{}</a></p>', rows) or "None."
