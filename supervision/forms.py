"""What supervisors type: an answer, a reason to leave, a practice caller's number."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django import forms
from django.utils import timezone

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
            "required": "Write the answer first.",
            "max_length": "An answer may have %(limit_value)d characters; this one has %(show_value)d.",
        },
    )
    scope = forms.ChoiceField(choices=HelpRequest.Scope, initial=HelpRequest.Scope.EVERYONE)
    learned_question = Words(max_length=screening.TURN_LIMIT, required=False)
    holds = forms.ChoiceField(choices=[("always", "Always"), ("until", "Until a date")], initial="always")
    until = forms.DateField(required=False)
    also = OtherRequests(choices=[], required=False)  # those who ask the same and are answered with it

    def clean_answer(self) -> str:
        answer = self.cleaned_data["answer"]
        if screening.is_invisible(answer):
            raise forms.ValidationError(self.fields["answer"].error_messages["required"])
        return answer

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("holds") != "until":
            cleaned["until"] = None
        elif not cleaned.get("until"):
            if "until" not in self.errors:
                self.add_error("until", "Choose the last day on which this holds.")
        elif cleaned["until"] < timezone.localdate():
            self.add_error("until", "That day is over.")
        elif cleaned["until"] > timezone.localdate() + FURTHEST:
            self.add_error("until", "That is more than ten years ahead: choose Always.")
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
        (HelpRequest.ClosedBecause.LEFT, "Nobody can answer it"),
        (HelpRequest.ClosedBecause.NONSENSE, "It is not a question"),
        (HelpRequest.ClosedBecause.WITHDRAWN, "The caller no longer asks"),
    ]
    because = forms.ChoiceField(choices=BECAUSE)


class ElsewhereForm(forms.Form):
    """Another number for a text that did not arrive."""

    phone = forms.CharField(max_length=40, error_messages={"required": "Type the number."})
    said = forms.CharField(max_length=200, error_messages={"required": "Note who gave the number, and how."})


class PracticeForm(forms.Form):
    phone = forms.CharField(max_length=40, required=False, strip=True)

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        return calls.e164(phone) if phone else ""
