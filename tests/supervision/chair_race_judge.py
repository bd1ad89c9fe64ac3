"""Reads from the rows what came of `tests.supervision.chair_race_worker`, and holds it against what each was told."""

from collections import defaultdict
from dataclasses import dataclass

from supervision import live
from supervision.models import Event, HelpRequest, InboundText, Message, Promise
from tests.supervision.chair_race_worker import CLOCK, SUE, TOM, nobody_answers

State = Promise.State
CLOSINGS = ("resolved", "left_unresolved", "timed_out")
LATER = "snoozed"


@dataclass(frozen=True)
class Judged:
    came_first: str
    ended: str
    wrong: str  # what of it, in words; "" for nothing


@dataclass(frozen=True)
class Round:
    """One request with all that was written about it."""

    row: HelpRequest
    text: InboundText  # Sue's
    replies: list[Message]
    events: list[tuple[str, str]]  # what happened to it, and by whom, in this order
    known: dict[str, bool | str | None]  # what each process came to know by itself

    def judge(self, *, answered: bool) -> Judged:
        closings = [(kind, by) for kind, by in self.events if kind in CLOSINGS]
        right = {
            "one outcome": self._is_one_outcome(closings, answered),
            "one text to the caller": self._is_one_text(),
            "what she learned": (self.row.learned_answer.answer if self.row.learned_answer else "") == self.words,
            "the promise": self._is_promise_true(closings),
            "what the clock knows": self.known[CLOCK] is (("timed_out", CLOCK) in closings),
            "what Tom was told": self.known[TOM] == self._toms_truth(answered),
            "what Sue was told": self._is_sue_told_the_truth(answered),
        }
        wrong = ", ".join(name for name, holds in right.items() if not holds)
        return Judged(closings[0][1] if closings else "", f"{self.row.status} {self.by}", wrong and self._tell(wrong))

    @property
    def by(self) -> str:
        return self.row.responded_by.username if self.row.responded_by else CLOCK

    @property
    def words(self) -> str:
        return f"Says {self.by}." if self.row.status == HelpRequest.Status.RESOLVED else ""

    def _is_one_outcome(self, closings: list, answered: bool) -> bool:
        """A person answers, perhaps after the clock has put it away; or one person, or the clock, ends it."""
        if not answered:
            return closings == [("timed_out", CLOCK) if self.by == CLOCK else ("left_unresolved", TOM)]
        late = closings[1:] if closings[:1] == [("timed_out", CLOCK)] else closings
        return late == [("resolved", self.by)] and self.by != CLOCK and self.row.supervisor_response == self.words

    def _is_one_text(self) -> bool:
        left = [one for one in self.row.messages.all() if one.state != Message.State.CANCELLED]
        wanted = Message.Purpose.ANSWER if self.words else Message.Purpose.CLOSING
        return [(one.purpose, one.recipient, self.words in one.text) for one in left] == [
            (wanted, self.row.customer_phone, True)
        ]

    def _is_promise_true(self, closings: list) -> bool:
        """Broken where it was not kept in time, else open until the answer has arrived."""
        broken = closings[:1] != [("resolved", self.by)]
        return [promise.state for promise in self.row.promises.all()] == [State.BROKEN if broken else State.MADE]

    def _toms_truth(self, answered: bool) -> bool | str:
        return True if self.by == TOM else f"{self.row.status} {self.by} {self.words}".strip()

    def _is_sue_told_the_truth(self, answered: bool) -> bool:
        if len(self.replies) != 1 or self.text.read_at is None or self.text.help_request_id != self.row.pk:
            return False
        name, by = self.row.reference, "" if self.by == CLOCK else f" by {self.by}"
        if answered and self.by == SUE:
            begins, meaning = f"{name} answered. Text to the number ending {self.row.customer_phone[-2:]}", "answer"
        elif answered:
            begins, meaning = f"{name} had been answered{by} at ", "ignored"
        elif self.events[0][0] == LATER:
            begins, meaning = f"You are not reminded of {name} before ", "command"
        else:
            begins, meaning = f"{name} had been closed{by} ({self.row.get_closed_because_display()}) at ", "ignored"
        told = self.replies[0].text
        went_nowhere = "Your words went to nobody" in told
        return told.startswith(begins) and self.words in told and (self.text.meaning, went_nowhere) == (
            meaning, meaning == "ignored",
        )  # fmt: skip

    def _tell(self, wrong: str) -> str:
        return f"{wrong}: {self.events} {self.known} {[one.text for one in self.replies]}"


def judge(prepared: list[tuple], reports: dict[str, list]) -> list[Judged]:
    """Round by round; a few questions to the database for all of them."""
    related = HelpRequest.objects.select_related("responded_by", "learned_answer")
    rows = {row.pk: row for row in related.prefetch_related("messages", "promises")}
    texts, replies, events = InboundText.objects.in_bulk(), defaultdict(list), _events()
    for reply in Message.objects.exclude(inbound=None):
        replies[reply.inbound_id].append(reply)
    judged = []
    for number, (request_id, text_id) in enumerate(prepared):
        known = {role: told[number] for role, told in reports.items()}
        one = Round(rows[request_id], texts[text_id], replies[text_id], events[str(request_id)], known)
        judged.append(one.judge(answered=not nobody_answers(number)))
    return judged


def _events() -> dict[str, list[tuple[str, str]]]:
    from django.contrib.auth import get_user_model

    names = {str(user.pk): user.username for user in get_user_model().objects.all()}
    events = defaultdict(list)
    for event in Event.objects.filter(topic=live.DESK, kind__in=(*CLOSINGS, LATER)).order_by("id"):
        told = event.payload
        events[told["help_request"]].append((event.kind, names.get(told["by"], CLOCK)))
    return events
