"""The receptionist: searches before the model, has it choose among stored answers, and says only what is written."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from livekit.agents import RunContext, ToolError, llm

from supervision import screening
from supervision.models import Utterance
from voice_agent import asking, spool, turn
from voice_agent.bridge import db_call_within
from voice_agent.call import OnCall
from voice_agent.deciding import Deciding
from voice_agent.prompts import render
from voice_agent.replies import Asked
from voice_agent.small_talk import SmallTalk
from voice_agent.spoken import mid_sentence
from voice_agent.tools import tool
from voice_agent.turn import Said

log = logging.getLogger(__name__)
SPOKEN_SECONDS, TYPED_SECONDS = 1.5, 3.0
ENDS = (SmallTalk.GOODBYE, SmallTalk.WRONG_NUMBER)


class Receptionist(Deciding):
    def __init__(
        self,
        on_call: OnCall,
        *,
        chat_ctx: llm.ChatContext | None = None,
        on_fallback: Callable[[str], None] = lambda reason: None,
        on_words: Callable[[str], Awaitable[Utterance | None]] | None = None,
    ) -> None:
        """`on_words` stores what a caller said, where that is not typed, before any tool may refer to it.

        It returns None for words that may not be kept.
        """
        super().__init__(on_call, chat_ctx=chat_ctx, on_fallback=on_fallback)
        self.on_words = on_words

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        if self.on_words:
            words = screening.clean(new_message.text_content or "")[: screening.TURN_LIMIT]  # who talks on is cut off
            self.on_call.utterance = stored = await self.on_words(words)
            said = stored.text if stored else screening.mask_numbers(words)
            new_message.content = [self.together(turn_ctx, new_message, said)]

    @tool
    async def answer(self, context: RunContext, ids: list[str]) -> str:
        """Say stored answers, word for word. Call it when candidates answer exactly what was asked.

        Args:
            ids: The ids of those candidates, as they stand in this turn's data.
        """
        offered = self.turn.candidates
        chosen = [offered[one] for one in ids if one in offered]
        if not chosen:
            raise ToolError("No candidate of this turn has such an id.")
        return self._say(context, turn.spoken(chosen))

    @tool
    async def do_you_mean(self, context: RunContext, id: str) -> str:
        """Ask the caller whether this candidate's question is meant. Call it when you are not certain.

        Args:
            id: The id in `may_ask`, and no other.
        """
        part = self.turn.may_ask(id, self.on_call)
        if part is None:
            raise ToolError("This candidate may not be asked about.")
        offer = mid_sentence(part.findings.may_ask.question)
        asks = {"kind": Asked.DO_YOU_MEAN.value, "candidate": id, "question": part.question, "offer": offer}
        return self._say(context, Said("", asks=asks))

    @tool
    async def small_talk(self, context: RunContext, kind: SmallTalk) -> str:
        """Reply to what asks nothing of the business.

        Args:
            kind: What the caller's words are; `person` when he wants to talk to a human.
        """
        if kind == SmallTalk.PERSON:
            return await self._write(context, asking.ask_for_a_person, self.turn.words, self.on_call)
        if kind in ENDS and self.on_call.call.is_spoken:
            return await self._write(context, asking.say_goodbye, kind.value, self.on_call)
        about = {"salon": self.on_call.salon, "last_said": self.on_call.last_said, "holding": self.on_call.holds}
        asks = {"kind": Asked.SAY_MORE.value} if kind == SmallTalk.MORE else {}
        return self._say(context, Said(render(f"small_talk/{kind.value}.txt", **about), asks=asks))

    @tool
    async def request_help(self, context: RunContext, question: str) -> str:
        """Ask a supervisor. Call it for every part that no candidate answers exactly.

        Args:
            question: What is to be found out, in one sentence.
        """
        own_words = self.turn.own_words(question)
        about = {"note": question, "beside": self.turn.knows_a_part, "id": uuid4()}
        try:
            said = await self._in_time(asking.ask_supervisor, own_words, self.on_call, **about)
        except Exception as error:
            log.error("a question could not be asked: %s", type(error).__name__)
            said = await self._note_down(own_words, question, about["id"])
        return self._say(context, said)

    @tool
    async def settle(self, context: RunContext) -> str:
        """Take the caller's reply to what she had asked."""
        return await self._write(context, asking.settle, self.turn.reply, self.on_call)

    @tool
    async def stop_texts(self, context: RunContext) -> str:
        """Obey a caller who wants no texts, at once."""
        return await self._write(context, asking.stop_texts, self.on_call)

    @tool
    async def go_off_the_record(self, context: RunContext) -> str:
        """Obey a caller who does not want to be transcribed, at once."""
        return await self._write(context, asking.go_off_the_record, self.on_call)

    @tool
    async def meet_a_child(self, context: RunContext) -> str:
        """Ask a child for a grown-up."""
        return await self._write(context, asking.meet_a_child, self.on_call)

    @tool
    async def raise_alarm(self, context: RunContext) -> str:
        """Tell somebody in danger whom to call, and alarm the desk."""
        try:
            said = await self._in_time(asking.raise_alarm, self.turn.words, self.turn.emergency, self.on_call)
        except TimeoutError:  # it is still tried; what to do comes first
            said = asking.what_to_do(self.turn.emergency, self.on_call, told=False)
        return self._say(context, said)

    async def _write(self, context: RunContext, verb: Callable[..., Said], *args: object, **more: object) -> str:
        """Do it in the database first: where that fails, nothing is promised."""
        try:
            said = await self._in_time(verb, *args, **more)
        except Exception as error:
            log.error("%s failed: %s", verb.__name__, type(error).__name__)
            said = Said(render("not_noted.txt"))
        return self._say(context, said)

    async def _in_time(self, verb: Callable[..., Said], *args: object, **more: object) -> Said:
        """Within the time that somebody on the line, or at a page, can wait for a database that is locked or gone."""
        seconds = SPOKEN_SECONDS if self.on_call.call.is_spoken else TYPED_SECONDS
        return await db_call_within(seconds, verb, *args, **more)

    async def _note_down(self, question: str, note: str, id: UUID) -> Said:
        """The database is locked or gone: what can be said truly is that it is noted."""
        if self.on_call.call.off_the_record:
            return Said(render("not_noted.txt"))
        try:
            await asyncio.to_thread(spool.note, question, call=self.on_call.call, note=note, id=id)
        except OSError as error:
            log.error("nothing can be noted down: %s", type(error).__name__)
            return Said(render("not_noted.txt"))
        return Said(render("noted.txt"))

    def _say(self, context: RunContext, said: Said) -> str:
        self.turn.say(context.function_call.call_id, said)
        return "This is said to the caller."
