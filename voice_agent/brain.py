"""The language model: Groq with fall-backs when a key is set, else the embedded one alone."""

import asyncio
from collections.abc import Callable
from typing import Any

from django.conf import settings
from livekit.agents import NOT_GIVEN, APIConnectionError, APIConnectOptions, APIError, APIStatusError, NotGivenOr, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from voice_agent import fallbacks, groq_client
from voice_agent.embedded_llm import EmbeddedLLM

PART = "language model"
FIRST_TOKEN_SECONDS = 1.4  # for one model; two silent ones must leave time for the embedded one within 4 s
DECISION_SECONDS = 3.0  # for the whole decision


def build_brain(*, on_fallback: Callable[[str], None]) -> llm.LLM:
    """One for the process. `on_fallback` is called with the reason when a model begins to fail."""
    if not settings.GROQ_API_KEY:
        return EmbeddedLLM()
    names = {name: getattr(settings, name) for name in ("GROQ_MODEL", "GROQ_FALLBACK_MODEL")}
    models = [Punctual(groq_model(model), setting=name) for name, model in names.items() if model]
    brain = Brain([*models, EmbeddedLLM()])
    brain.on("llm_availability_changed", lambda change: _tell(change, brain, on_fallback))
    return brain


class Brain(llm.FallbackAdapter):
    """Models in the order of preference; owns them, connections included."""

    def __init__(self, models: list[llm.LLM]) -> None:
        # A retry after the first chunk says nothing twice: nothing is spoken before the whole decision is there.
        super().__init__(models, attempt_timeout=FIRST_TOKEN_SECONDS, retry_on_chunk_sent=True)
        self.models = models
        self.down: set[llm.LLM] = set()

    async def aclose(self) -> None:
        await super().aclose()
        for model in self.models:
            await model.aclose()


def groq_model(name: str) -> llm.LLM:
    from livekit.plugins import groq  # 20 MB, only where a key is set

    model = groq.LLM(model=name, temperature=0, parallel_tool_calls=True, **groq_client.connection())
    model._owns_client = True  # it closes what was made for it
    # Strict schemas make Groq refuse small slips with a 400; the ids are checked here in any case.
    model._strict_tool_schema = False
    return model


def _tell(change: llm.AvailabilityChangedEvent, brain: Brain, on_fallback: Callable[[str], None]) -> None:
    """The desk's line is about the first model: what replaces it, and why it fails."""
    first = brain.models[0]
    if change.available:
        brain.down.discard(change.llm)
    else:
        brain.down.add(change.llm)
        on_fallback(f"{change.llm.model}: {getattr(change.llm, 'problem', '')}")
    if first in brain.down:
        using = next((model.model for model in brain.models if model not in brain.down), "nothing")
        fallbacks.stand_in(PART, getattr(first, "problem", ""), using=using)
    else:
        fallbacks.recovered(PART)


class Punctual(llm.LLM):
    """Another model whose silence is a failure: a stream that opens and says nothing would hang for ever.

    What goes wrong is told without the vendor's words, since those quote the caller.
    """

    def __init__(self, model: llm.LLM, *, setting: str = "GROQ_MODEL") -> None:
        super().__init__()
        self.inner = model
        self.setting = setting  # that names this model
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
            self._fail(fallbacks.because(error.status_code, key="GROQ_API_KEY", model=self._llm.setting))
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
    fallbacks.tell(PART, reason)
