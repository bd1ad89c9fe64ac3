"""The language model: Groq with fall-backs when a key is set, else the embedded one alone."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from livekit.agents import NOT_GIVEN, APIConnectionError, APIConnectOptions, APIError, APIStatusError, NotGivenOr, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from supervision import live
from voice_agent.bridge import db_call
from voice_agent.embedded_llm import EmbeddedLLM

log = logging.getLogger(__name__)
_notes: set[asyncio.Task] = set()  # under way; a loop keeps no hold of its tasks
FIRST_TOKEN_SECONDS = 1.4  # for one model; two silent ones must leave time for the embedded one within 4 s
DECISION_SECONDS = 3.0  # for the whole decision


def build_brain(*, on_fallback: Callable[[str], None]) -> llm.LLM:
    """One for the process. `on_fallback` is called with the reason when a model begins to fail."""
    if not settings.GROQ_API_KEY:
        return EmbeddedLLM()
    models = [_groq(name) for name in (settings.GROQ_MODEL, settings.GROQ_FALLBACK_MODEL) if name]
    brain = Brain([*(Punctual(model) for model in models), EmbeddedLLM()])
    brain.on("llm_availability_changed", lambda change: _tell(change, on_fallback))
    return brain


class Brain(llm.FallbackAdapter):
    """Models in the order of preference; owns them, connections included."""

    def __init__(self, models: list[llm.LLM]) -> None:
        # A retry after the first chunk says nothing twice: nothing is spoken before the whole decision is there.
        super().__init__(models, attempt_timeout=FIRST_TOKEN_SECONDS, retry_on_chunk_sent=True)
        self.models = models

    async def aclose(self) -> None:
        await super().aclose()
        for model in self.models:
            await model.aclose()


def _groq(name: str) -> llm.LLM:
    from livekit.plugins import groq  # 20 MB, only where a key is set

    model = groq.LLM(
        model=name,
        api_key=settings.GROQ_API_KEY,
        base_url=settings.GROQ_BASE_URL,
        temperature=0,
        parallel_tool_calls=True,
        max_retries=0,
    )
    # Strict schemas make Groq refuse small slips with a 400; the ids are checked here in any case.
    model._strict_tool_schema = False
    return model


def _tell(change: llm.AvailabilityChangedEvent, on_fallback: Callable[[str], None]) -> None:
    if not change.available:
        on_fallback(f"{change.llm.model}: {getattr(change.llm, 'problem', '')}")


class Punctual(llm.LLM):
    """Another model whose silence is a failure: a stream that opens and says nothing would hang for ever.

    What goes wrong is told without the vendor's words, since those quote the caller.
    """

    def __init__(self, model: llm.LLM) -> None:
        super().__init__()
        self.inner = model
        self.problem = ""

    async def aclose(self) -> None:
        await self.inner.aclose()

    @property
    def model(self) -> str:
        return self.inner.model

    @property
    def provider(self) -> str:
        return self.inner.provider

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> "PunctualStream":
        asked = {"parallel_tool_calls": parallel_tool_calls, "tool_choice": tool_choice, "extra_kwargs": extra_kwargs}
        return PunctualStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options, asked=asked)


class PunctualStream(llm.LLMStream):
    _llm: Punctual

    def __init__(self, model: Punctual, *, chat_ctx, tools, conn_options, asked: dict) -> None:
        self._asked = asked
        super().__init__(model, chat_ctx=chat_ctx, tools=tools, conn_options=conn_options)

    async def _run(self) -> None:
        try:
            await self._listen()
        except TimeoutError:
            self._fail("said nothing in time")
        except APIStatusError as error:
            self._fail(f"refused with status {error.status_code}")
        except APIError as error:
            self._fail(type(error).__name__)

    async def _listen(self) -> None:
        async with (
            asyncio.timeout(FIRST_TOKEN_SECONDS) as timer,
            self._llm.inner.chat(
                chat_ctx=self._chat_ctx, tools=self._tools, conn_options=self._conn_options, **self._asked
            ) as stream,
        ):
            async for chunk in stream:
                timer.reschedule(None)
                self._event_ch.send_nowait(chunk)

    def _fail(self, problem: str) -> None:
        self._llm.problem = problem
        raise APIConnectionError(problem, retryable=False) from None


def note_fallback(reason: str) -> None:
    """An event for the desk, written beside the turn that it must not delay."""
    task = asyncio.ensure_future(db_call(live.emit, live.DESK, "fallback", reason=reason))
    _notes.add(task)
    task.add_done_callback(_noted)


def _noted(task: asyncio.Task) -> None:
    _notes.discard(task)
    if not task.cancelled() and task.exception():
        log.error("a fall-back could not be noted: %s", type(task.exception()).__name__)
