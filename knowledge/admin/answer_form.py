"""The form of a learned answer; what another answer says to the same is shown and decided before it is saved."""

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

from knowledge import learning
from knowledge.conflicts import asking_the_same, conflicting
from knowledge.models import LearnedAnswer
from knowledge.wording import ANSWER_LIMIT, QUESTION_LIMIT, clean_answer, clean_question, key_of

REPLACE, BOTH = "replace", "both"


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

        self.conflicts: list[LearnedAnswer] = []
        self.both_errors: list[str] = []
        self.mine = self.data.get("mine", "")

    def clean_question(self) -> str:
        return clean_question(self.cleaned_data["question"])

    def clean_answer(self) -> str:
        return clean_answer(self.cleaned_data["answer"])

    def clean_phrasings(self) -> list[str]:
        lines = self.cleaned_data.get("phrasings", "").splitlines()
        return [clean_question(line) for line in lines if line.strip()]

    def clean(self) -> dict:
        """Raises ValidationError until whoever writes has said what becomes of answers that say something else."""
        wanted = super().clean()
        if not {"question", "answer"} <= wanted.keys() or not self.has_changed():
            return wanted
        self.conflicts = self._found(wanted)
        decision = self.data.get("conflict")
        if decision == BOTH:
            self._read_conditions(wanted)
        elif self.conflicts and decision != REPLACE:
            raise ValidationError("Another answer already has this question: decide which of them holds.")
        return wanted

    def _found(self, wanted: dict) -> list[LearnedAnswer]:
        adding = self.instance._state.adding
        texts = (wanted["question"], wanted["answer"])
        found = conflicting(*texts, phrasings=wanted.get("phrasings", ()), besides=None if adding else self.instance)
        # who corrects an answer has seen what stands beside it
        return found or (asking_the_same(*texts) if adding else [])

    def _read_conditions(self, wanted: dict) -> None:
        """The questions under which both are kept: each another one, that no third answer has."""
        self.shared = [one.question for one in self.conflicts]
        self.renamed = {one.pk: self.data.get(f"theirs-{one.pk}", one.question) for one in self.conflicts}
        for one in self.conflicts:
            one.renamed = self.renamed[one.pk]
        try:
            self._check_conditions(
                [clean_question(self.mine or wanted["question"]), *map(clean_question, self.renamed.values())]
            )
        except ValidationError as error:
            self.both_errors = error.messages
            raise ValidationError("Both cannot be kept like this.") from None
        wanted["question"] = clean_question(self.mine or wanted["question"])

    def _check_conditions(self, questions: list[str]) -> None:
        keys = {key_of(question) for question in questions}
        if len(keys) < len(questions):
            raise ValidationError("Write each question differently, so that she can ask which is meant.")
        ours = {self.instance.pk, *self.renamed}
        if LearnedAnswer.objects.active().filter(question_key__in=keys).exclude(pk__in=ours).exists():
            raise ValidationError("A third answer has one of these questions already.")

    def settle(self, answer: LearnedAnswer | None, *, by: AbstractBaseUser) -> None:
        """What was decided about the others, before this answer is changed, or, as `answer`, learned."""
        if self.data.get("conflict") == BOTH:
            for one in self.conflicts:
                if key_of(self.renamed[one.pk]) != one.question_key:
                    learning.correct(one, question=self.renamed[one.pk], by=by, reason="kept beside another answer")
        elif answer:
            for one in self.conflicts:
                learning.give_way(one, to=answer, by=by, reason="replaced")
