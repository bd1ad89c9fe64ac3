"""What supervisors type: an answer, a reason to leave, a practice caller's number."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from supervision import calls, lifecycle, screening
from supervision.models import HelpRequest

FURTHEST = timedelta(days=3660)  # a slip of the keyboard makes the year 20226


class Words(forms.CharField):
    """Text as it was typed: browsers send a line's end as two characters."""

    def to_python(self, value: object) -> str:
        return super().to_python(value).replace("\r\n", "\n")


class OtherRequests(forms.MultipleChoiceField):
    """Primary keys; whether each may still be answered is decided when it is."""

    def to_python(self, value: object) -> list[str]:
        return [one for one in super().to_python(value) if _is_key(one)]

    def valid_value(self, value: str) -> bool:
        return True


def _is_key(value: str) -> bool:
    try:
        return bool(UUID(value))
    except ValueError:
        return False


class AnswerForm(forms.Form):
    answer = Words(
        max_length=lifecycle.ANSWER_LIMIT,
        error_messages={
            "required": _("Write the answer first."),
            "max_length": _("An answer may have %(limit_value)d characters; this one has %(show_value)d."),
        },
    )
    scope = forms.ChoiceField(choices=HelpRequest.Scope, initial=HelpRequest.Scope.EVERYONE)
    learned_question = Words(max_length=screening.TURN_LIMIT, required=False)
    holds = forms.ChoiceField(choices=[(one, one) for one in ("always", "until", "promotion")], initial="always")
    until = forms.DateField(required=False)
    promotion = forms.CharField(max_length=80, required=False)  # the name of one that runs, or of a new one
    also = OtherRequests(choices=[], required=False)  # those who ask the same and are answered with it

    def clean_answer(self) -> str:
        answer = self.cleaned_data["answer"]
        if screening.is_invisible(answer):
            raise forms.ValidationError(self.fields["answer"].error_messages["required"])
        return answer

    def clean(self) -> dict:
        cleaned = super().clean()
        holds = cleaned.get("holds")
        if holds != "promotion":
            cleaned["promotion"] = ""
        elif not cleaned.get("promotion") and "promotion" not in self.errors:
            self.add_error("promotion", "Name the promotion.")
        if holds not in ("until", "promotion"):
            cleaned["until"] = None
        elif not cleaned.get("until"):
            if "until" not in self.errors and holds == "until":
                self.add_error("until", _("Choose the last day on which this holds."))
        elif cleaned["until"] < timezone.localdate():
            self.add_error("until", _("That day is over."))
        elif cleaned["until"] > timezone.localdate() + FURTHEST:
            self.add_error("until", _("That is more than ten years ahead: choose Always."))
        return cleaned

    @property
    def teaches(self) -> bool:
        return self.cleaned_data["scope"] == HelpRequest.Scope.EVERYONE

    @property
    def valid_until(self) -> datetime | None:
        """The end of the last day, in the salon's zone."""
        last = self.cleaned_data["until"]
        return timezone.make_aware(datetime.combine(last + timedelta(days=1), time())) if last else None


class LeaveForm(forms.Form):
    """Why a help request stays without an answer."""

    BECAUSE = [
        (HelpRequest.ClosedBecause.LEFT, _("Nobody can answer it")),
        (HelpRequest.ClosedBecause.NONSENSE, _("It is not a question")),
        (HelpRequest.ClosedBecause.WITHDRAWN, _("The caller no longer asks")),
    ]
    because = forms.ChoiceField(choices=BECAUSE)


class ElsewhereForm(forms.Form):
    """Another number for a text that did not arrive."""

    phone = forms.CharField(max_length=40, error_messages={"required": _("Type the number.")})
    said = forms.CharField(max_length=200, error_messages={"required": _("Note who gave the number, and how.")})


class PracticeForm(forms.Form):
    phone = forms.CharField(max_length=40, required=False, strip=True)

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        return calls.e164(phone) if phone else ""
