"""One turn: what the caller asked, what was found, and what has been decided to say."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from knowledge.search import Candidate, Findings, Verdict
from supervision.models import Promise
from supervision.screening import Emergency
from voice_agent.asked import ABOUT_TEXTS, YES_OR_NO, sentence
from voice_agent.call import OnCall
from voice_agent.prompts import render
from voice_agent.replies import Asked, Reply
from voice_agent.small_talk import SmallTalk


class After(IntEnum):
    """What becomes of the line once her words were played; of several in one turn the highest counts."""

    LISTEN = 0
    HANG_UP = 1
    HOLD = 2  # for the answer
    RING = 3  # the desk, for a person
    TRANSFER = 4


@dataclass(frozen=True)
class Said:
    """Something that she will say: stored answers, or a template."""

    text: str
    citations: tuple[Candidate, ...] = ()
    asks: dict = field(default_factory=dict)
    promise: Promise | None = None
    after: After = After.LISTEN

    @property
    def ends_call(self) -> bool:
        return self.after == After.HANG_UP

    @property
    def holds(self) -> bool:
        return self.after == After.HOLD

    @property
    def rings(self) -> bool:
        return self.after == After.RING

    @property
    def transfers(self) -> bool:
        return self.after == After.TRANSFER


@dataclass(frozen=True)
class Part:
    """One of the things said in a turn, in the caller's words; `findings` is None for small talk."""

    question: str
    findings: Findings | None = None
    small_talk: SmallTalk | None = None

    @property
    def is_sure(self) -> bool:
        return self.findings is not None and self.findings.verdict == Verdict.SURE

    @property
    def service(self) -> str:
        """The service that a sure answer is about; "" where it is about something else, or about several."""
        found = self.findings.candidates if self.is_sure and self.findings else ()
        if len(found) != 1 or not found[0].id.startswith("service:") or "+" in found[0].id:
            return ""
        return found[0].question.removeprefix("What is the price of ").rstrip("?")

    @property
    def offered(self) -> tuple[Candidate, ...]:
        """The candidates that a model may choose from; with an unknown verdict they are for people to look at."""
        if self.findings is None or self.findings.verdict == Verdict.UNKNOWN:
            return ()
        return self.findings.candidates


@dataclass
class Turn:
    words: str
    reply: Reply | None = None  # to what she had asked
    parts: list[Part] = field(default_factory=list)
    waiting: dict = field(default_factory=dict)  # a number that she still waits for
    order: list[str] = field(default_factory=list)  # ids of the tool calls, as they are to be spoken
    tools: tuple[str, ...] | None = None  # that were decided on; None until then
    is_blind: bool = False  # read without a database: there is nothing to choose from
    said: dict[str, list[Said]] = field(default_factory=dict)
    kept: dict = field(default_factory=dict)  # what she had asked, where the turn came to nothing
    opts_out: bool = False  # of texts
    objects: bool = False  # to being transcribed
    is_child: bool = False  # these words show it
    given_up: Said | None = None  # what she says of a question that was asked in vain
    emergency: Emergency | None = None
    is_second_attempt: bool = False

    @property
    def candidates(self) -> dict[str, Candidate]:
        return {candidate.id: candidate for part in self.parts for candidate in part.offered}

    @property
    def is_sure(self) -> bool:
        if self.reply or self.opts_out or self.objects or self.is_child:
            return False
        return bool(self.parts) and all(part.is_sure for part in self.parts)

    @property
    def knows_a_part(self) -> bool:
        return any(part.is_sure for part in self.parts)

    @property
    def is_known(self) -> bool:
        """Whether no model is needed for any part."""
        return all(part.is_sure or part.small_talk for part in self.parts)

    def may_ask(self, candidate_id: str, on_call: OnCall) -> Part | None:
        """The part for which "Do you mean …?" may offer this candidate; None when it may not."""
        for part in self.parts:
            offer = part.findings and part.findings.may_ask
            if offer and offer.id == candidate_id and not on_call.has_asked_about(part.question):
                return part
        return None

    def own_words(self, question: str) -> str:
        """The caller's own words for what a model calls `question`: the part that shares most words with it."""
        asked = [part.question for part in self.parts if not part.is_sure] or [self.words]
        meant = set(question.lower().split())
        return max(asked, key=lambda own: (own == question, len(meant & set(own.lower().split()))))

    def leave_for_the_next(self, on_call: OnCall) -> None:
        """What a short question in the next turn will be about; nothing where this one was not answered."""
        asked = [part for part in self.parts if not part.small_talk]
        if asked:
            sure = asked[-1].is_sure
            on_call.last_question = asked[-1].question if sure else ""
            on_call.last_service = asked[-1].service if sure else ""

    def say(self, call_id: str, said: Said) -> None:
        self.said.setdefault(call_id, []).append(said)

    def say_what_is_sure(self) -> None:
        for number, part in enumerate(self.parts):
            self.order.append(f"sure_{number}")
            self.say(f"sure_{number}", spoken(part.findings.candidates))

    @property
    def everything_said(self) -> list[Said]:
        """In the order of the calls, and nothing twice."""
        found = (one for call_id in self.order for one in self.said.get(call_id, ()))
        return list({(one.text, *one.asks.get("questions", ())): one for one in found}.values())

    @property
    def outcome(self) -> Said:
        """All of it as one reply: one question at its end at most, and one promise."""
        all_said = self.everything_said
        asks, question = _one_question(all_said, self.waiting)
        if self.given_up and not asks:
            all_said = [*all_said, self.given_up]
        texts = [one.text for one in all_said]
        citations = tuple({c.id: c for one in all_said for c in one.citations}.values())
        promise = next((one.promise for one in all_said if one.promise), None)
        after = max((one.after for one in all_said), default=After.LISTEN)
        if after == After.HANG_UP:
            asks, question = {}, ""
        text = " ".join(text for text in [*texts, question] if text)
        return Said(text, citations, asks or self.kept, promise, after)


def failed(words: str, asks: dict) -> Turn:
    """A turn that broke: an apology, and what she had asked is still open."""
    turn = Turn(words, order=["apology"], kept=asks)
    turn.say("apology", Said(render("apology.txt")))
    return turn


def spoken(candidates: Iterable[Candidate]) -> Said:
    """Stored answers, word for word."""
    candidates = tuple(candidates)
    return Said(" ".join(candidate.answer for candidate in candidates), candidates)


def _one_question(all_said: list[Said], waiting: dict) -> tuple[dict, str]:
    """What she asks at the end of her reply, with its words; the rest is asked after that is settled.

    "Do you mean …?" comes before the number, and what is still waited for is asked once more, not for ever.
    """
    asked = sorted((one.asks for one in all_said if one.asks), key=lambda asks: asks["kind"] != Asked.DO_YOU_MEAN)
    if not asked:
        return _asked_once_more(waiting) if waiting else ({}, "")
    first, *others = asked
    later = next((asks for asks in others if asks["kind"] in ABOUT_TEXTS), waiting)
    if first["kind"] == Asked.SAY_MORE:
        return {**first, **({"then": later} if later else {})}, ""
    if first.get("silent"):
        return first, ""
    if first["kind"] == Asked.PASS_ON:
        first = {**first, "questions": [question for asks in asked for question in asks.get("questions", ())]}
    if first["kind"] == Asked.DO_YOU_MEAN and later:
        first = {**first, "then": later}
    return first, sentence(first)


def _asked_once_more(waiting: dict) -> tuple[dict, str]:
    asks = {**waiting, "reminded": True}
    if waiting["kind"] in YES_OR_NO or waiting.get("digits"):
        return asks, sentence(asks)
    return asks, "" if waiting.get("reminded") else render("ask_number_again.txt")
