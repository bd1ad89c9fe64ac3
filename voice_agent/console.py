"""A call in the terminal, or from a pipe: a line is a turn, her words go to stdout."""

import asyncio
import logging
import os
import sys
import threading
import uuid
from collections.abc import AsyncIterator

from django.core.exceptions import ValidationError

from supervision import calls, live
from supervision.models import Call, Utterance
from voice_agent.beats import Beats
from voice_agent.brain import build_brain, note_fallback
from voice_agent.bridge import db_call
from voice_agent.conversation import Conversation, recall
from voice_agent.hold import tell_news
from voice_agent.prompts import render

log = logging.getLogger(__name__)
HER = "Receptionist: "
YOU = "You: "
POLL_SECONDS = 1.0
Speaker = Utterance.Speaker


async def talk(phone: str) -> None:
    """Hold one console call until the end of input; `phone` is "" or a number that may be texted."""
    call = await db_call(calls.open_call, channel=Call.Channel.CONSOLE, phone=phone)
    holder = f"console-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    try:
        epoch = await db_call(calls.take, call, holder=holder)
        on_call, history = await db_call(recall, call)
        brain = build_brain(on_fallback=note_fallback)
        conversation = Conversation(on_call, history, epoch=epoch, brain=brain, on_fallback=note_fallback)
        await conversation.start()
        with Beats(holder) as beats:
            beats.hold(call.pk, epoch)
            await Terminal(conversation).run()
        await conversation.close()
        await brain.aclose()
    finally:
        await db_call(calls.close_call, call)


class Terminal:
    """Prints whole utterances one after the other; what is printed counts as heard."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.call = conversation.on_call.call
        self.is_tty = sys.stdin.isatty() and sys.stdout.isatty()

    async def run(self) -> None:
        await self._said(await self.conversation.greet())
        teller = asyncio.create_task(self._watch())
        try:
            async for line in self._lines():
                await self._turn(line)
        finally:
            teller.cancel()
            await asyncio.gather(teller, return_exceptions=True)

    async def _lines(self) -> AsyncIterator[str]:
        lines = read_lines()
        while True:
            self._write(YOU if self.is_tty else "")
            line = await lines.get()
            if line is None:
                return
            if line := line.strip():
                yield line

    async def _turn(self, line: str) -> None:
        try:
            utterance = await db_call(
                calls.record_utterance, self.call, speaker=calls.Utterance.Speaker.CALLER, text=line
            )
            row = await db_call(calls.begin_reply, utterance)
        except ValidationError as error:
            return self._print(" ".join(error.messages))
        except Exception as error:
            log.error("a turn could not be stored: %s", type(error).__name__)
            return self._print(render("apology.txt"))
        try:
            self._write(HER)
            await self.conversation.reply(utterance, row, lambda piece: self._write(piece.replace("\n", " ")))
        except Exception as error:
            log.error("a reply could not be stored: %s", type(error).__name__)
            self._write(f" {render('apology.txt')}")
        finally:
            self._write("\n")
        return await self._heard(row)

    async def _watch(self) -> None:
        """Tell what a supervisor answers, within a second, while the next line is awaited."""
        doorbell = live.Doorbell("console")
        rung = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(doorbell, lambda: doorbell.drain() and rung.set())
        try:
            while True:
                await self._tell()
                await _wait(rung)
        finally:
            loop.remove_reader(doorbell)
            doorbell.close()

    async def _tell(self) -> None:
        try:
            async for row in tell_news(self.conversation):
                self._write("\n" if self.is_tty else "")
                await self._said(row)
                self._write(YOU if self.is_tty else "")
        except Exception as error:
            log.error("a held answer could not be told: %s", type(error).__name__)

    async def _said(self, row: Utterance | None) -> None:
        if row:
            self._print(row.text)
            await self._heard(row)

    async def _heard(self, row: Utterance) -> None:
        await db_call(calls.record_confirmation, row)

    def _print(self, text: str) -> None:
        self._write(f"{HER}{' '.join(text.splitlines())}\n")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


async def _wait(rung: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(POLL_SECONDS):
            await rung.wait()
    except TimeoutError:
        pass
    rung.clear()


def read_lines() -> asyncio.Queue[str | None]:
    """Lines of stdin as they come, then None; a daemon thread reads, since nothing can wake a blocked read."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in iter(sys.stdin.buffer.readline, b""):
            loop.call_soon_threadsafe(lines.put_nowait, line.decode("utf-8", errors="replace"))
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    return lines
