"""A call of the demo, turn by turn, each at its moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.utils import timezone

from knowledge.models import Salon
from knowledge.search import Candidate, Verdict, find_answers
from supervision import calls, lifecycle, outbox
from supervision.models import Call, Caller, HelpRequest, Promise, Utterance

Speaker = Utterance.Speaker
PARTS = {"turn_end": (180, 420), "hearing": (90, 240), "thinking": (4, 420), "voice": (110, 260)}  # ms
INPUT_TOKENS, OUTPUT_TOKENS = (700, 1400), (12, 60)  # a turn
SLOW = 0.03  # of her turns: a vendor took its time


class Talk:
    """A call by telephone that she has answered; `at` is the moment at which it has arrived."""

    def __init__(
        self, random: Random, words: dict, *, phone: str, at: datetime, channel: str = Call.Channel.PHONE
    ) -> None:
        self.random, self.words, self.at = random, words, at
        self.characters = self.turns = 0
        self.call = calls.ring(room=f"demo-{UUID(int=random.getrandbits(128))}", channel=channel, phone=phone, at=at)
        calls.answer(self.call, at=at)
        self.she("greeting")
        calls.greeted(self.call, at=self.at)
        self.call.refresh_from_db()

    def hear(self, text: str) -> Utterance:
        """The caller says it."""
        self._pass(1.5, 4)
        said = calls.record_utterance(self.call, speaker=Speaker.CALLER, text=text, at=self.at)
        self._pass(len(text) / 30, len(text) / 20)
        return said

    def say(self, text: str, *, cites: Iterable[Candidate] = (), promise: Promise | None = None, message=None) -> None:
        """She says it, and the caller hears it out."""
        latency = {name: self.random.randint(*between) for name, between in PARTS.items()}
        if self.random.random() < SLOW:
            latency["thinking"] += self.random.randint(900, 2400)
        latency["total"] = sum(latency.values())
        said = calls.record_utterance(
            self.call, speaker=Speaker.RECEPTIONIST, text=text, citations=cites, promise=promise, message=message,
            latency=latency if self.turns else None, at=self.at,
        )  # fmt: skip
        self.characters, self.turns = self.characters + len(text), self.turns + 1
        self._pass(len(text) / 17, len(text) / 14)
        calls.record_confirmation(said, at=self.at)

    def she(self, name: str, **about) -> None:
        self.say(self.words["she"][name].format(**about))

    def ask(self, question: str) -> bool:
        """A question that she answers herself; False where she does not know."""
        found = find_answers(question, at=self.at)
        if found.verdict != Verdict.SURE:
            return False
        self.hear(question)
        self.say(" ".join(one.answer for one in found.candidates), cites=found.candidates)
        return True

    def ask_supervisors(self, question: str, *, by_text: bool = True) -> HelpRequest:
        """One that she passes on, with the promise that the caller hears."""
        said = self.hear(question)
        asked = lifecycle.request_help(question, call=self.call, utterance=said, at=self.at)
        self.she("asking")
        self.hear(self._one_of("yes" if by_text else "no"))
        if by_text:
            lifecycle.give_number(asked, self.phone, words=self._one_of("yes"), call=self.call, at=self.at)
        elif self.call.caller:
            lifecycle.promise_call_back(asked)
        asked = HelpRequest.objects.get(pk=asked.pk)
        promise = asked.promises.latest("pk")
        sentence = {Promise.Kind.TEXT: "will_text", Promise.Kind.CALL_BACK: "call_back"}.get(promise.kind, "call_again")
        self.say(self.words["she"][sentence].format(by=_clock(promise.due_at)), promise=promise)
        return asked

    def hold(self, question: str) -> HelpRequest:
        """The caller waits on the line."""
        said = self.hear(question)
        asked = lifecycle.request_help(question, call=self.call, utterance=said, at=self.at)
        self.she("hold")
        calls.hold(self.call)
        return asked

    def is_held(self, *, for_: timedelta = timedelta()) -> None:
        """There is a job that holds it, as far as anybody can see, and for so long."""
        calls.take(self.call, holder="demo", at=self.at)
        Call.objects.filter(pk=self.call.pk).update(beat_at=self.at + for_)

    def tell_the_news(self) -> None:
        """What a supervisor has answered meanwhile is said to the caller who holds."""
        for message in calls.news(self.call):
            if outbox.take(message, at=self.at):
                answer = message.help_request.supervisor_response
                self.say(self.words["she"]["arrived"].format(answer=answer), message=message)
        calls.resume(self.call)

    def end(self, because: str = Call.EndedBecause.GOODBYE) -> None:
        if because == Call.EndedBecause.GOODBYE:
            self.hear(self._one_of("thanks"))
            self.she("goodbye")
        calls.note_usage(self.call, self._usage())
        calls.close_call(self.call, because=because, at=self.at)

    @property
    def phone(self) -> str:
        return Caller.objects.get(pk=self.call.caller_id).phone

    def _one_of(self, name: str) -> str:
        return self.random.choice(self.words["callers_words"][name])

    def _pass(self, least: float, most: float) -> None:
        self.at += timedelta(seconds=self.random.uniform(least, most))

    def _usage(self) -> dict:
        tokens = {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS}
        counted = {name: sum(self.random.randint(*each) for _ in range(self.turns)) for name, each in tokens.items()}
        seconds = (self.at - self.call.started_at).total_seconds()
        return {
            "llm": [{"provider": "groq", "model": "openai/gpt-oss-120b", **counted}],
            "voice": [{"provider": "elevenlabs", "model": "eleven_flash_v2_5", "characters": self.characters}],
            "ears": [{"provider": "elevenlabs", "model": "scribe_v2_realtime", "seconds": round(seconds, 1)}],
        }


def _clock(moment: datetime) -> str:
    there = timezone.localtime(moment, Salon.objects.current().zone)
    return f"{there:%A} {there.hour % 12 or 12}:{there:%M} {there:%p}"
