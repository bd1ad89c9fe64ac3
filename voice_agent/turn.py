"""One turn: what the caller asked, what was found, and what has been decided to say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from knowledge.search import Candidate, Findings, Verdict, find_answers, find_sure_answers
from supervision import screening
from supervision.models import Call, HelpRequest, Promise
from supervision.screening import Emergency
from voice_agent import followups, hearing, questions, replies, spoken_replies
from voice_agent.asked import ABOUT_TEXTS, YES_OR_NO, sentence
from voice_agent.call import OnCall
from voice_agent.prompts import render
from voice_agent.replies import Asked, Meaning, Reply
from voice_agent.small_talk import SmallTalk, asks_if_she_is_there, recognise

KEEPS_ASKING = (SmallTalk.REPEAT, SmallTalk.WAIT, SmallTalk.HERE)


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


def read(words: str, on_call: OnCall) -> Turn:
    """Look at a turn without writing anything: is it a reply to what she asked, and what is known about the rest?"""
    words = screening.mask_numbers(screening.clean(words))
    asks = on_call.asks
    if emergency := screening.emergency_in(words):
        return Turn(words, kept=asks, emergency=emergency)
    if on_call.call.is_spoken:
        return _heard(words, on_call)
    beside = screening.without_opting_out(words, by_text=on_call.call.channel == Call.Channel.TEXT)
    opts_out = beside is not None
    if opts_out:
        asks = {} if asks.get("kind") == Asked.NUMBER else {**asks, "then": {}}
    said = beside if beside is not None else words
    reply = replies.read(said, asks=asks) if said else None
    turn = Turn(words, reply, waiting=_still_waiting(asks, reply), opts_out=opts_out)
    if rest := reply.rest if reply else said:
        turn.parts = _parts(rest, on_call)
    return turn


def _heard(words: str, on_call: OnCall) -> Turn:
    """As `read`, of spoken words: whose marks are missing, and who may object, be a child, or hold the line."""
    said = hearing.as_written(words)
    if "transcribed" in on_call.last_said and hearing.refuses(said):
        return Turn(words, objects=True)
    if (rest := hearing.without_objection(said)) is not None and not on_call.call.off_the_record:
        turn = Turn(words, objects=True, kept=on_call.asks)
    elif (rest := hearing.without_child(said)) is not None and not on_call.is_child:
        turn = Turn(words, is_child=True)
    else:
        return _replied(said, Turn(words), on_call)
    turn.parts = _parts(rest, on_call) if rest else []
    return turn


def _replied(said: str, turn: Turn, on_call: OnCall) -> Turn:
    asks = on_call.asks
    is_reply = spoken_replies.is_about_texts(said, asks=asks)
    if not is_reply and (beside := screening.without_opting_out(said)) is not None:
        turn.opts_out, said = True, beside
        asks = {} if asks.get("kind") in ABOUT_TEXTS else {**asks, "then": {}}
    turn.reply = spoken_replies.read(said, asks=asks) if said else None
    if turn.reply is None and said and spoken_replies.wants_another_number(said):
        turn.reply, asks = Reply(Meaning.OTHER_NUMBER, words=said), {}
    turn.waiting = _still_waiting(asks, turn.reply)
    if rest := turn.reply.rest if turn.reply else said:
        turn.parts = _parts(rest, on_call)
    _settle_waiting(turn, asks, on_call)
    return turn


def _settle_waiting(turn: Turn, asks: dict, on_call: OnCall) -> None:
    """Repeating keeps what she asked; a yes-or-no that was passed over twice is given up, with words."""
    if turn.reply is None and turn.parts and all(part.small_talk in KEEPS_ASKING for part in turn.parts):
        turn.kept, turn.waiting = asks, {}
    elif turn.waiting.get("reminded") and turn.waiting["kind"] in YES_OR_NO:
        pk = turn.waiting.get("help_request")
        help_request = HelpRequest.objects.filter(pk=pk).first() if pk else None
        promise = help_request and help_request.current_promise
        turn.waiting = {}
        turn.given_up = Said(render("rest_again.txt"), promise=promise) if help_request else None


def read_without_rows(words: str, on_call: OnCall) -> Turn:
    """What can be known of a turn while the database is locked or gone: danger, and small talk."""
    words = screening.mask_numbers(screening.clean(words))
    emergency = screening.emergency_in(words)
    parts = [Part(words, small_talk=recognise(words))]
    waiting = _still_waiting(on_call.asks, None)
    return Turn(words, kept=on_call.asks, waiting=waiting, emergency=emergency, parts=parts, is_blind=True)


def _still_waiting(asks: dict, reply: Reply | None) -> dict:
    """What she goes on waiting for when the caller says something else first."""
    if reply is not None:
        return asks.get("then", {})
    return asks if asks.get("kind") in ABOUT_TEXTS else asks.get("then", {})


def _parts(words: str, on_call: OnCall) -> list[Part]:
    """One part when all of it is known, or it is one thing; else each by itself, a short one by what was before it."""
    if screening.MASK in words:
        return _without_private_numbers(words, on_call)
    if on_call.call.is_spoken and on_call.last_said and asks_if_she_is_there(words):
        return [Part(words, small_talk=SmallTalk.HERE)]
    several = questions.parts(words)
    if len(several) == 1:
        return [_completed(_part(words), on_call.last_question, on_call.last_service, on_call)]
    if sure := find_sure_answers(words):
        return [Part(words, sure)]
    found: list[Part] = []
    for piece in several:
        last = next((part for part in reversed(found) if part.is_sure), None)
        before = (last.question, last.service) if last else (on_call.last_question, on_call.last_service)
        found.append(_completed(_part(piece), *before, on_call))
    return found


def _without_private_numbers(words: str, on_call: OnCall) -> list[Part]:
    """She asks not to be told them; what else is asked is answered."""
    sentences = re.split(r"(?<=[?!.])\s+|\n+", words)
    asked = [one.replace(screening.MASK, "") for one in sentences if screening.MASK not in one or one.endswith("?")]
    others = [part for piece in asked for part in _parts(piece, on_call)]
    return [Part(words, small_talk=SmallTalk.PRIVATE_NUMBER), *others]


def _part(words: str) -> Part:
    kind = recognise(words)
    return Part(words, small_talk=kind) if kind else Part(words, find_answers(words))


def _completed(part: Part, last: str, service: str, on_call: OnCall) -> Part:
    """ "And on Saturday?" as a whole question, if she knows that; else she asks, once, what is meant."""
    if part.is_sure or part.small_talk:
        return part
    for question in followups.combined(part.question, last=last, service=service):
        if sure := find_sure_answers(question):
            return Part(question, sure)
    may_ask = part.findings is not None and part.findings.may_ask is not None
    if followups.is_elliptical(part.question) and not may_ask and on_call.asks.get("kind") != Asked.SAY_MORE:
        return Part(part.question, small_talk=SmallTalk.MORE)
    return part
